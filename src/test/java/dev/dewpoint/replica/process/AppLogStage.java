package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Child;
import dev.dewpoint.host.ExitStatus;
import dev.dewpoint.host.Launch;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Posix;
import dev.dewpoint.testing.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The log of an app called shop in a directory of its own, at a time that stands still. */
record AppLogStage(Path directory) {
    static final String PREFIX = "2026-01-15T10:30:45.000Z shop-2 stdout: ";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Without its thread: the test looks. */
    AppLogFollower prepared(Log.Format format) throws IOException {
        return AppLogFollower.prepare(directory, "shop", new ManualTime(), known -> AppLogFile.open(directory.resolve("shop.log"), format, known));
    }

    static void takeAllDown(AppLogFollower log) {
        while (log.look()) {
            // one part after the other
        }
    }

    Child start(Output output, String... command) throws IOException {
        return Posix.start(new Launch(List.of(command), Map.of("PATH", "/usr/local/bin:/usr/bin:/bin"), directory, output.stdout(), output.stderr()));
    }

    void print(Output output, String text) throws Exception {
        end(start(output, "/bin/sh", "-c", text));
    }

    static void end(Child child) throws InterruptedException {
        assertThat(child.awaitEnd(PATIENCE)).isTrue();
        assertThat(child.reap()).isEqualTo(new ExitStatus.Exited(0));
    }

    /** As a process does it, at the end of its stdout. */
    void append(String text) throws IOException {
        Files.writeString(stdout(), text, StandardOpenOption.APPEND);
    }

    Path stdout() throws IOException {
        return raw().stream().filter(file -> file.toString().endsWith("stdout")).findFirst().orElseThrow();
    }

    List<String> lines() {
        try {
            return Files.readAllLines(directory.resolve("shop.log"));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** What was printed, as far as it is on stdout. */
    List<String> printed() {
        return lines().stream().map(line -> line.substring(line.indexOf(": ") + 2)).toList();
    }

    List<Path> logs() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("shop.log")).toList();
        }
    }

    List<Path> raw() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("raw/shop"))) {
            return files.filter(file -> !file.endsWith("positions")).toList();
        }
    }
}
