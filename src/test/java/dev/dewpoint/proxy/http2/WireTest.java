package dev.dewpoint.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.testing.NoLeaks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Frame by frame: limits, windows, ends. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class WireTest {
    private static final String[] POST = {":method", "POST", ":scheme", "http", ":path", "/", ":authority", "example.com"};

    private static RouteOptions h2c() {
        RouteOptions usual = RouteOptions.USUAL;
        return new RouteOptions(false, usual.host(), true, usual.health(), usual.names(), usual.limits(), usual.hold(), usual.drainTime());
    }

    private static Backend backend(ServerSocket at) {
        Backend backend = new Backend("127.0.0.1:" + at.getLocalPort(), (InetSocketAddress) at.getLocalSocketAddress(), 1, Experience.IGNORED);
        backend.ready(true);
        return backend;
    }

    private static ServerSocket server() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    }

    @Test
    void whoResetsTooManyStreamsIsSentAway() throws Exception {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            for (int stream = 1; stream < 1000; stream += 2) {
                try {
                    client.get(stream, "/").say(Frame.RST_STREAM, stream, Frame.CANCEL);
                } catch (java.io.UncheckedIOException e) {
                    break;
                }
            }
            RawPeer.Got goodBye = client.await(got -> got.type() == Frame.GOAWAY);
            assertThat(goodBye == null ? Frame.ENHANCE_YOUR_CALM : goodBye.code()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
            assertThat(client.next()).isNull();
            Backend only = stage.route().live().members().getFirst();
            only.seal().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void tooLargeAHeadIsRefusedAndTheConnectionStays() throws Exception {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "example.com", "x-large", "y".repeat(70_000));
            assertThat(client.await(got -> got.type() == Frame.HEADERS).fields()).containsEntry(":status", "431");
            client.get(3, "/");
            assertThat(client.await(got -> got.type() == Frame.HEADERS).fields()).containsEntry(":status", "200");
        }
    }

    @Test
    void twoNamesForOneHostAreAnError() throws Exception {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "example.com", "host", "other.example.com");
            assertThat(client.next()).satisfies(got -> assertThat(got.type()).isEqualTo(Frame.RST_STREAM)).satisfies(got -> assertThat(got.code()).isEqualTo(Frame.PROTOCOL_ERROR));
            client.headers(3, true, ":method", "GET", ":scheme", "http", ":path", "/ HTTP/1.1\r\nx: y", ":authority", "example.com");
            assertThat(client.next().type()).isEqualTo(Frame.RST_STREAM);
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void whoTakesNothingHoldsUpNobodyElse() throws Exception {
        AtomicInteger written = new AtomicInteger();
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/large")) {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                for (int i = 0; i < 1000; i++) {
                    out.write(new byte[100_000]);
                    written.addAndGet(100_000);
                }
            } else {
                TestBackend.ok(out, "small");
            }
        }); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.say(Frame.WINDOW_UPDATE, 0, 1 << 20);
            client.get(1, "/large");
            assertThat(client.await(got -> got.type() == Frame.HEADERS).stream()).isEqualTo(1);
            for (int stream = 3; stream < 100; stream += 2) {
                int it = stream;
                client.get(stream, "/");
                assertThat(client.await(got -> got.stream() == it && got.type() == Frame.DATA && got.last())).isNotNull();
            }
            assertThat(written.get()).as("bytes that wait somewhere").isLessThan(30_000_000);
        }
    }

    @Test
    void theEndOfAnAnswerWaitsForRoomToo() throws Exception {
        try (TestBackend backend = TestBackend.saying("x".repeat(70_000)); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.say(Frame.WINDOW_UPDATE, 0, 1 << 20);
            client.get(1, "/");
            int got = 0;
            while (got < 65_535) {
                got += client.await(frame -> frame.type() == Frame.DATA).payload().length;
            }
            Backend only = stage.route().live().members().getFirst();
            only.seal().get(10, TimeUnit.SECONDS);
            client.say(Frame.WINDOW_UPDATE, 1, 10_000);
            RawPeer.Got rest = client.await(frame -> frame.type() == Frame.DATA || frame.type() == Frame.RST_STREAM);
            assertThat(rest.type()).isEqualTo(Frame.DATA);
            assertThat(got + rest.payload().length).isEqualTo(70_000);
            assertThat(rest.last()).isTrue();
        }
    }

    @Test
    void streamsEndAfterAClientHasSaidGoodBye() throws Exception {
        Semaphore finish = new Semaphore(0);
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            finish.acquire();
            TestBackend.ok(out, "late");
        }); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.get(1, "/").say(Frame.GOAWAY, 0, 0, Frame.NO_ERROR);
            finish.release();
            assertThat(client.await(got -> got.type() == Frame.DATA && got.stream() == 1).payload()).isEqualTo("late".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(client.await(_ -> false)).as("the connection ends then").isNull();
        }
    }

    @Test
    void closingSaysGoodByeFirst() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Semaphore finish = new Semaphore(0);
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            begun.countDown();
            finish.acquire();
            TestBackend.ok(out, "late");
        }); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.get(1, "/");
            begun.await();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> {
                try {
                    stage.gateway().close(Duration.ofSeconds(10), Time.system());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            assertThat(client.next()).satisfies(got -> assertThat(got.type()).isEqualTo(Frame.GOAWAY)).satisfies(got -> assertThat(got.code()).isEqualTo(Frame.NO_ERROR)).satisfies(got -> assertThat(got.number()).as("what is on its way is served").isEqualTo(Integer.MAX_VALUE));
            client.get(3, "/");
            assertThat(client.await(got -> got.type() == Frame.GOAWAY).number()).as("what has come").isEqualTo(3);
            client.headers(5, false, POST).send(Frame.DATA, Frame.END_STREAM, 5, new byte[10]);
            finish.release(2);
            assertThat(List.of(client.await(got -> got.type() == Frame.DATA).stream(), client.await(got -> got.type() == Frame.DATA).stream())).containsExactlyInAnyOrder(1, 3);
            assertThat(client.await(got -> got.type() != Frame.HEADERS && got.type() != Frame.DATA)).isNull();
            closed.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aStreamOfEventsEndsInOrderWhenItsBackendHasToGo() throws Exception {
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
            new CountDownLatch(1).await();
        }); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.get(1, "/");
            assertThat(client.await(got -> got.type() == Frame.DATA).payload()).hasSize(9);
            Backend leaving = stage.route().live().members().getFirst();
            stage.gateway().cut(leaving);
            assertThat(client.next().last()).isTrue();
            leaving.seal().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aResponseThatBreaksOffResetsItsStreamOnly() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/half")) {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
                throw new IOException();
            }
            TestBackend.ok(out, "whole");
        }); Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.get(1, "/half");
            assertThat(client.await(got -> got.type() == Frame.RST_STREAM).stream()).isEqualTo(1);
            client.get(3, "/");
            assertThat(client.await(got -> got.type() == Frame.DATA).stream()).isEqualTo(3);
        }
    }

    @Test
    void interimAnswersPass() throws Exception {
        try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
                Stage stage = Stage.with(backend); RawPeer client = RawPeer.client(stage.address())) {
            client.get(1, "/");
            assertThat(client.next().fields()).containsEntry(":status", "103").containsEntry("link", "</x>");
            assertThat(client.next().fields()).containsEntry(":status", "200");
        }
    }

    // ---- behind

    @Test
    void clientsOfHttp1ReachBackendsOfHttp2() throws Exception {
        try (ServerSocket socket = server(); Stage stage = Stage.secure(null, Terms.USUAL, Balance.ROUND_ROBIN, h2c(), AccessLog.OFF, backend(socket)); TestClient client = new TestClient(stage.address())) {
            Thread serving = Thread.ofVirtual().start(() -> {
                try (RawPeer peer = RawPeer.server(socket.accept())) {
                    for (RawPeer.Got got = peer.next(); got != null; got = peer.next()) {
                        if (got.type() == Frame.HEADERS && got.fields().get(":path").equals("/hints")) {
                            peer.headers(got.stream(), false, ":status", "103", "link", "</x>");
                        }
                        if (got.last()) {
                            peer.headers(got.stream(), false, ":status", "200", "x-host", got.fields().getOrDefault(":authority", ""));
                            peer.send(Frame.DATA, 0, got.stream(), "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                            peer.headers(got.stream(), true, "x-end", "1");
                        }
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            TestClient.Response response = client.get("/");
            assertThat(response.text()).isEqualTo("hello");
            assertThat(response.header("x-host")).contains("example.com");
            assertThat(response.trailers()).isEqualTo("x-end: 1\r\n");
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").response().text()).isEqualTo("hello");
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").response().text()).isEqualTo("hello");
            client.send("GET /hints HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.response().status()).isEqualTo(103);
            assertThat(client.response().text()).isEqualTo("hello");
            stage.close();
            serving.join();
        }
    }

    @Test
    void whatABackendRefusedToBeginIsTriedAgainWhateverItIs() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (ServerSocket refusing = server(); ServerSocket serving = server();
                Stage stage = Stage.secure(null, Terms.USUAL, Balance.ROUND_ROBIN, h2c(), AccessLog.OFF, backend(refusing), backend(serving)); TestClient client = new TestClient(stage.address())) {
            Thread first = answering(refusing, (peer, stream) -> {
                tries.incrementAndGet();
                peer.say(Frame.RST_STREAM, stream, Frame.REFUSED_STREAM);
            });
            Thread second = answering(serving, (peer, stream) -> peer.headers(stream, true, ":status", "200"));
            for (int i = 0; i < 4; i++) {
                assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").response().status()).isEqualTo(200);
            }
            assertThat(tries).hasPositiveValue();
            stage.close();
            refusing.close();
            serving.close();
            first.join();
            second.join();
        }
    }

    @Test
    void soIsWhatItRefusedWhileTheRestStillHadToBeSent() throws Exception {
        String body = "0123456789".repeat(100);
        try (ServerSocket refusing = server(); ServerSocket serving = server();
                Stage stage = Stage.secure(null, Terms.USUAL, Balance.ROUND_ROBIN, h2c(), AccessLog.OFF, backend(refusing), backend(serving)); TestClient client = new TestClient(stage.address())) {
            AtomicInteger refused = new AtomicInteger();
            Thread first = Thread.ofVirtual().start(() -> {
                try (RawPeer peer = RawPeer.server(refusing.accept(), Frame.INITIAL_WINDOW_SIZE, 10)) {
                    // all of what it gives room for has come, and no more will
                    for (RawPeer.Got got = peer.await(it -> it.type() == Frame.DATA); got != null; got = peer.await(it -> it.type() == Frame.DATA)) {
                        refused.incrementAndGet();
                        peer.say(Frame.RST_STREAM, got.stream(), Frame.REFUSED_STREAM);
                    }
                } catch (IOException | java.io.UncheckedIOException e) {
                    // the test is over
                }
            });
            Thread second = answering(serving, (peer, stream) -> peer.headers(stream, true, ":status", "200"));
            for (int i = 0; i < 4; i++) {
                assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + body).response().status()).isEqualTo(200);
            }
            assertThat(refused).as("it was tried there").hasPositiveValue();
            stage.close();
            refusing.close();
            serving.close();
            first.join();
            second.join();
        }
    }

    @Test
    void whatMayHaveBeenBegunIsNot() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (ServerSocket one = server(); ServerSocket other = server(); Stage stage = Stage.secure(null, Terms.USUAL, Balance.ROUND_ROBIN, h2c(), AccessLog.OFF, backend(one), backend(other));
                TestClient client = new TestClient(stage.address())) {
            Answering fails = (peer, stream) -> {
                tries.incrementAndGet();
                peer.say(Frame.RST_STREAM, stream, Frame.INTERNAL_ERROR);
            };
            Thread first = answering(one, fails);
            Thread second = answering(other, fails);
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").response().status()).isEqualTo(502);
            assertThat(tries).hasValue(1);
            assertThat(client.get("/").status()).isEqualTo(502);
            assertThat(tries).hasValue(3);
            stage.close();
            one.close();
            other.close();
            first.join();
            second.join();
        }
    }

    private interface Answering {
        void answer(RawPeer peer, int stream);
    }

    /** Each request, when it is whole; one connection after the other. */
    private static Thread answering(ServerSocket socket, Answering how) {
        return Thread.ofVirtual().start(() -> {
            while (true) {
                try (RawPeer peer = RawPeer.server(socket.accept())) {
                    for (RawPeer.Got got = peer.next(); got != null; got = peer.next()) {
                        if (got.last() && (got.type() == Frame.HEADERS || got.type() == Frame.DATA)) {
                            how.answer(peer, got.stream());
                        }
                    }
                } catch (IOException | java.io.UncheckedIOException e) {
                    return;
                }
            }
        });
    }
}
