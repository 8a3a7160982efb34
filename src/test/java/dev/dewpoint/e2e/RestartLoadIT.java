package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.ServerApps.Kind;
import dev.dewpoint.testing.ServerApps.Protocol;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One restart after the other, while each request comes on a connection of its own. */
@Timeout(300)
class RestartLoadIT {
    private static final int CONNECTIONS = Boolean.getBoolean("dewpoint.soak") ? 100_000 : 5_000;

    @Test
    void restartsOneAfterTheOtherLoseNoConnection(@TempDir Path folder) throws Exception {
        ServerScene scene = new ServerScene(folder);
        scene.publish("v1.0.0", Kind.C, Protocol.STARTER);
        try (Packaged agent = scene.agent("--start-grace", "100ms")) {
            scene.deployed(agent, "v1.0.0");
            int restarts = 0;
            try (ServerScene.Load load = scene.new Load(4)) {
                while (load.served() < CONNECTIONS || restarts < 3) {
                    long before = scene.pid();
                    new ProcessBuilder("/bin/kill", "-HUP", Long.toString(agent.pid())).start();
                    ServerScene.until("another process serves", agent, () -> scene.pid() != before);
                    ServerScene.until("the one before has ended", agent, () -> ProcessHandle.of(before).isEmpty());
                    restarts++;
                }
                load.isClean();
            }
            assertThat(agent.terminate()).isZero();
        }
    }
}
