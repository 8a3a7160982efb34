package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Launch;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Posix;
import dev.dewpoint.host.ProcessCheck;
import dev.dewpoint.host.Time;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One agent after the other reads what the same processes print. */
class AppLogRestartTest {
    @TempDir
    Path directory;

    private AppLogStage stage;

    @BeforeEach
    void set() {
        stage = new AppLogStage(directory);
    }

    /** An agent that follows until somebody kills it, which the test does at any moment. */
    public static final class Agent {
        private Agent() {}

        public static void main(String[] arguments) throws Exception {
            AppLog log = AppLog.open(Path.of(arguments[0]), "shop", Log.Format.TEXT, Time.system());
            Output output = log.begin("shop-2");
            Posix.start(new Launch(List.of("/bin/sh", "-c", arguments[1]), Map.of("PATH", "/usr/bin:/bin"), Path.of(arguments[0]), output.stdout(), output.stderr()));
            System.in.read();
        }
    }

    @Test
    void theNextAgentGoesOnWhereThisOneStopped() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        stage.append("one\ntwo\nhal");
        log.look();
        log.close();
        stage.append("f\nafter\nunfinished");

        AppLogFollower next = stage.prepared(Log.Format.TEXT);
        assertThat(stage.printed()).containsExactly("one", "two", "half", "after", "unfinished");
        assertThat(stage.raw()).isEmpty();
        Output fresh = next.begin("shop-2");
        stage.append("new\n");
        next.look();
        next.close();
        stage.prepared(Log.Format.TEXT).close();
        assertThat(stage.printed()).containsExactly("one", "two", "half", "after", "unfinished", "new");
    }

    @Test
    void anAgentThatDoesNotKnowThePositionBeginsBehindTheHole() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        stage.append(("x".repeat(999) + "\n").repeat(1000));
        log.look();
        log.close();
        stage.append("after\n");
        Files.writeString(directory.resolve("raw/shop/positions"), "12 log\n34 torn");

        stage.prepared(Log.Format.TEXT).close();

        assertThat(stage.lines()).hasSizeBetween(1001, 1001 + 66).allSatisfy(line -> assertThat(line).doesNotContain("\0"));
        assertThat(stage.lines().getLast()).isEqualTo(AppLogStage.PREFIX + "after");
    }

    @Test
    void aKilledAgentLosesAndDoublesNoLine() throws Exception {
        for (int round = 0; round < 3; round++) {
            Path place = Files.createDirectory(directory.resolve("round" + round));
            AppLogStage killed = new AppLogStage(place);
            String text = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo line-$i; done; : > " + place.resolve("done");
            Process agent = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), Agent.class.getName(), place.toString(), text)
                    .redirectErrorStream(true).start();
            int wanted = 100_000 + round * 300_000;
            ProcessCheck.await(() -> place.resolve("shop.log").toFile().length() > wanted);
            agent.destroyForcibly();
            assertThat(agent.waitFor()).isEqualTo(137);
            // the app goes on
            ProcessCheck.await(() -> Files.exists(place.resolve("done")));

            killed.prepared(Log.Format.TEXT).close();

            assertThat(killed.printed()).isEqualTo(IntStream.rangeClosed(1, 60_000).mapToObj(i -> "line-" + i).toList());
        }
    }

    @Test
    void whatTheLogHasBeyondWhatIsRememberedIsWrittenAgain() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        assertThat(output).isNotNull();
        stage.append("one\n");
        log.look();
        log.close();
        stage.append("two\n");
        // killed between the log and the positions, amid a line
        Files.writeString(directory.resolve("shop.log"), AppLogStage.PREFIX + "two\n" + "2026-01-", StandardOpenOption.APPEND);

        stage.prepared(Log.Format.TEXT).close();

        assertThat(stage.printed()).containsExactly("one", "two");
    }
}
