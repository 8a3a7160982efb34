package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code dewpoint server} with programs that nobody connects to. */
class ServerWorkerIT extends WithServerScene {
    private Packaged worker(String... flags) {
        return scene.agent(Map.of(), List.of(flags), "./current/run");
    }

    /** Notes when it begins and when it is asked to end. */
    private void publishNoting(String version) throws Exception {
        scene.publish(version, "trap 'echo end " + version + " >> turns; exit 0' TERM; echo begin " + version + " >> turns; while :; do sleep 0.05; done");
    }

    private List<String> lines(String file) {
        try {
            Path path = scene.root.resolve(file);
            return Files.exists(path) ? Files.readAllLines(path).stream().map(String::strip).toList() : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> turns(String... flags) throws Exception {
        publishNoting("v1.0.0");
        try (Packaged agent = worker(flags)) {
            agent.awaitLine("Server started for v1.0.0");
            publishNoting("v1.1.0");
            agent.awaitLine("Server restarted for v1.1.0");
            ServerScene.until("the old one has ended", agent, () -> lines("turns").contains("end v1.0.0"));
            assertThat(agent.terminate()).isZero();
        }
        return lines("turns");
    }

    @Test
    @DisplayName("a worker's new process starts once the old one is gone: never two at once, also when nobody asked for stop-first")
    void theOldOneIsGoneBeforeTheNewOneStarts() throws Exception {
        assertThat(turns("--start-grace", "300ms")).containsExactly("begin v1.0.0", "end v1.0.0", "begin v1.1.0", "end v1.1.0");
    }

    @Test
    @DisplayName("--handover start-first: a worker's new process runs before the old one is asked to end")
    void theNewOneRunsBeforeTheOldOneIsAskedToEnd() throws Exception {
        // long enough for a busy host to have begun the new one
        assertThat(turns("--handover", "start-first", "--start-grace", "3s")).containsExactly("begin v1.0.0", "begin v1.1.0", "end v1.0.0", "end v1.1.0");
    }

    @Test
    @DisplayName("--memory, --nofile and --nice: the app sees its limits, lives below them, and fails with its own words above")
    void limitsAreTheAppsOwn() throws Exception {
        String seen = "{ ulimit -v; ulimit -Hn; nice; } > seen; exec python3 -c 'import time\nroom = bytearray(%d << 20)\nopen(\"up\", \"w\").close()\ntime.sleep(1000)'";
        scene.publish("v1.0.0", seen.formatted(64));
        try (Packaged agent = worker("--memory", "512M", "--nofile", "512", "--nice", "19", "--start-grace", "5s")) {
            agent.awaitLine("Server started for v1.0.0");
            ServerScene.until("it has its memory", agent, () -> Files.exists(scene.root.resolve("up")));
            assertThat(lines("seen")).containsExactly(Integer.toString(512 << 10), "512", "19");
            Files.delete(scene.root.resolve("up"));
            scene.publish("v1.1.0", seen.formatted(1024));
            agent.awaitLine("Server start failed");
            assertThat(agent.awaitLine("Health check failed")).contains("MemoryError");
            assertThat(scene.root.resolve("up")).as("the old one was put back").satisfies(up -> ServerScene.until("it is", agent, () -> Files.exists(up)));
            assertThat(agent.terminate()).isZero();
        }
    }
}
