package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.testing.EngineRelay;
import dev.dewpoint.testing.EngineServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code docker://IMAGE}: what is built on this host runs here. */
@Timeout(120)
class LocalReleasesIT {
    @TempDir
    Path folder;

    @Test
    void whatIsBuiltHereRunsHereAndNothingIsPulled() throws IOException {
        String image = "shop-" + UUID.randomUUID().toString().substring(0, 8);
        try (ContainerScene scene = new ContainerScene(folder, EngineServer.docker(), "docker", 2); EngineRelay relay = EngineRelay.to(scene.engine.socket())) {
            scene.engine.load(image + ":v1.0.0", ContainerScene.web("v1.0.0"));
            try (Packaged agent = scene.follow("docker://" + image, relay.address(), "--interval", "1s")) {
                scene.settles("v1.0.0", agent);
                scene.engine.load(image + ":v1.1.0-rc.1", ContainerScene.web("v1.1.0-rc.1"));
                scene.engine.load(image + ":latest", ContainerScene.web("latest"));
                scene.engine.load(image + ":v1.1.0", ContainerScene.web("v1.1.0"));
                scene.settles("v1.1.0", agent);
                scene.engine.ask("DELETE", "/v1.40/images/" + image + ":v1.1.0", "");
                scene.engine.load(image + ":v1.0.9", ContainerScene.web("v1.0.9"));
                long lists = lists(relay);
                scene.until("two more polls", agent, () -> lists(relay) >= lists + 2);
                assertThat(scene.get()).as("it never goes down").isEqualTo("v1.1.0");
                assertThat(scene.outcomes()).containsExactly("deployed v1.0.0", "deployed v1.1.0");
                assertThat(relay.requests()).noneMatch(request -> request.contains("/images/create")).noneMatch(request -> request.startsWith("DELETE") && request.contains("/images/"));
                assertThat(agent.terminate()).isZero();
            }
        }
    }

    private static long lists(EngineRelay relay) {
        return relay.requests().stream().filter(request -> request.contains("/images/json")).count();
    }
}
