package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a worker prints, and where people find it. */
@Timeout(180)
class ServerLogIT {
    private static final String GOOD = "echo \"serves {n:$REPLICA}\"; echo warned >&2; trap 'echo ends; exit 0' TERM; while :; do sleep 0.1; done";
    private static final String BAD = "echo looking; echo 'fatal: no database' >&2; exit 3";

    @Test
    void logsShowWhatWasPrintedWhetherAnAgentRunsOrNot(@TempDir Path folder) throws Exception {
        ServerScene scene = new ServerScene(folder);
        scene.publish("v1.0.0", GOOD);
        try (Packaged agent = scene.agent(Map.of(), List.of("--app-log", "file"), "./current/run")) {
            agent.awaitLine("Deployment completed successfully");
            try (Packaged logs = logs(scene, "-f")) {
                assertThat(logs.awaitLine("serves {n:1}")).matches("\\S+Z shop-\\d+-1 stdout: serves \\{n:1}");
                assertThat(logs.awaitLine("warned")).matches("\\S+Z shop-\\d+-1 stderr: warned");
                scene.publish("v1.1.0", BAD);
                logs.awaitLine("stderr: fatal: no database");
            }
            assertThat(agent.awaitLine("Health check failed")).contains("fatal: no database");
            assertThat(logs(scene, "--replica", "2", "--lines", "10").output()).isEmpty();
            assertThat(agent.terminate()).isZero();
        }
        Packaged after = logs(scene, "--name", "shop", "--lines", "1");
        assertThat(after.exitCode()).isZero();
        assertThat(after.output()).endsWith("stdout: ends");
        Packaged other = logs(scene, "--name", "other");
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.output()).contains("of other, only of shop");
    }

    @Test
    void whatIsPassedOnIsInTheNoticeOfAFailedStartAllTheSame(@TempDir Path folder) throws Exception {
        ServerScene scene = new ServerScene(folder);
        scene.publish("v1.0.0", GOOD);
        try (Packaged agent = scene.agent(Map.of(), List.of("--app-log", "inherit"), "./current/run")) {
            agent.awaitLine("Deployment completed successfully");
            agent.awaitLine(line -> line.equals("serves {n:1}"), "what the app printed, as it did");
            agent.awaitLine(line -> line.equals("warned"), "what the app printed to stderr");
            scene.publish("v1.1.0", BAD);
            assertThat(agent.awaitLine("Health check failed")).contains("looking", "fatal: no database");
            agent.awaitLine(line -> line.equals("fatal: no database"), "its last words");
            Packaged logs = logs(scene);
            assertThat(logs.exitCode()).isEqualTo(1);
            assertThat(logs.output()).contains("journalctl -u UNIT");
            assertThat(agent.terminate()).isZero();
            assertThat(agent.lines()).contains("ends");
        }
        assertThat(Files.exists(scene.root.resolve(".dewpoint/log/shop.log"))).isFalse();
    }

    /** Ended, unless it follows. */
    private static Packaged logs(ServerScene scene, String... more) {
        String[] arguments = new String[more.length + 3];
        System.arraycopy(new String[] {"logs", "--root", scene.root.toString()}, 0, arguments, 0, 3);
        System.arraycopy(more, 0, arguments, 3, more.length);
        return List.of(more).contains("-f") ? Packaged.start(scene.root, Map.of(), arguments) : Packaged.run(scene.root, Map.of(), arguments);
    }
}
