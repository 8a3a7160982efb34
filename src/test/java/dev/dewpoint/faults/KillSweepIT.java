package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * kill -9 exactly before the n-th call of one kind, for n = 1, 2, … until a run ends unkilled (of openat: before each one
 * that creates or writes). After each the invariants hold at once, and after the next start everything has converged.
 * Samples, unless {@code -Dsoak=true}.
 */
@Tag("faults")
class KillSweepIT {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");

    @TempDir
    static Path folder;

    private static Path prepared;

    private record Run(int n, boolean killed) {}

    @BeforeAll
    static void deployTheFirstRelease() throws IOException {
        prepared = folder.resolve("prepared");
        Scene scene = new Scene(prepared);
        scene.publish("v1.0.0");
        assertThat(scene.run().exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rename", "symlink", "fsync", "mkdir", "unlink", "syncfs", "ftruncate", "openat", "write"})
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void killedBeforeAnyCallThatChangesSomethingItConverges(String call) throws Exception {
        List<Integer> all = recorded(call);
        int step = SOAK || all.size() <= 4 ? 1 : Math.max(2, all.size() / 3);
        List<Integer> points = new ArrayList<>(IntStream.range(0, all.size()).filter(i -> i % step == 0).mapToObj(all::get).toList());
        boolean whole = step == 1 && !call.equals("openat");
        if (whole) {
            points.add(all.isEmpty() ? 1 : all.getLast() + 1);
        }
        List<Run> runs = new ArrayList<>();
        for (int n : points) {
            runs.add(killedAt(call, n, folder.resolve(call + "-" + n)));
        }
        long killed = runs.stream().filter(Run::killed).count();
        System.out.printf("kill sweep: %s changes something at %d points, tried at %d, killed at %d%n", call, all.size(), runs.size(), killed);
        if (!all.isEmpty()) {
            assertThat(killed).as("%s was seen %s times in the recording, so it must have been killed at", call, all.size()).isPositive();
        }
        if (whole) {
            assertThat(runs.getLast().killed()).as("the run beyond the last call ends unkilled").isFalse();
        }
        assertThat(runs.stream().limit(all.size()).filter(run -> !run.killed()).count()).as("points that were not reached").isLessThanOrEqualTo(all.size() / 5 + 1);
    }

    /** As which call of its thread each call that changes something was made: strace counts by thread. Of openat those that create. */
    private List<Integer> recorded(String call) throws Exception {
        Path place = folder.resolve("recording-" + call);
        Scene scene = copy(place);
        Path log = place.resolve("strace.log");
        Packaged run = Packaged.start(scene.root, Map.of(), List.of("strace", "-f", "-qq", "-o", log.toString(), "-e", "trace=" + call, "-e", "signal=none", Packaged.launcher().toString()), scene.arguments());
        assertThat(run.exitCode()).as(run.output()).isZero();
        scene.hasConverged("recording of " + call);
        Map<String, Integer> counts = new HashMap<>();
        SortedSet<Integer> changing = new TreeSet<>();
        try (var lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            lines.filter(line -> line.contains(" " + call + "(")).forEach(line -> {
                int n = counts.merge(line.substring(0, line.indexOf(' ')), 1, Integer::sum);
                if (!call.equals("openat") || line.contains("O_CREAT") || line.contains("O_WRONLY") || line.contains("O_RDWR")) {
                    changing.add(n);
                }
            });
        }
        return List.copyOf(changing);
    }

    private Run killedAt(String call, int n, Path place) throws Exception {
        Scene scene = copy(place);
        String when = "killed before " + call + " " + n;
        Packaged run = Packaged.start(scene.root, Map.of(), List.of("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "signal=none", "-e", "inject=" + call + ":signal=SIGKILL:when=" + n, Packaged.launcher().toString()),
                scene.arguments());
        boolean killed = run.exitCode() != 0;
        scene.holdsAtOnce(when);
        Packaged next = scene.run();
        assertThat(next.exitCode()).as("%s, the next start: %s", when, next.output()).isZero();
        scene.hasConverged(when);
        dev.dewpoint.host.Durable.deleteTree(place);
        return new Run(n, killed);
    }

    private static Scene copy(Path place) throws Exception {
        Files.createDirectories(place);
        Process copying = new ProcessBuilder("cp", "-a", prepared.resolve("root").toString(), prepared.resolve("registry").toString(), place.toString()).start();
        assertThat(copying.waitFor()).isZero();
        Scene scene = new Scene(place);
        scene.publish("v2.0.0");
        return scene;
    }
}
