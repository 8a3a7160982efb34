package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.failure.Failure.Kind;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.docker.EngineContract.Watching;
import dev.dewpoint.testing.EngineRelay;
import dev.dewpoint.testing.EngineRelay.Reaction;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.RawServer;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Engines that are older, newer, away, hung, or go in the middle. */
class EngineFaultsIT {
    private static final Duration SHORT = Duration.ofMillis(700);
    private static final Owner OWNER = new Owner("/srv/faults", "api");
    private static final ImageName NOWHERE = ImageName.of("127.0.0.1:9/app", Digest.parse("sha256:" + "0".repeat(64)).orElseThrow());

    private final EngineRelay relay = EngineRelay.to(EngineServer.docker().socket());
    private final Docker docker = Docker.at(new Endpoint(Endpoint.Kind.DOCKER, relay.address(), Optional.empty(), "test"), Time.system(), SHORT);

    @AfterEach
    void close() {
        docker.close();
        relay.close();
    }

    private static void fails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind));
    }

    @ParameterizedTest
    @CsvSource({"1.44,1.52,1.44", "1.45,1.52,1.45", "1.24,1.41,1.41", "1.24,1.40,1.40", "1.24,1.44,1.44"})
    void theVersionSpokenIsOneThatTheEngineKnows(String least, String most, String spoken) throws Exception {
        relay.react(request -> {
            String path = request.split(" ")[1];
            if (path.equals("/version") || path.equals("/v" + spoken + "/version")) {
                return new Reaction.Answer(200, "{\"Version\":\"x\",\"ApiVersion\":\"" + most + "\",\"MinAPIVersion\":\"" + least + "\",\"Os\":\"linux\",\"Arch\":\"amd64\"}");
            }
            return path.startsWith("/v" + spoken + "/") ? new Reaction.Forward(path.replaceFirst("^/v[0-9.]+", ""))
                    : new Reaction.Answer(400, "{\"message\":\"client version is too old. Minimum supported API version is " + least + "\"}");
        });
        assertThat(docker.containers(OWNER)).isEmpty();
        assertThat(docker.engine().apiVersion()).isEqualTo(spoken);
        assertThat(docker.image(NOWHERE)).isEmpty();
        assertThat(relay.requests()).filteredOn(request -> request.endsWith(" /version")).hasSize(1);
    }

    @Test
    void anEngineThatComesBackAsAnotherVersionIsAskedAgain() throws Exception {
        AtomicReference<String> most = new AtomicReference<>("1.41");
        relay.react(request -> {
            String path = request.split(" ")[1];
            if (path.equals("/version")) {
                return new Reaction.Answer(200, "{\"Version\":\"x\",\"ApiVersion\":\"" + most.get() + "\",\"MinAPIVersion\":\"" + most.get() + "\"}");
            }
            return path.startsWith("/v" + most.get() + "/") ? new Reaction.Forward(path.replaceFirst("^/v[0-9.]+", "")) : new Reaction.Answer(400, "{\"message\":\"client version 1.41 is too old\"}");
        });
        assertThat(docker.containers(OWNER)).isEmpty();
        most.set("1.44");
        assertThatThrownBy(() -> docker.containers(OWNER)).isInstanceOf(Failure.class);
        assertThat(docker.containers(OWNER)).isEmpty();
    }

    @Test
    void aHungEngineCostsADeadlineAndNoMore() throws Exception {
        assertThat(docker.containers(OWNER)).isEmpty();
        relay.react(_ -> new Reaction.Swallow());
        long start = System.nanoTime();
        fails(Kind.TIMED_OUT, () -> docker.containers(OWNER));
        fails(Kind.TIMED_OUT, () -> docker.watch(OWNER.root(), Optional.empty(), nobody()));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT.multipliedBy(2), Duration.ofSeconds(10));
        relay.react(request -> request.contains("/images/create") ? new Reaction.Swallow() : new Reaction.Forward(request.split(" ")[1]));
        fails(Kind.TIMED_OUT, () -> docker.pull(NOWHERE, Optional.of(new Login("127.0.0.1:9", Optional.of("u"), new Secret("p"))), Duration.ofMillis(300), _ -> {}));
        relay.forward();
        assertThat(docker.containers(OWNER)).isEmpty();
    }

    @Test
    void aStoppedEngineIsHungAndThenGoesOn() throws Exception {
        assertThat(docker.containers(OWNER)).isEmpty();
        EngineServer.docker().pause();
        try {
            fails(Kind.TIMED_OUT, () -> docker.containers(OWNER));
        } finally {
            EngineServer.docker().resume();
        }
        assertThat(docker.containers(OWNER)).isEmpty();
    }

    @Test
    void callsThatAreLostAreUnreachableAndTheNextOneWorks() throws Exception {
        assertThat(docker.containers(OWNER)).isEmpty();
        relay.react(_ -> new Reaction.CutBefore());
        fails(Kind.UNREACHABLE, () -> docker.containers(OWNER));
        relay.forward();
        assertThat(docker.containers(OWNER)).isEmpty();
    }

    @Test
    void aStreamThatBreaksEndsTheWatchSoThatItCanBeginAgain() throws Exception {
        try (Watching watching = new Watching(docker, OWNER.root(), Optional.empty())) {
            relay.cutAll();
            assertThat(watching.ended.get(10, TimeUnit.SECONDS)).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE));
        }
        try (Watching again = new Watching(docker, OWNER.root(), Optional.empty())) {
            assertThat(again.ended).isNotDone();
        }
    }

    @Test
    void containersOutliveARestartOfTheEngineAndTheWatchSaysThatItEnded() throws Exception {
        String id = EngineServer.docker().load("faults:v1", Apps.web("still here"));
        Image image = docker.image(ImageName.local(Digest.parse(id).orElseThrow())).orElseThrow();
        Owned handle = docker.start(new Creation("faults-1", Apps.labels(OWNER, 1), RunOptions.none(), image, List.of(), List.of(new Creation.Published(8080, 0)), Apps.AGENT));
        try (Watching watching = new Watching(docker, OWNER.root(), Optional.empty())) {
            int port = docker.look(handle).orElseThrow().hostPorts().get(8080);
            EngineServer.docker().stop();
            assertThat(watching.ended.get(20, TimeUnit.SECONDS)).isInstanceOf(Failure.class);
            fails(Kind.UNREACHABLE, () -> docker.look(handle));
            EngineServer.docker().start();
            assertThat(docker.look(handle).orElseThrow().hostPorts()).containsEntry(8080, port);
            assertThat(Apps.get(port)).isEqualTo("still here");
        } finally {
            docker.remove(handle);
        }
    }

    @Test
    void anEngineThatIsAwaySaysHowToStartIt() {
        for (Endpoint.Kind kind : Endpoint.Kind.values()) {
            try (Docker away = Docker.at(new Endpoint(kind, URI.create("unix:///tmp/no/such/engine.sock"), Optional.empty(), "test"), Time.system())) {
                assertThatThrownBy(away::engine).isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.UNREACHABLE);
                    assertThat(failure).hasMessageContaining("/tmp/no/such/engine.sock").hasMessageContaining(kind == Endpoint.Kind.DOCKER ? "systemctl start docker" : "podman.socket");
                });
            }
        }
    }

    @Test
    void tcpHasTheSameDeadline() {
        try (RawServer silent = RawServer.silent(); Docker tcp = Docker.at(new Endpoint(Endpoint.Kind.DOCKER, URI.create("tcp://127.0.0.1:" + silent.url("/").getPort()), Optional.empty(), "test"), Time.system(), SHORT)) {
            fails(Kind.TIMED_OUT, tcp::engine);
        }
    }

    @Test
    void anInterruptIsHeardInACallAndInAWatch() throws Exception {
        relay.react(_ -> new Reaction.Swallow());
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                docker.containers(OWNER);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        Apps.eventually(() -> relay.requests().isEmpty() ? null : true);
        thread.interrupt();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatTheAgentMayNotUseIsSaid() {
        EngineFailures failures = new EngineFailures(new Endpoint(Endpoint.Kind.DOCKER, URI.create("unix:///var/run/docker.sock"), Optional.empty(), "docker's default"));
        Failure denied = failures.of("ask", new RuntimeException(new SocketException("Permission denied")), text -> text);
        assertThat(denied.kind()).isEqualTo(Kind.MISCONFIGURED);
        assertThat(denied).hasMessageContaining("usermod -aG docker");
    }

    private static Watch nobody() {
        return new Watch() {
            @Override
            public void connected() {}

            @Override
            public void happened(ContainerEvent event) {}
        };
    }
}
