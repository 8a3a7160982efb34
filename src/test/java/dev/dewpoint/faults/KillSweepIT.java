package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * kill -9 exactly before the n-th call of one kind, for n = 1, 2, … until a run ends unkilled. After each the invariants
 * hold at once, and after the next start everything has converged. Samples, unless {@code -Dsoak=true}.
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
    @ValueSource(strings = {"rename", "symlink", "fsync", "mkdir", "unlink", "syncfs", "ftruncate"})
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void killedBeforeAnyOfTheFewCallsItConverges(String call) throws Exception {
        sweep(call, recorded(call), SOAK || call.equals("rename") || call.equals("symlink") ? 1 : 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"openat", "write"})
    @Timeout(value = 90, unit = TimeUnit.MINUTES)
    void killedBeforeAnyOfTheManyCallsItConverges(String call) throws Exception {
        int calls = recorded(call);
        sweep(call, calls, SOAK ? 1 : Math.max(1, calls / 8));
    }

    /** Counting is by thread, so the same n may kill at several places; the highest count of any thread ends the sweep. */
    private void sweep(String call, int calls, int step) throws Exception {
        List<Run> runs = new ArrayList<>();
        for (int n = 1; n <= calls + 1; n += step) {
            runs.add(killedAt(call, n, folder.resolve(call + "-" + n)));
        }
        long killed = runs.stream().filter(Run::killed).count();
        System.out.printf("kill sweep: %s seen %d times, killed at %d of %d points%n", call, calls, killed, runs.size());
        if (calls > 0) {
            assertThat(killed).as("%s was seen %s times in the recording, so it must have been killed at", call, calls).isPositive();
        }
        if (step == 1) {
            assertThat(runs.getLast().killed()).as("the run beyond the last call ends unkilled").isFalse();
            assertThat(IntStream.range(0, runs.size() - 1).filter(i -> !runs.get(i).killed()).count()).as("points that were not reached").isLessThanOrEqualTo(calls / 5 + 1);
        }
    }

    /** The highest number of times that one thread makes this call. */
    private int recorded(String call) throws Exception {
        Path place = folder.resolve("recording-" + call);
        Scene scene = copy(place);
        Path log = place.resolve("strace.log");
        Packaged run = Packaged.start(scene.root, Map.of(), List.of("strace", "-f", "-qq", "-o", log.toString(), "-e", "trace=" + call, "-e", "signal=none", Packaged.launcher().toString()), scene.arguments());
        assertThat(run.exitCode()).as(run.output()).isZero();
        scene.hasConverged("recording of " + call);
        try (var lines = Files.lines(log, java.nio.charset.StandardCharsets.ISO_8859_1)) {
            Map<String, Long> byThread = lines.filter(line -> line.contains(" " + call + "(")).collect(java.util.stream.Collectors.groupingBy(line -> line.split(" ")[0], java.util.stream.Collectors.counting()));
            return byThread.values().stream().mapToInt(Long::intValue).max().orElse(0);
        }
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
