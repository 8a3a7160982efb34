package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.LauncherContract;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.testing.EngineServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerLauncherIT extends LauncherContract {
    @TempDir
    Path folder;

    private final EngineServer engine = EngineServer.docker();
    private Docker docker;
    private Launcher launcher;
    private Launcher another;

    @BeforeEach
    void connect() throws IOException {
        docker = Docker.at(Endpoint.resolve(Endpoint.Kind.DOCKER, Map.of("DOCKER_HOST", engine.address().toString()), folder), Time.system());
        launcher = launcher("launched", RunOptions.none());
        another = launcher("another", RunOptions.none());
    }

    @Override
    protected void close() {
        docker.close();
    }

    private DockerLauncher launcher(String app, RunOptions options) throws IOException {
        DockerLauncher.Plan plan = new DockerLauncher.Plan(new Owner(folder.toRealPath().toString(), app), "docker://launched", app, options, List.of(), "config", Apps.AGENT);
        return new DockerLauncher(docker, plan, _ -> Optional.empty(), new Pulls(folder.resolve("images")), Time.system());
    }

    @Override
    protected Launcher launcher() {
        return launcher;
    }

    @Override
    protected Launcher ofAnotherApp() {
        return another;
    }

    @Override
    protected Launcher ofTheNextAgent() throws IOException {
        return launcher("launched", RunOptions.none());
    }

    @Override
    protected Optional<Prepared> here(App app) throws InterruptedException {
        return hereAtAll(loaded(app.name().toLowerCase(java.util.Locale.ROOT), Apps.shell(app.script()).expose(INSIDE)), "");
    }

    private Digest loaded(String tag, dev.dewpoint.testing.Image image) {
        return Digest.parse(engine.load("launched:" + tag, image)).orElseThrow();
    }

    @Override
    protected Optional<Prepared> hereAtAll(Digest digest, String release) throws InterruptedException {
        return launcher.here("docker://launched", digest, release);
    }

    @Override
    protected void kill(Replica replica) {
        engine.ask("POST", "/containers/" + replica.id() + "/kill", "");
    }

    @Override
    protected void isListening(Ears ears) throws InterruptedException {
        ears.awaitMissed();
    }

    @Test
    void whatAReplicasOwnCheckSaysIsHeardOfWhenItChanges() throws Exception {
        Digest id = loaded("checked", Apps.web("here").file("bin/sh", Path.of("/bin/busybox")));
        RunOptions options = Apps.options("--tmpfs", "/tmp", "--health-cmd", "! test -e /tmp/sick", "--health-interval=200ms", "--health-retries=1");
        Launcher checked = launcher("launched", options);
        Prepared image = checked.here("docker://launched", id, "").orElseThrow();
        assertThat(image.checksItself()).isTrue();
        LinkedBlockingQueue<String> changed = new LinkedBlockingQueue<>();
        try (Launcher.Watching watching = checked.watch(told(changed))) {
            assertThat(watching).isNotNull();
            assertThat(changed.poll(20, TimeUnit.SECONDS)).isEqualTo("missed");
            Replica replica = checked.start(new Order(image, new Tag("v1"), id, "attempt", 1, List.of(new Order.Port(INSIDE, 0)), Instant.parse("2026-01-15T10:30:45Z")));
            untilChanged(changed, checked, replica, Launcher.Says.READY);
            engine.run(replica.id(), "/bin/busybox", "touch", "/tmp/sick");
            untilChanged(changed, checked, replica, Launcher.Says.UNREADY);
            engine.run(replica.id(), "/bin/busybox", "rm", "/tmp/sick");
            untilChanged(changed, checked, replica, Launcher.Says.READY);
            checked.stop(replica, Duration.ZERO);
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
