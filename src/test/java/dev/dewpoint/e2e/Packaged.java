package dev.dewpoint.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** The packaged `dewpoint` as a process, with its output at hand. */
public final class Packaged implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final Thread reader;

    private Packaged(Process process) {
        this.process = process;
        // reading a pipe holds its thread: a virtual one would hold a carrier that others wait for
        this.reader = Thread.ofPlatform().daemon().start(this::read);
    }

    /** Where `make dist` put it. */
    public static Path launcher() {
        return Path.of(System.getProperty("dewpoint.dist", "target/dewpoint")).toAbsolutePath().resolve("bin/dewpoint");
    }

    public static Packaged start(Path directory, Map<String, String> environment, String... arguments) {
        return start(directory, environment, List.of(launcher().toString()), arguments);
    }

    /** {@code prefix} ends with the launcher: for running it under another program. */
    public static Packaged start(Path directory, Map<String, String> environment, List<String> prefix, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("DEWPOINT_") || name.startsWith("GITHUB_") || name.startsWith("SLACK_"));
        builder.environment().putAll(environment);
        try {
            return new Packaged(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs to its end. */
    public static Packaged run(Path directory, Map<String, String> environment, String... arguments) {
        Packaged packaged = start(directory, environment, arguments);
        packaged.exitCode();
        return packaged;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public int exitCode() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("it did not end:\n" + output());
            }
            reader.join();
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public int terminate() {
        process.destroy();
        return exitCode();
    }

    public void kill() {
        process.destroyForcibly();
        exitCode();
    }

    public String output() {
        return String.join("\n", lines());
    }

    public List<String> lines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    public String awaitLine(String part) {
        return awaitLine(line -> line.contains(part), part);
    }

    /** The first line that fits, now or later. */
    public String awaitLine(Predicate<String> wanted, String description) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        lock.lock();
        try {
            int seen = 0;
            while (true) {
                for (; seen < lines.size(); seen++) {
                    if (wanted.test(lines.get(seen))) {
                        return lines.get(seen);
                    }
                }
                long left = deadline - System.nanoTime();
                if (left <= 0 || !process.isAlive() && !reader.isAlive()) {
                    throw new AssertionError("no line with " + description + " in:\n" + String.join("\n", lines));
                }
                more.awaitNanos(Math.min(left, 100_000_000));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lock.lock();
                try {
                    lines.add(line);
                    more.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        } catch (IOException e) {
            // the process has gone
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroyForcibly();
        }
        exitCode();
    }
}
