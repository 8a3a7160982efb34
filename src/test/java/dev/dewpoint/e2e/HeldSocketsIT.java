package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Child;
import dev.dewpoint.host.Descriptor;
import dev.dewpoint.host.ExitStatus;
import dev.dewpoint.host.Launch;
import dev.dewpoint.host.Limits;
import dev.dewpoint.host.Posix;
import dev.dewpoint.host.SharedSocket;
import dev.dewpoint.host.Signal;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged proxy with sockets that outlive it, as under systemd. */
class HeldSocketsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int RESTARTS = 3;
    private static final int MORE = 200;

    @TempDir
    Path folder;

    /** HTTP, TLS with both versions of HTTP, and what isn't HTTP. */
    @Test
    void nobodyIsRefusedOrLostWhileTheProxyIsStoppedAndStartedAgain() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.header("X-Forwarded-Port").orElse("tcp")));
                SharedSocket web = SharedSocket.bind(Optional.empty()); SharedSocket plain = SharedSocket.bind(Optional.of(InetAddress.ofLiteral("127.0.0.1"))); SharedSocket secure = SharedSocket.bind(Optional.empty()); SharedSocket nobodys = SharedSocket.bind(Optional.of(InetAddress.ofLiteral("::1")));
                Load load = new Load()) {
            load.at(web, 2, String.valueOf(web.port()));
            load.at(plain, 2, "tcp");
            load.overTls(secure, "--http1.1");
            load.overTls(secure, "--http2");
            Packaged made = Packaged.run(folder, Map.of(), "cert", "localhost", "127.0.0.1", "--ca-dir", folder.resolve("ca").toString(), "--cert-file", "chain.pem", "--key-file", "key.pem");
            assertThat(made.exitCode()).as(made.output()).isZero();
            String behind = "127.0.0.1:" + backend.address().getPort();
            List<String> command = List.of(Packaged.launcher().toString(), "proxy", "--route", web.port() + "=" + behind, "--route", "tcp:" + plain.port() + "=" + behind, "--route", secure.port() + "=" + behind, "--tls-cert", "chain.pem", "--tls-key", "key.pem", "--tls-port", String.valueOf(secure.port()));
            for (int generation = 0; generation <= RESTARTS; generation++) {
                Path output = folder.resolve("output-" + generation);
                Child agent = start(command, output, web, plain, secure, nobodys);
                try {
                    until("it has started", output, () -> read(output).contains("Dewpoint proxy started"));
                    assertThat(read(output).lines().filter(line -> line.contains("Listening"))).hasSize(3).allMatch(line -> line.contains("from=\"systemd\""));
                    assertThat(read(output).lines().filter(line -> line.contains("left alone"))).singleElement().asString().contains("WARN", "[::1]:" + nobodys.port());
                    int before = load.answered.get();
                    until("answers", output, () -> load.answered.get() > before + MORE || !load.lost.isEmpty());
                    int overTls = load.overTls.get();
                    until("answers over TLS", output, () -> load.overTls.get() > overTls + 8 || !load.lost.isEmpty());
                    if (generation < RESTARTS) {
                        agent.signal(Signal.TERM);
                        assertThat(agent.awaitEnd(PATIENCE)).as(read(output)).isTrue();
                        assertThat(agent.reap()).as(read(output)).isEqualTo(new ExitStatus.Exited(0));
                    } else {
                        load.end();
                    }
                } finally {
                    agent.signal(Signal.KILL);
                    assertThat(agent.awaitEnd(PATIENCE)).isTrue();
                    agent.reap();
                }
            }
            System.out.println("The proxy with sockets held for it: " + load.answered.get() + " connections, " + load.overTls.get() + " of them by TLS, over " + RESTARTS + " restarts, lost " + load.lost + ", the longest took " + load.longest.get() / 1_000_000 + " ms");
            assertThat(load.lost).isEmpty();
            assertThat(backend.requests()).as("none is made twice").hasSize(load.answered.get());
        }
    }

    /** Its processes end with the agent, and the next one listens when they are there again. */
    @Test
    void aServerBehindItsProxyIsStartedAgainWithoutARefusal() throws Exception {
        ServerScene scene = new ServerScene(folder);
        scene.publish("v1.0.0", "exec python3 -m http.server \"$1\" --bind 127.0.0.1");
        try (SharedSocket web = SharedSocket.bind(Optional.empty()); Load load = new Load()) {
            List<String> command = List.of(Packaged.launcher().toString(), "server", "--registry", "file://" + scene.registry, "--root", scene.root.toString(), "--name", "shop", "--interval", "1s", "--port", String.valueOf(web.port()), "--replicas", "2",
                    "--drain-time", "10s", "--", "./current/run", "{port}");
            for (int generation = 0; generation < 3; generation++) {
                Path output = folder.resolve("server-" + generation);
                Child agent = start(command, output, web);
                try {
                    String ready = generation == 0 ? "Deployment completed successfully" : "Admin API listening";
                    until(ready, output, () -> read(output).contains(ready));
                    if (generation == 0) {
                        load.at(web, 2, "Directory listing");
                    }
                    int before = load.answered.get();
                    until("answers", output, () -> load.answered.get() > before + MORE || !load.lost.isEmpty());
                    if (generation == 2) {
                        load.end();
                    }
                    agent.signal(Signal.TERM);
                    assertThat(agent.awaitEnd(PATIENCE)).as(read(output)).isTrue();
                    assertThat(agent.reap()).as(read(output)).isEqualTo(new ExitStatus.Exited(0));
                } finally {
                    agent.signal(Signal.KILL);
                    assertThat(agent.awaitEnd(PATIENCE)).isTrue();
                    agent.reap();
                }
            }
            System.out.println("A server behind its proxy with sockets held for it: " + load.answered.get() + " connections, lost " + load.lost + ", the longest took " + load.longest.get() / 1_000_000 + " ms");
            assertThat(load.lost).isEmpty();
        } finally {
            scene.left().forEach(ProcessHandle::destroyForcibly);
        }
    }

    private Child start(List<String> command, Path output, SharedSocket... sockets) throws IOException {
        Map<String, String> environment = Map.of("PATH", System.getenv("PATH"), "LISTEN_FDS", String.valueOf(sockets.length));
        try (Descriptor out = Descriptor.appendingTo(output)) {
            return Posix.start(new Launch(command, environment, folder, out, out, SharedSocket.all(sockets), Limits.none()));
        }
    }

    /** Each request on a connection of its own. */
    private static final class Load implements AutoCloseable {
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger overTls = new AtomicInteger();
        final AtomicLong longest = new AtomicLong();
        final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final List<Thread> clients = new ArrayList<>();

        /** Each request is to be answered with that. */
        void at(SharedSocket socket, int clientsThere, String expected) {
            for (int i = 0; i < clientsThere; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    while (!over.get()) {
                        ask(socket, expected);
                        LockSupport.parkNanos(1_000_000); // the agent that starts needs the processor
                    }
                }));
            }
        }

        void overTls(SharedSocket socket, String version) {
            clients.add(Thread.ofPlatform().daemon().start(() -> {
                while (!over.get()) {
                    curl(version, socket.port());
                }
            }));
        }

        private void ask(SharedSocket socket, String expected) {
            long began = System.nanoTime();
            try (TestClient client = new TestClient(socket.address())) {
                assertThat(client.patient(60).get("/")).satisfies(answer -> assertThat(answer.status()).isEqualTo(200), answer -> assertThat(answer.text()).contains(expected));
                answered.incrementAndGet();
            } catch (RuntimeException | AssertionError e) {
                lost.add(e.toString());
            }
            longest.accumulateAndGet(System.nanoTime() - began, Math::max);
        }

        private void curl(String version, int port) {
            try {
                Process process = new ProcessBuilder("curl", "-sSk", version, "--max-time", "60", "https://127.0.0.1:" + port + "/").redirectErrorStream(true).start();
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (said.equals(String.valueOf(port))) {
                    overTls.incrementAndGet();
                    answered.incrementAndGet();
                } else {
                    lost.add(version + ": " + said);
                }
            } catch (IOException e) {
                lost.add(e.toString());
            }
        }

        void end() throws InterruptedException {
            over.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }

        @Override
        public void close() {
            over.set(true);
        }
    }

    private static void until(String what, Path output, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("%s:%n%s", what, read(output)).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static String read(Path output) {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
