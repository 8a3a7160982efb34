package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.failure.Failure.Kind;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.RegistryServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every engine has to do for us. */
abstract class EngineContract {
    static final Duration SILENCE = Duration.ofSeconds(20);

    private final String mark = UUID.randomUUID().toString().substring(0, 8);
    final Owner owner = new Owner("/srv/" + mark, "api");
    Docker docker;

    abstract EngineServer engine();

    abstract Endpoint.Kind kind();

    @BeforeEach
    void connect() {
        docker = Docker.at(new Endpoint(kind(), engine().address(), Optional.empty(), "test"), Time.system());
    }

    @AfterEach
    void removeAll() throws InterruptedException {
        for (Container container : docker.containers(owner)) {
            docker.remove(container.handle());
        }
        docker.close();
    }

    Image loaded(dev.dewpoint.testing.Image image) throws InterruptedException {
        Digest id = Digest.parse(engine().load("contract-" + mark + ":v1", image)).orElseThrow();
        return docker.image(ImageName.local(id)).orElseThrow();
    }

    Creation creation(Image image, RunOptions options, int... ports) {
        List<Creation.Published> published = Arrays.stream(ports).mapToObj(port -> new Creation.Published(port, 0)).toList();
        return new Creation("api-" + mark + "-1", Apps.labels(owner, 1), options, image, List.of(), published, Apps.AGENT);
    }

    Container ended(Owned handle) throws Exception {
        return Apps.eventually(() -> docker.look(handle).filter(container -> !container.state().isRunning()).orElse(null));
    }

    @Test
    void aReplicaAnswersOnLoopbackAloneUntilItIsRemoved() throws Exception {
        Image image = loaded(Apps.web("hello"));
        assertThat(image.tcpPorts()).containsExactly(8080);
        Owned handle = docker.start(creation(image, RunOptions.none(), 8080));
        Container running = docker.look(handle).orElseThrow();
        assertThat(running.state()).isEqualTo(Container.State.RUNNING);
        assertThat(running.startedAt()).isPresent();
        assertThat(running.labels()).isEqualTo(Apps.labels(owner, 1));
        assertThat(running.hostPorts()).containsOnlyKeys(8080);
        assertThat(Apps.get(running.hostPorts().get(8080))).isEqualTo("hello");
        assertThat(engine().ask("GET", "/containers/" + handle.id() + "/json", "")).contains("\"HostIp\":\"127.0.0.1\"").doesNotContain("\"HostIp\":\"0.0.0.0\"");
        assertThat(docker.containers(owner)).extracting(Container::handle).containsExactly(handle);
        docker.stop(handle, Duration.ofSeconds(1));
        assertThat(docker.look(handle).orElseThrow().state()).isEqualTo(Container.State.EXITED);
        docker.stop(handle, Duration.ofSeconds(1));
        docker.remove(handle);
        docker.remove(handle);
        docker.stop(handle, Duration.ofSeconds(1));
        assertThat(docker.look(handle)).isEmpty();
        assertThat(docker.containers(owner)).isEmpty();
    }

    @Test
    void theHostPortCanBeGiven() throws Exception {
        int port = free();
        Creation creation = creation(loaded(Apps.web("given")), RunOptions.none());
        Owned handle = docker.start(new Creation(creation.name(), creation.labels(), creation.options(), creation.image(), List.of(), List.of(new Creation.Published(8080, port)), Apps.AGENT));
        assertThat(docker.look(handle).orElseThrow().hostPorts()).isEqualTo(Map.of(8080, port));
        assertThat(Apps.get(port)).isEqualTo("given");
    }

    @Test
    void aTakenPortLeavesNothingBehind() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Creation creation = creation(loaded(Apps.web("never")), RunOptions.none());
            Creation onIt = new Creation(creation.name(), creation.labels(), creation.options(), creation.image(), List.of(), List.of(new Creation.Published(8080, taken.getLocalPort())), Apps.AGENT);
            assertThatThrownBy(() -> docker.start(onIt)).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.EXHAUSTED);
                assertThat(failure).hasMessageContaining("--replica-port-start");
            });
        }
        assertThat(docker.containers(owner)).isEmpty();
    }

    @Test
    @DisplayName("W39: a broken entrypoint leaves nothing behind, and no secret is in the failure")
    void aBrokenEntrypointLeavesNothingBehindAndNoSecretInTheFailure() throws Exception {
        RunOptions options = Apps.options("-e", "TOKEN=s3cr3t-value", "-e", "OTHER=/no/such/program", "--entrypoint", "/no/such/program");
        Image image = loaded(Apps.web("never"));
        assertThatThrownBy(() -> docker.start(creation(image, options))).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.APP);
            for (Throwable at = failure; at != null; at = at.getCause()) {
                assertThat(String.valueOf(at)).doesNotContain("s3cr3t-value").doesNotContain("/no/such/program");
            }
        });
        assertThat(docker.containers(owner)).isEmpty();
    }

    @Test
    void runOptionsReachTheContainer() throws Exception {
        RunOptions options = Apps.options("-e", "GREETING=good day", "-w", "/www", "-h", "inside", "-m", "64m", "--ulimit", "nofile=150:150", "--ulimit", "nproc=500", "--tmpfs", "/scratch", "--label", "team=blue", "--add-host", "db:10.1.2.3", "--pids-limit=50", "--cap-drop=ALL", "--shm-size=16m", "--read-only");
        Owned handle = docker.start(creation(loaded(Apps.web("x")), options, 8080));
        Ran ran = docker.run(handle, List.of("/bin/busybox", "sh", "-c", "echo $GREETING; pwd; hostname; ulimit -Sn; grep db /etc/hosts; touch /www/x || echo read-only; touch /scratch/x && echo scratch"), Duration.ofSeconds(10));
        assertThat(ran.exitCode()).as(ran.output()).isZero();
        assertThat(ran.output()).contains("good day", "/www", "inside", "150", "10.1.2.3", "read-only").contains("scratch");
        assertThat(engine().ask("GET", "/containers/" + handle.id() + "/json", "")).contains("\"Memory\":67108864", "\"PidsLimit\":50", "\"ShmSize\":16777216", "\"team\":\"blue\"");
        assertThat(docker.run(handle, List.of("/bin/busybox", "sh", "-c", "exit 7"), Duration.ofSeconds(10)).exitCode()).isEqualTo(7);
    }

    @Test
    void aRootImageRunsAsTheAgentUnlessToldOtherwise() throws Exception {
        Image root = loaded(Apps.web("x"));
        assertThat(user(docker.start(creation(root, RunOptions.none())))).isEqualTo("1000:1000");
        removeOurs();
        assertThat(user(docker.start(creation(root, Apps.options("-u", "0:0"))))).isEqualTo("0:0");
        removeOurs();
        Image own = loaded(Apps.web("x").set("User", "\"4711:4712\""));
        assertThat(own.isRoot()).isFalse();
        assertThat(user(docker.start(creation(own, RunOptions.none())))).isEqualTo("4711:4712");
    }

    private String user(Owned handle) throws InterruptedException {
        return docker.run(handle, List.of("/bin/busybox", "sh", "-c", "echo $(/bin/busybox id -u):$(/bin/busybox id -g)"), Duration.ofSeconds(10)).output();
    }

    private void removeOurs() throws InterruptedException {
        for (Container container : docker.containers(owner)) {
            docker.remove(container.handle());
        }
    }

    @Test
    void theImagesStopSignalIsSentFirst() throws Exception {
        Image image = loaded(Apps.shell("trap 'exit 7' QUIT; echo up; while :; do /bin/busybox sleep 0.05; done").set("StopSignal", "\"SIGQUIT\""));
        assertThat(image.stopSignal()).contains("SIGQUIT");
        Owned handle = docker.start(creation(image, RunOptions.none()));
        Apps.eventually(() -> docker.lastOutput(handle, 5).contains("up") ? true : null);
        docker.stop(handle, Duration.ofSeconds(20));
        assertThat(docker.look(handle).orElseThrow().exitCode()).isEqualTo(7);
        removeOurs();
        Owned other = docker.start(creation(loaded(Apps.shell("trap 'exit 9' USR1; echo up; while :; do /bin/busybox sleep 0.05; done")), Apps.options("--stop-signal=SIGUSR1")));
        Apps.eventually(() -> docker.lastOutput(other, 5).contains("up") ? true : null);
        docker.stop(other, Duration.ofSeconds(20));
        assertThat(docker.look(other).orElseThrow().exitCode()).isEqualTo(9);
    }

    @Test
    void whatIgnoresTheSignalIsKilledAfterTheGrace() throws Exception {
        Owned handle = docker.start(creation(loaded(Apps.shell("trap '' TERM; echo up; while :; do /bin/busybox sleep 0.05; done")), RunOptions.none()));
        Apps.eventually(() -> docker.lastOutput(handle, 5).contains("up") ? true : null);
        long start = System.nanoTime();
        docker.stop(handle, Duration.ofSeconds(1));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(800), Duration.ofSeconds(15));
        assertThat(docker.look(handle).orElseThrow().exitCode()).isEqualTo(137);
    }

    @Test
    void theLastOutputIsThatOfBothStreamsWithoutControls() throws Exception {
        Owned handle = docker.start(creation(loaded(Apps.shell("for i in 1 2 3 4 5 6; do echo line $i; done; printf '\\033[31mred\\033[0m\\a end\\n' >&2; exit 3")), RunOptions.none()));
        Container ended = ended(handle);
        assertThat(ended.state()).isEqualTo(Container.State.EXITED);
        assertThat(ended.exitCode()).isEqualTo(3);
        assertThat(ended.finishedAt()).isPresent();
        String output = docker.lastOutput(handle, 50);
        assertThat(output.lines()).contains("line 1", "line 6", "red end");
        assertThat(docker.lastOutput(handle, 2).lines()).hasSize(2);
    }

    @Test
    void pullsByDigestWithCredentialsOnceAndTellsHowFarItIs() throws Exception {
        byte[] ballast = new byte[3_000_000];
        new Random(1).nextBytes(ballast);
        try (RegistryServer registry = RegistryServer.withBasicAuth("puller", "pa55-phrase")) {
            engine().trust(registry.host());
            Digest digest = registry.push("team/app", "v1", Apps.web("pulled").file("ballast", ballast));
            ImageName name = ImageName.of(registry.host() + "/team/app", digest);
            assertThat(docker.image(name)).isEmpty();
            assertThatThrownBy(() -> docker.pull(name, Optional.empty(), SILENCE, _ -> {})).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.DENIED));
            assertThatThrownBy(() -> docker.pull(name, Optional.of(new Login(registry.host(), Optional.of("puller"), new Secret("wr0ng-phrase"))), SILENCE, _ -> {})).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.DENIED);
                assertThat(failure.getMessage()).doesNotContain("wr0ng");
            });
            Optional<Login> login = Optional.of(new Login(registry.host(), Optional.of("puller"), new Secret("pa55-phrase")));
            List<PullProgress> seen = new ArrayList<>();
            Image image = docker.pull(name, login, SILENCE, seen::add);
            progressed(seen);
            assertThat(image.tcpPorts()).containsExactly(8080);
            int requests = registry.requests().size();
            assertThat(docker.pull(name, login, SILENCE, _ -> {})).isEqualTo(image);
            assertThat(registry.requests()).as("asked for what is here").hasSize(requests);
            Owned handle = docker.start(creation(image, RunOptions.none(), 8080));
            assertThat(Apps.get(docker.look(handle).orElseThrow().hostPorts().get(8080))).isEqualTo("pulled");
            assertThat(docker.images(registry.host() + "/team/app")).singleElement().satisfies(local -> assertThat(local.digests()).containsExactly(digest));
            assertThat(docker.images(registry.host() + "/team/ap")).isEmpty();
            assertThat(docker.remove(name)).as("removed while in use").isFalse();
            docker.remove(handle);
            assertThat(docker.remove(name)).isTrue();
            assertThat(docker.remove(name)).isTrue();
            assertThat(docker.image(name)).isEmpty();
        }
    }

    private void progressed(List<PullProgress> seen) {
        assertThat(seen).isNotEmpty();
        assertThat(seen.getLast()).satisfies(last -> {
            // podman counts the configuration as one, too
            assertThat(last.layersDone()).isEqualTo(last.layers()).isBetween(1, 2);
            assertThat(last.doneBytes()).isEqualTo(last.totalBytes());
            // podman may be done before it has said how much there is
            assertThat(last.totalBytes()).isGreaterThanOrEqualTo(kind() == Endpoint.Kind.PODMAN ? 0 : 1_000_000);
        });
    }

    @Test
    void anImageThatIsNotThereOrNotForThisPlatformIsMissing() throws Exception {
        try (RegistryServer registry = RegistryServer.open()) {
            engine().trust(registry.host());
            Digest arm = registry.push("app", "arm", Apps.web("arm").platform("linux/arm64"));
            Digest index = registry.pushIndex("app", "v1", Map.of("linux/arm64", arm));
            ImageName nowhere = ImageName.of(registry.host() + "/app", Digest.parse("sha256:" + "0".repeat(64)).orElseThrow());
            for (ImageName name : List.of(nowhere, ImageName.of(registry.host() + "/app", index))) {
                assertThatThrownBy(() -> docker.pull(name, Optional.empty(), SILENCE, _ -> {})).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.MISSING));
            }
        }
    }

    @Test
    void aRegistryThatIsAwayIsUnreachable() throws Exception {
        ImageName name = ImageName.of("127.0.0.1:" + free() + "/app", Digest.parse("sha256:" + "0".repeat(64)).orElseThrow());
        assertThatThrownBy(() -> docker.pull(name, Optional.empty(), SILENCE, _ -> {})).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.UNREACHABLE));
    }

    @Test
    @DisplayName("W40: an image that something uses, or that has another name too, is not removed by force")
    void imagesAreNeverRemovedByForce() throws Exception {
        String name = "kept-" + mark;
        ImageName image = ImageName.local(Digest.parse(engine().load(name + ":v1", Apps.web("kept " + mark))).orElseThrow());
        engine().ask("POST", "/images/" + image.digest() + "/tag?repo=foreign-" + mark + "&tag=v1", "");
        Owned handle = docker.start(creation(docker.image(image).orElseThrow(), RunOptions.none()));
        assertThat(docker.remove(image)).isFalse();
        docker.remove(handle);
        assertThat(docker.remove(image)).as("it has a name that isn't ours").isFalse();
        assertThat(docker.images("foreign-" + mark)).hasSize(1);
    }

    @Test
    void localTagsAreListedWithTheIdsOfTheirImages() throws Exception {
        String name = "built-" + mark;
        String first = engine().load(name + ":v1.0.0", Apps.web("one"));
        String second = engine().load(name + ":v1.1.0", Apps.web("two"));
        engine().load(name + "-not:v9.9.9", Apps.web("three"));
        assertThat(docker.images(name)).extracting(image -> image.tags().getFirst() + " " + image.id()).containsExactlyInAnyOrder("v1.0.0 " + first, "v1.1.0 " + second);
    }

    @Test
    @DisplayName("W36: another app of the same name, or with labels that only look like ours, is neither seen nor touched")
    void decoysAreNeitherSeenNorTouched() throws Exception {
        Image image = loaded(Apps.web("x"));
        Owned ours = docker.start(creation(image, RunOptions.none()));
        Map<String, String> whole = Apps.labels(owner, 1).print();
        List<String> decoys = new ArrayList<>();
        decoys.add(decoy(image, "api-" + mark + "-2", Map.of()));
        decoys.add(decoy(image, "api-" + mark + "-3", with(whole, "dewpoint.managed", "false")));
        decoys.add(decoy(image, "api-" + mark + "-4", with(whole, "dewpoint.app", "api2")));
        decoys.add(decoy(image, "api-" + mark + "-5", with(whole, "dewpoint.root", owner.root() + "/")));
        decoys.add(decoy(image, "api-" + mark + "-6", with(whole, "dewpoint.digest", "none")));
        try {
            assertThat(docker.containers(owner)).extracting(Container::handle).containsExactly(ours);
            for (String id : decoys) {
                assertThat(docker.container(owner, id)).isEmpty();
            }
            assertThat(docker.container(owner, ours.id())).isPresent();
            assertThat(docker.containers(new Owner(owner.root(), "api2"))).hasSize(1);
        } finally {
            for (String id : decoys) {
                assertThat(engine().ask("DELETE", "/containers/" + id + "?force=1", "")).as("it is still there").doesNotContain("No such", "no container");
            }
        }
    }

    private static Map<String, String> with(Map<String, String> labels, String name, String value) {
        Map<String, String> changed = new HashMap<>(labels);
        changed.put(name, value);
        return changed;
    }

    private String decoy(Image image, String name, Map<String, String> labels) {
        String json = String.join(",", labels.entrySet().stream().map(label -> "\"" + label.getKey() + "\":\"" + label.getValue() + "\"").toList());
        String answer = engine().ask("POST", "/containers/create?name=" + name, "{\"Image\":\"" + image.id() + "\",\"Labels\":{" + json + "}}");
        assertThat(answer).contains("\"Id\"");
        return answer.replaceAll("(?s).*\"Id\":\\s*\"([0-9a-f]+)\".*", "$1");
    }

    @Test
    void eventsComeWithLabelsAndExitCodesAndAreMadeUpFor() throws Exception {
        Image image = loaded(Apps.shell("trap 'exit 5' TERM; echo up; while :; do /bin/busybox sleep 0.05; done"));
        Owned handle = docker.start(creation(image, RunOptions.none()));
        Apps.eventually(() -> docker.lastOutput(handle, 5).contains("up") ? true : null);
        try (Watching watching = new Watching(docker, owner.root(), Optional.empty())) {
            docker.stop(handle, Duration.ofSeconds(20));
            ContainerEvent died = watching.next("die");
            assertThat(died.id()).isEqualTo(handle.id());
            assertThat(died.exitCode()).hasValue(5);
            assertThat(died.labels()).isEqualTo(Apps.labels(owner, 1));
            watching.close();
            docker.remove(handle);
            try (Watching again = new Watching(docker, owner.root(), Optional.of(died.at()))) {
                again.next("destroy");
            }
            try (Watching other = new Watching(docker, "/srv/somebody-else", Optional.of(died.at().minusSeconds(1)))) {
                assertThat(other.events.poll(300, TimeUnit.MILLISECONDS)).isNull();
            }
        }
    }

    @Test
    void severalNetworksAndAliases() throws Exception {
        String one = "one-" + mark;
        String two = "two-" + mark;
        engine().ask("POST", "/networks/create", "{\"Name\":\"" + one + "\"}");
        engine().ask("POST", "/networks/create", "{\"Name\":\"" + two + "\"}");
        try {
            Owned handle = docker.start(creation(loaded(Apps.web("x")), Apps.options("--network", one, "--network", two, "--network-alias", "service"), 8080));
            assertThat(Apps.get(docker.look(handle).orElseThrow().hostPorts().get(8080))).isEqualTo("x");
            assertThat(engine().ask("GET", "/containers/" + handle.id() + "/json", "")).contains("\"" + one + "\":{", "\"" + two + "\":{", "\"service\"");
            docker.remove(handle);
        } finally {
            engine().ask("DELETE", "/networks/" + one, "");
            engine().ask("DELETE", "/networks/" + two, "");
        }
        Image image = loaded(Apps.web("x"));
        assertThatThrownBy(() -> docker.start(creation(image, Apps.options("--network", "nowhere-" + mark)))).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.MISCONFIGURED));
        assertThat(docker.containers(owner)).isEmpty();
    }

    static int free() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** A watch on a thread of its own, connected. */
    static final class Watching implements AutoCloseable {
        final BlockingQueue<ContainerEvent> events = new LinkedBlockingQueue<>();
        final CompletableFuture<Throwable> ended = new CompletableFuture<>();
        private final Thread thread;

        Watching(Docker docker, String root, Optional<Instant> since) throws InterruptedException {
            CountDownLatch connected = new CountDownLatch(1);
            thread = Thread.ofVirtual().start(() -> {
                try {
                    docker.watch(root, since, new Watch() {
                        @Override
                        public void connected() {
                            connected.countDown();
                        }

                        @Override
                        public void happened(ContainerEvent event) {
                            events.add(event);
                        }
                    });
                } catch (InterruptedException | Failure e) {
                    ended.complete(e);
                    connected.countDown();
                }
            });
            assertThat(connected.await(10, TimeUnit.SECONDS)).as("connected").isTrue();
        }

        ContainerEvent next(String... actions) throws InterruptedException {
            AtomicReference<ContainerEvent> last = new AtomicReference<>();
            for (ContainerEvent event = events.poll(15, TimeUnit.SECONDS); event != null; event = events.poll(15, TimeUnit.SECONDS)) {
                if (List.of(actions).contains(event.action())) {
                    return event;
                }
                last.set(event);
            }
            throw new AssertionError("no " + List.of(actions) + "; the last was " + last.get() + ", ended " + ended.getNow(null));
        }

        @Override
        public void close() throws InterruptedException {
            thread.interrupt();
            thread.join(Duration.ofSeconds(10));
        }
    }
}
