package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The old ones end what they have begun, and begin nothing more. */
class DrainTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(200);

    @Test
    void aSlowAnswerIsWaitedFor() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend old = TestBackend.start((_, _, out) -> {
            go.await();
            TestBackend.ok(out, "old");
        }); TestBackend fresh = TestBackend.saying("fresh"); Stage stage = Stage.with(old); TestClient client = stage.client(); TestClient other = stage.client()) {
            client.send(GET);
            Given.eventually("it is there", () -> !old.requests().isEmpty());
            CompletableFuture<Void> drained = swap(stage, LONG, fresh);
            assertThat(other.get("/").text()).isEqualTo("fresh");
            assertThat(drained).isNotDone();
            go.countDown();
            assertThat(client.response().text()).isEqualTo("old");
            drained.get(5, TimeUnit.SECONDS);
            assertThat(client.get("/").text()).as("the same connection, the new generation").isEqualTo("fresh");
        }
    }

    @Test
    void whoHasNothingInFlightIsDrainedAtOnce() {
        try (TestBackend old = TestBackend.saying("old"); TestBackend fresh = TestBackend.saying("fresh"); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            assertThat(client.get("/").text()).isEqualTo("old");
            idle(stage);
            assertThat(swap(stage, LONG, fresh)).isDone();
            Given.eventually("kept connections to it are closed", () -> old.open() == 0);
        }
    }

    @Test
    void afterTheSwapNothingReachesTheOldOnesOnReusedConnections() {
        try (TestBackend blue = TestBackend.saying("blue"); TestBackend green = TestBackend.saying("green"); Stage stage = Stage.with(blue)) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(stage.client());
            }
            for (int round = 0; round < 40; round++) {
                TestBackend now = round % 2 == 0 ? green : blue;
                swap(stage, LONG, now);
                for (TestClient client : clients) {
                    assertThat(client.get("/").text()).isEqualTo(now == green ? "green" : "blue");
                }
            }
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void whoHasNotBegunToAnswerInTimeIsA504() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TestBackend old = TestBackend.start((_, _, _) -> never.await()); TestBackend fresh = TestBackend.saying("fresh"); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            client.send(GET);
            Given.eventually("it is there", () -> !old.requests().isEmpty());
            CompletableFuture<Void> drained = swap(stage, SHORT, fresh);
            assertThat(client.response().status()).isEqualTo(504);
            drained.get(5, TimeUnit.SECONDS);
            assertThat(fresh.requests()).as("it is not done twice").isEmpty();
            assertThat(client.get("/").text()).isEqualTo("fresh");
            never.countDown();
        }
    }

    @Test
    void whoHasBegunIsBrokenOffSoThatItShows() throws Exception {
        for (String begin : new String[] {"Content-Length: 1000000\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "\r\nhalf"}) {
            CountDownLatch never = new CountDownLatch(1);
            try (TestBackend old = TestBackend.start((_, _, out) -> {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\n" + begin);
                never.await();
            }); Stage stage = Stage.with(old); TestClient client = stage.client()) {
                client.send(GET);
                Given.eventually("it is there", () -> !old.requests().isEmpty());
                String head = client.head();
                assertThat(head).startsWith("HTTP/1.1 200 ");
                CompletableFuture<Void> drained = swap(stage, SHORT);
                assertThatThrownBy(() -> {
                    byte[] rest = client.in().readAllBytes();
                    if (!head.contains("close")) {
                        assertThat(new String(rest)).doesNotEndWith("0\r\n\r\n");
                        throw new UncheckedIOException(new java.io.IOException("not the whole of it"));
                    }
                }).as(begin).isInstanceOfAny(java.io.IOException.class, UncheckedIOException.class);
                drained.get(5, TimeUnit.SECONDS);
                never.countDown();
            }
        }
    }

    @Test
    void aStreamOfEventsEndsInOrder() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TestBackend old = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
            never.await();
        }); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            client.send(GET);
            Given.eventually("it is there", () -> !old.requests().isEmpty());
            swap(stage, SHORT).get(5, TimeUnit.SECONDS);
            TestClient.Response response = client.response();
            assertThat(response.text()).isEqualTo("data: 1\n\n");
            assertThat(client.isClosed()).isTrue();
            never.countDown();
        }
    }

    @Test
    void anEventIsNotCutInTwo() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TestBackend old = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata:");
            never.await();
        }); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            client.send(GET);
            Given.eventually("it is there", () -> !old.requests().isEmpty());
            swap(stage, SHORT).get(5, TimeUnit.SECONDS);
            assertThatThrownBy(client::response).isInstanceOf(UncheckedIOException.class);
            never.countDown();
        }
    }

    @Test
    void aWebSocketIsToldGoodByeBetweenFrames() throws Exception {
        try (TestBackend old = StreamingTest.echo(); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            client.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").head();
            client.send(new byte[] {(byte) 0x81, 2, 'h', 'i'});
            assertThat(client.in().readNBytes(4)).isEqualTo(new byte[] {(byte) 0x81, 2, 'h', 'i'});
            CompletableFuture<Void> drained = swap(stage, Duration.ofMillis(500));
            client.send(new byte[] {(byte) 0x81, 2, 'y', 'o'});
            assertThat(client.in().readNBytes(4)).as("it lives until the deadline").isEqualTo(new byte[] {(byte) 0x81, 2, 'y', 'o'});
            assertThat(client.in().readAllBytes()).isEqualTo(new byte[] {(byte) 0x88, 2, 0x03, (byte) 0xe9});
            drained.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void aFrameIsNotCutInto() throws Exception {
        try (TestBackend old = StreamingTest.echo(); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            client.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").head();
            client.send(new byte[] {(byte) 0x81, 5, 'h', 'i'});
            client.in().readNBytes(4);
            swap(stage, SHORT).get(5, TimeUnit.SECONDS);
            assertThat(client.isClosed()).as("at once, without a word").isTrue();
        }
    }

    @Test
    void aSlowDrainHoldsUpNobodyElse() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend slow = TestBackend.start((_, _, out) -> {
            go.await();
            TestBackend.ok(out, "slow");
        }); TestBackend other = TestBackend.saying("other"); TestBackend next = TestBackend.saying("next"); Stage stage = Stage.with(slow); Stage elsewhere = Stage.with(other);
                TestClient waiting = stage.client(); TestClient client = elsewhere.client()) {
            waiting.send(GET);
            Given.eventually("it is there", () -> !slow.requests().isEmpty());
            CompletableFuture<Void> drained = swap(stage, LONG, next);
            assertThat(client.get("/").text()).isEqualTo("other");
            idle(elsewhere);
            swap(elsewhere, LONG, next).get(5, TimeUnit.SECONDS);
            assertThat(client.get("/").text()).isEqualTo("next");
            assertThat(drained).isNotDone();
            go.countDown();
            assertThat(waiting.response().text()).isEqualTo("slow");
        }
    }

    @Test
    void stoppingLetsRequestsEnd() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            go.await();
            TestBackend.ok(out, "all");
        })) {
            Stage stage = Stage.with(backend);
            try (TestClient client = stage.client(); TestClient idle = stage.client()) {
                client.send(GET);
                Given.eventually("it is there", () -> !backend.requests().isEmpty());
                Thread closing = Thread.ofVirtual().start(() -> {
                    try {
                        stage.gateway().close(LONG, dev.dewpoint.host.Time.system());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                assertThat(idle.isClosed()).isTrue();
                go.countDown();
                TestClient.Response response = client.response();
                assertThat(response.text()).isEqualTo("all");
                assertThat(response.header("Connection")).contains("close");
                assertThat(client.isClosed()).isTrue();
                client.close();
                assertThat(closing.join(Duration.ofSeconds(5))).isTrue();
            }
        }
    }

    /** An answer arrives a moment before its request is counted as over. */
    private static void idle(Stage stage) {
        Given.eventually("nothing is in flight", () -> stage.route().live().members().getFirst().inFlight() == 0);
    }

    private static CompletableFuture<Void> swap(Stage stage, Duration patience, TestBackend... to) {
        List<Backend> gone = stage.route().publish(java.util.stream.Stream.of(to).map(TestBackend::backend).toList());
        return stage.gateway().drain(gone, patience);
    }

    @Test
    void whoIsNotConnectedYetWhenTheTimeIsOverGoesToTheNewOnes() throws Exception {
        List<SocketChannel> crowd = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); TestBackend fresh = TestBackend.saying("fresh"); Stage stage = Stage.with(); TestClient client = stage.client()) {
            for (int i = 0; i < 4; i++) {
                SocketChannel one = SocketChannel.open();
                one.configureBlocking(false);
                one.connect(full.getLocalSocketAddress());
                crowd.add(one);
            }
            Backend deaf = new Backend("deaf", (InetSocketAddress) full.getLocalSocketAddress(), 1, Experience.IGNORED);
            deaf.ready(true);
            stage.route().publish(List.of(deaf));
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
            Given.eventually("it is on its way", () -> deaf.inFlight() == 1);
            CompletableFuture<Void> drained = swap(stage, SHORT, fresh);
            assertThat(client.response().text()).isEqualTo("fresh");
            drained.get(5, TimeUnit.SECONDS);
        } finally {
            for (SocketChannel one : crowd) {
                one.close();
            }
        }
    }

    @Test
    void whatHasComeBeforeTheStopIsAnswered() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AccessLog holdingThreads = new AccessLog() {
            @Override
            public boolean wanted() {
                return true;
            }

            @Override
            public void write(Line line) {
                if (line.target().equals("/block")) {
                    awaitQuietly(go);
                }
            }
        };
        List<TestClient> clients = new ArrayList<>();
        List<TestClient> blocking = new ArrayList<>();
        try (TestBackend backend = TestBackend.saying("answered")) {
            Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, holdingThreads, backend);
            for (int i = 0; i < 8; i++) {
                clients.add(stage.client());
                blocking.add(stage.client());
            }
            for (TestClient client : clients) {
                assertThat(client.get("/").text()).isEqualTo("answered");
            }
            blocking.forEach(client -> client.send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n"));
            // a thread has a response in hand and is held up by the log; the other too, if it has accepted any of these connections
            Given.eventually("one is held up", () -> backend.requests().stream().anyMatch(request -> request.target().equals("/block")));
            clients.forEach(client -> client.send(GET));
            Thread closing = Thread.ofVirtual().start(() -> {
                try {
                    stage.gateway().close(LONG, dev.dewpoint.host.Time.system());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Given.eventually("it waits for them", () -> closing.getState() == Thread.State.TIMED_WAITING);
            go.countDown();
            for (TestClient client : clients) {
                assertThat(client.response().text()).isEqualTo("answered");
            }
            clients.forEach(TestClient::close);
            blocking.forEach(TestClient::close);
            assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void stoppingTellsWebSocketsGoodByeAndEndsEventsInOrder() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TestBackend echo = StreamingTest.echo(); TestBackend events = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
            never.await();
        })) {
            Stage sockets = Stage.with(echo);
            Stage streams = Stage.with(events);
            try (TestClient socket = sockets.client(); TestClient stream = streams.client()) {
                socket.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").head();
                socket.send(new byte[] {(byte) 0x81, 2, 'h', 'i'});
                assertThat(socket.in().readNBytes(4)).isEqualTo(new byte[] {(byte) 0x81, 2, 'h', 'i'});
                stream.send(GET);
                assertThat(stream.head()).contains("text/event-stream");
                sockets.gateway().close(SHORT, dev.dewpoint.host.Time.system());
                streams.gateway().close(SHORT, dev.dewpoint.host.Time.system());
                assertThat(socket.in().readAllBytes()).isEqualTo(new byte[] {(byte) 0x88, 2, 0x03, (byte) 0xe9});
                assertThat(new String(stream.in().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII)).isEqualTo("9\r\ndata: 1\n\n\r\n0\r\n\r\n");
            } finally {
                never.countDown();
            }
        }
    }
}
