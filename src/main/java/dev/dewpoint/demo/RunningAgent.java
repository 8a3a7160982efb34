package dev.dewpoint.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged agent as a process: its story is retold, its admin API asked. Ends with the demo, by Ctrl-C too. */
final class RunningAgent implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final Duration LONGEST_END = Duration.ofSeconds(60);
    private static final Pattern VERSION = Pattern.compile("\"version\":\"(v[^\"]+)\",\"digest\"");

    private final Path root;
    private final Process process;
    private final Demo.Waiting waiting;
    private final Thread story;
    private final Thread onCtrlC;
    private final Runnable first;
    private final Runnable afterwards;
    private final AtomicBoolean over = new AtomicBoolean();

    private RunningAgent(Path root, Process process, Consumer<String> say, Demo.Waiting waiting, Runnable first, Runnable afterwards) {
        this.root = root;
        this.process = process;
        this.waiting = waiting;
        this.first = first;
        this.afterwards = afterwards;
        this.story = Thread.ofVirtual().start(() -> retell(say));
        this.onCtrlC = new Thread(this::end);
        Runtime.getRuntime().addShutdownHook(onCtrlC);
    }

    /** {@code first}: what has to end before it; {@code afterwards}: what is to be cleaned up once it has ended. */
    static RunningAgent start(Path root, List<String> command, Consumer<String> say, Demo.Waiting waiting, Runnable first, Runnable afterwards) throws IOException {
        Files.createDirectories(root);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("DEWPOINT_"));
        return new RunningAgent(root, builder.redirectErrorStream(true).start(), say, waiting, first, afterwards);
    }

    boolean isAlive() {
        return process.isAlive() && !over.get();
    }

    /** Whether that version served in time. */
    boolean await(String version) throws InterruptedException {
        for (long looks = PATIENCE.dividedBy(BETWEEN_LOOKS); looks > 0 && isAlive(); looks--) {
            Matcher serving = VERSION.matcher(get("/api/status"));
            if (serving.find() && serving.group(1).equals(version)) {
                return true;
            }
            waiting.sleep(BETWEEN_LOOKS);
        }
        return false;
    }

    /** Empty while the agent isn't there yet. */
    String get(String path) {
        try {
            String address = Files.readString(root.resolve(".dewpoint/admin.json")).replaceAll("(?s).*\"url\":\"([^\"]+)\".*", "$1");
            HttpURLConnection connection = (HttpURLConnection) URI.create(address + path).toURL().openConnection(java.net.Proxy.NO_PROXY);
            connection.setConnectTimeout(1_000);
            connection.setReadTimeout(5_000);
            return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private void retell(Consumer<String> say) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Story.of(line).ifPresent(told -> say.accept("   | " + told));
            }
        } catch (IOException e) {
            // the agent has ended, and with it its story
        }
    }

    /** Once, whoever comes first: the demo's own end or Ctrl-C. The other waits for it. */
    private synchronized void end() {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        first.run();
        process.destroy();
        try {
            if (!process.waitFor(LONGEST_END.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            story.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        afterwards.run();
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(onCtrlC);
        } catch (IllegalStateException e) {
            stayQuiet();
        }
    }

    /** After Ctrl-C: what went on here is over, and the last word has been said. */
    private static void stayQuiet() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
