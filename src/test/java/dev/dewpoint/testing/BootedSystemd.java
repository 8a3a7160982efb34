package dev.dewpoint.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A systemd of the tests' own, booted as the first process of a host that looks like this one: same programs, nothing of
 * what is enabled here, and what it writes is in memory. It has this host's network, and a branch of its cgroups. It goes when
 * it is closed, or when the JVM goes.
 */
public final class BootedSystemd implements AutoCloseable {
    private static final Duration BOOT = Duration.ofSeconds(40);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;
    private final long pid;

    /** What a command printed, on both outputs. */
    public record Ran(int exitCode, String output) {}

    private BootedSystemd(Path folder, long pid) {
        this.folder = folder;
        this.pid = pid;
    }

    /** Fails where tests are meant to be whole, and is skipped with its reason elsewhere. */
    public static BootedSystemd boot() {
        needed();
        try {
            Path folder = Files.createTempDirectory(Path.of("/tmp"), "dewpoint-systemd");
            Path log = folder.resolve("log");
            String script = "setsid src/test/sh/boot.sh " + folder + " " + ProcessHandle.current().pid() + " </dev/null >" + log + " 2>&1 &";
            // not a child, so that it outlives no test and no test is blamed for it
            new ProcessBuilder("/bin/bash", "-c", script).inheritIO().start().waitFor();
            Path file = folder.resolve("pid");
            await("a first process", BOOT, () -> Files.exists(file));
            BootedSystemd booted = new BootedSystemd(folder, Long.parseLong(Files.readString(file).strip()));
            await("systemd to have booted: " + (Files.exists(log) ? Files.readString(log) : ""), BOOT, () -> booted.run("systemctl is-system-running").output().strip().matches("running|degraded"));
            return booted;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its first process, as this host sees it. */
    public long pid() {
        return pid;
    }

    /** A path of the booted host, for this one. */
    public Path path(String path) {
        return Path.of("/proc/" + pid + "/root" + path);
    }

    /** A line of shell on the booted host, as root. */
    public Ran run(String line) {
        List<String> words = List.of("nsenter", "-t", String.valueOf(pid), "-m", "-p", "-u", "-i", "-C", "-r", "-w", "--", "env", "-i", "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0",
                "timeout", String.valueOf(PATIENCE.toSeconds()), "bash", "-c", line);
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> {
                try {
                    return process.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            byte[] bytes = output.get(PATIENCE.toSeconds() + 10, TimeUnit.SECONDS);
            return new Ran(process.waitFor(), new String(bytes, StandardCharsets.UTF_8));
        } catch (Exception e) {
            throw new IllegalStateException(line, e);
        }
    }

    /** The same, and it must succeed; what it printed. */
    public String achieve(String line) {
        Ran ran = run(line);
        if (ran.exitCode() != 0) {
            throw new AssertionError(line + " failed with " + ran.exitCode() + ":\n" + ran.output());
        }
        return ran.output();
    }

    /** A property of a unit, as {@code systemctl show} has it. */
    public String show(String unit, String property) {
        return achieve("systemctl show --value -p " + property + " " + unit).strip();
    }

    /** What a unit has said, for a test that fails. */
    public String journal(String unit) {
        return run("systemctl status --no-pager -n 0 " + unit + "; journalctl --no-pager -o cat -n 60 -u " + unit).output();
    }

    public void write(String path, String text) {
        try {
            Files.createDirectories(path(path).getParent());
            Files.writeString(path(path), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void await(String what, BooleanSupplier condition) {
        try {
            await(what, PATIENCE, condition);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(String what, Duration within, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + within.toSeconds() + " s for " + what);
            }
            Thread.sleep(20); // another host's systemd announces nothing to us; bounded by the deadline
        }
    }

    private static void needed() {
        List<String> missing = new ArrayList<>();
        Stream.of("/lib/systemd/systemd", "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/setpriv", "/usr/bin/dpkg-deb", "/usr/bin/man").filter(program -> !Files.isExecutable(Path.of(program))).forEach(missing::add);
        if (missing.isEmpty() && System.getProperty("user.name").equals("root")) {
            return;
        }
        String why = missing.isEmpty() ? "a systemd of their own needs root" : missing + " are missing: src/test/sh/tools.sh installs them";
        if (System.getenv("CI") != null) {
            throw new IllegalStateException(why);
        }
        throw new TestAbortedException("SKIPPED, tests with systemd: " + why);
    }

    @Override
    public void close() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        await("systemd and its cgroups to go", () -> !Files.exists(folder));
    }
}
