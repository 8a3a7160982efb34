package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.testing.EngineServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DockerLauncherIT {
    @TempDir
    Path folder;

    @Test
    void aReplicaThatIsReplacedWithinTheSecondGetsAnotherName() throws Exception {
        EngineServer engine = EngineServer.docker();
        Digest id = Digest.parse(engine.load("launched:v1", Apps.web("here"))).orElseThrow();
        try (Docker docker = Docker.at(Endpoint.resolve(Endpoint.Kind.DOCKER, Map.of("DOCKER_HOST", engine.address().toString()), folder), Time.system())) {
            DockerLauncher.Plan plan = new DockerLauncher.Plan(new Owner(folder.toRealPath().toString(), "launched"), "docker://launched", "launched", RunOptions.none(), List.of(), "config", Apps.AGENT);
            DockerLauncher launcher = new DockerLauncher(docker, plan, _ -> Optional.empty(), new Pulls(folder.resolve("images")), Time.system());
            Prepared image = launcher.here("docker://launched", id).orElseThrow();
            Order order = new Order(image, new Tag("v1"), id, "attempt", 1, List.of(new Order.Port(8080, 0)), Instant.parse("2026-01-15T10:30:45Z"));
            Replica first = launcher.start(order);
            Replica second = launcher.start(order);
            assertThat(first.name()).isEqualTo("launched-1768473045-1");
            assertThat(second.name()).isEqualTo("launched-1768473046-1");
            assertThat(Apps.get(second.doors().get(8080).getPort())).contains("here");
            assertThat(launcher.all()).hasSize(2).allSatisfy(replica -> assertThat(replica.alive()).isTrue());
            assertThat(launcher.says(first)).isEqualTo(Launcher.Says.NOTHING);
            launcher.stop(first, Duration.ZERO);
            launcher.stop(second, Duration.ZERO);
            assertThat(launcher.all()).isEmpty();
            assertThat(launcher.end(first)).contains("its container is gone");
        }
    }

    @Test
    void whatAReplicasOwnCheckSaysIsHeardOfWhenItChanges() throws Exception {
        EngineServer engine = EngineServer.docker();
        Digest id = Digest.parse(engine.load("checked:v1", Apps.web("here").file("bin/sh", Path.of("/bin/busybox")))).orElseThrow();
        try (Docker docker = Docker.at(Endpoint.resolve(Endpoint.Kind.DOCKER, Map.of("DOCKER_HOST", engine.address().toString()), folder), Time.system())) {
            RunOptions options = Apps.options("--tmpfs", "/tmp", "--health-cmd", "! test -e /tmp/sick", "--health-interval=200ms", "--health-retries=1");
            Owner owner = new Owner(folder.toRealPath().toString(), "checked");
            DockerLauncher.Plan plan = new DockerLauncher.Plan(owner, "docker://checked", "checked", options, List.of(), "config", Apps.AGENT);
            DockerLauncher launcher = new DockerLauncher(docker, plan, _ -> Optional.empty(), new Pulls(folder.resolve("images")), Time.system());
            Prepared image = launcher.here("docker://checked", id).orElseThrow();
            assertThat(image.checksItself()).isTrue();
            LinkedBlockingQueue<String> changed = new LinkedBlockingQueue<>();
            try (Launcher.Watching watching = launcher.watch(told(changed))) {
                assertThat(watching).isNotNull();
                assertThat(changed.poll(20, TimeUnit.SECONDS)).isEqualTo("missed");
                Replica replica = launcher.start(new Order(image, new Tag("v1"), id, "attempt", 1, List.of(new Order.Port(8080, 0)), Instant.parse("2026-01-15T10:30:45Z")));
                Owned handle = docker.container(owner, replica.id()).orElseThrow().handle();
                untilChanged(changed, launcher, replica, Launcher.Says.READY);
                docker.run(handle, List.of("/bin/busybox", "touch", "/tmp/sick"), EngineContract.SILENCE);
                untilChanged(changed, launcher, replica, Launcher.Says.UNREADY);
                docker.run(handle, List.of("/bin/busybox", "rm", "/tmp/sick"), EngineContract.SILENCE);
                untilChanged(changed, launcher, replica, Launcher.Says.READY);
                launcher.stop(replica, Duration.ZERO);
            }
        }
    }

    /** Asks only when told that something has changed. */
    private static void untilChanged(LinkedBlockingQueue<String> changed, Launcher launcher, Replica replica, Launcher.Says to) throws InterruptedException {
        Launcher.Says says = Launcher.Says.NOTHING;
        while (says != to) {
            String what = changed.poll(20, TimeUnit.SECONDS);
            assertThat(what).as("nothing was told of it becoming " + to + "; it says " + launcher.says(replica)).isNotNull();
            says = what.equals(replica.id()) ? launcher.says(replica) : says;
        }
    }

    private static Launcher.Watch told(LinkedBlockingQueue<String> changed) {
        return new Launcher.Watch() {
            @Override
            public void ended(String replica, String how) {}

            @Override
            public void changed(String replica) {
                changed.add(replica);
            }

            @Override
            public void missed() {
                changed.add("missed");
            }
        };
    }
}
