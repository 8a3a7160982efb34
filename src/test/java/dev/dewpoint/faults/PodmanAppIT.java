package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.faults.ContainerScene.Seen;
import dev.dewpoint.testing.EngineServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code --runtime podman}: the same story once more. */
@Timeout(300)
class PodmanAppIT {
    @TempDir
    Path folder;

    @Test
    void aReleaseIsRolledOutUpdatedHealedAndAdopted() throws IOException {
        try (ContainerScene scene = new ContainerScene(folder, EngineServer.podman(), "podman", 2)) {
            scene.engine.trust(scene.registry.host());
            String first = scene.publish();
            try (Packaged agent = scene.start(scene.engine.address(), "--interval", "1s")) {
                scene.settles(first, agent);
                String second = scene.publish();
                scene.settles(second, agent);
                Seen victim = scene.running(second).getFirst();
                scene.engine.ask("POST", "/v1.40/containers/" + victim.id() + "/kill", "");
                agent.awaitLine("Replica replaced");
                scene.until("two run", agent, () -> scene.running(second).size() == 2 && scene.containers().size() == 2);
                assertThat(scene.containers()).noneMatch(seen -> seen.id().equals(victim.id()));
                agent.kill();
            }
            List<String> before = scene.containers().stream().map(Seen::id).sorted().toList();
            try (Packaged agent = scene.start(scene.engine.address())) {
                scene.until("it serves again", agent, () -> scene.get().equals("v1.1.0"));
                assertThat(scene.containers().stream().map(Seen::id).sorted().toList()).isEqualTo(before);
                assertThat(agent.terminate()).isZero();
            }
            scene.hasConverged("podman", "v1.1.0");
        }
    }

    @Test
    @Disabled("podman's containers are processes of their own: its service can end at any time without them, and has no --live-restore to prove")
    void noRequestFailsWhileTheEngineHangsAndRestartsAndAReplicaEnds() {}
}
