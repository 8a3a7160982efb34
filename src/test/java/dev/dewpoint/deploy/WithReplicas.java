package dev.dewpoint.deploy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A loop with replicas for each test. */
@Timeout(60)
abstract class WithReplicas {
    @TempDir
    Path folder;

    ReplicasFixture fixture;

    @BeforeEach
    final void begin() {
        fixture = new ReplicasFixture(folder);
    }

    @AfterEach
    final void close() {
        fixture.close();
    }

    /** v1.0.0, with that many. */
    final DeployLoop serving(int replicas) {
        DeployLoop loop = fixture.replicas(replicas).open();
        fixture.publish("v1.0.0");
        loop.turn();
        return loop;
    }
}
