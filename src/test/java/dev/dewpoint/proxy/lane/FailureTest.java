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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Backends that refuse, are silent, or break off. */
class FailureTest {
    @Test
    void aBackendThatNeverAnswersIsA504() {
        CountDownLatch never = new CountDownLatch(1);
        Given.RecordingLog log = new Given.RecordingLog();
        RouteOptions options = Given.answerWithin(Duration.ofMillis(600), Duration.ofSeconds(1));
        try (TestBackend backend = TestBackend.start((_, _, _) -> never.await()); Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, options, log, backend); TestClient client = stage.client()) {
            assertThat(client.get("/").status()).isEqualTo(504);
            assertThat(client.get("/").status()).as("the client's connection goes on").isEqualTo(504);
            assertThat(backend.requests()).as("nobody else gets what one sat on").hasSize(2);
            assertThat(log.first().status()).isEqualTo(504);
            stage.awaitNothingInFlight();
            never.countDown();
        }
    }

    @Test
    void aBackendThatStopsInTheMiddleIsNoWholeAnswer() {
        CountDownLatch never = new CountDownLatch(1);
        RouteOptions options = Given.answerWithin(Duration.ofSeconds(5), Duration.ofMillis(600));
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
            never.await();
        }); Stage stage = Given.stage(Terms.USUAL, options, backend); TestClient client = stage.client()) {
            assertThatThrownBy(() -> client.get("/")).isInstanceOf(UncheckedIOException.class);
            never.countDown();
        }
    }

    @Test
    void nobodyThereIsA503WithRetryAfter() {
        try (TestBackend dead = TestBackend.saying("x"); Stage stage = Stage.with(dead); TestClient client = stage.client()) {
            dead.close();
            TestClient.Response response = client.get("/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.header("Retry-After")).isPresent();
            stage.route().publish(List.of());
            assertThat(client.get("/").status()).isEqualTo(503);
        }
    }

    @Test
    void aHeldRequestIsServedAsSoonAsSomebodyIsThere() {
        try (TestBackend backend = TestBackend.saying("late"); Stage stage = Given.stage(Terms.USUAL, Given.hold(1, Duration.ofSeconds(10))); TestClient client = stage.client(); TestClient tooMany = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            assertThat(tooMany.get("/").status()).isEqualTo(503);
            stage.route().publish(List.of(backend.backend()));
            assertThat(client.response().text()).isEqualTo("late");
            assertThat(stage.route().waiting()).isZero();
        }
    }

    @Test
    void aBackendThatDiesInTheMiddleIsNeverAWholeAnswer() {
        for (String start : new String[] {"Content-Length: 1000000\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "Transfer-Encoding: chunked\r\n\r\n6\r\nhalf", "\r\nhalf"}) {
            try (TestBackend backend = TestBackend.start((_, _, out) -> {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\n" + start);
                throw new IOException("died");
            }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
                assertThatThrownBy(() -> client.get("/")).as(start).isInstanceOf(UncheckedIOException.class);
                stage.awaitNothingInFlight();
            }
        }
    }

    @Test
    void anEndInTheMiddleIsNoRegularOneEither() {
        for (String start : new String[] {"Content-Length: 1000000\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
            try (TestBackend backend = TestBackend.start((_, _, out) -> {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\n" + start);
                throw new InterruptedException("closes in order");
            }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
                assertThatThrownBy(() -> client.get("/")).as(start).isInstanceOf(UncheckedIOException.class);
            }
        }
    }

    /** Of a small answer nothing passes before it is whole. */
    @Test
    void aBackendThatDiesAmidASmallAnswerIsAsGoodAsOneThatNeverBegan() {
        for (String start : new String[] {"Content-Length: 10\r\n\r\n", "Content-Length: 10\r\n\r\nhalf", "Content-Length: 10000\r\n\r\nhalf"}) {
            for (Exception how : new Exception[] {new IOException("died"), new InterruptedException("closes in order")}) {
                try (TestBackend dying = TestBackend.start((_, _, out) -> {
                    TestBackend.write(out, "HTTP/1.1 200 OK\r\n" + start);
                    if (how instanceof IOException) {
                        throw new IOException("died");
                    }
                    throw new InterruptedException("closes in order");
                }); TestBackend well = TestBackend.saying("well"); Stage stage = Stage.with(dying, well); Stage alone = Stage.with(dying); TestClient client = stage.client(); TestClient other = alone.client()) {
                    for (int i = 0; i < 4; i++) {
                        assertThat(client.get("/").text()).as(start).isEqualTo("well");
                    }
                    assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")).isNotNull();
                    assertThat(other.get("/").status()).isEqualTo(502);
                    stage.awaitNothingInFlight();
                }
            }
        }
    }

    /** However it is cut, it arrives as it was sent, and the connections are used again. */
    @Test
    void aSmallAnswerThatComesInPiecesArrivesWhole() {
        String body = "0123456789".repeat(40);
        AtomicInteger cut = new AtomicInteger();
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            String answer = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
            int first = cut.get();
            TestBackend.write(out, answer.substring(0, first));
            LockSupport.parkNanos(5_000_000); // two segments rather than one
            TestBackend.write(out, answer.substring(first, first + (answer.length() - first) / 2));
            LockSupport.parkNanos(5_000_000); // two segments rather than one
            TestBackend.write(out, answer.substring(first + (answer.length() - first) / 2));
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            for (int at = 1; at < 440; at += 23) {
                cut.set(at);
                assertThat(client.get("/").text()).as("cut at %s", at).isEqualTo(body);
            }
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void aGetIsAskedElsewhereAndAPostIsNot() {
        try (TestBackend dying = TestBackend.start((_, _, _) -> {
            throw new IOException("dies");
        }); TestBackend well = TestBackend.saying("well"); Stage stage = Stage.with(dying, well); TestClient client = stage.client()) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").text()).isEqualTo("well");
            }
            int fine = 0;
            for (int i = 0; i < 10; i++) {
                fine += client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx").response().status() == 200 ? 1 : 0;
            }
            long posts = well.requests().stream().filter(request -> request.method().equals("POST")).count() + dying.requests().stream().filter(request -> request.method().equals("POST")).count();
            assertThat(posts).as("each was sent once").isEqualTo(10);
            assertThat(fine).isEqualTo(5);
        }
    }

    @Test
    void allDyingIsA502AfterOnePass() {
        try (TestBackend one = dying(); TestBackend two = dying(); Stage stage = Stage.with(one, two); TestClient client = stage.client()) {
            assertThat(client.get("/").status()).isEqualTo(502);
            assertThat(one.requests().size() + two.requests().size()).isEqualTo(2);
        }
    }

    @Test
    void aSmallBodyOfAnIdempotentRequestIsSentAgainWhole() {
        for (String framing : new String[] {"Content-Length: 60000", "Transfer-Encoding: chunked"}) {
            try (TestBackend dying = dying(); TestBackend well = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.text())); Stage stage = Stage.with(dying, well); TestClient client = stage.client()) {
                String body = "0123456789".repeat(6_000);
                for (int i = 0; i < 4; i++) {
                    client.send("PUT / HTTP/1.1\r\nHost: x\r\n" + framing + "\r\n\r\n");
                    for (int at = 0; at < body.length(); at += 20_000) {
                        String piece = body.substring(at, at + 20_000);
                        client.send(framing.startsWith("T") ? Integer.toHexString(20_000) + ";x=y\r\n" + piece + "\r\n" : piece);
                    }
                    client.send(framing.startsWith("T") ? "0\r\n\r\n" : "");
                    assertThat(client.response().text()).isEqualTo(body);
                }
                assertThat(dying.requests()).as("it was tried there").isNotEmpty();
            }
        }
    }

    @Test
    void aLargeBodyIsNotSentAgain() {
        try (TestBackend dying = dying(); TestBackend well = TestBackend.saying("well"); Stage stage = Stage.with(dying, well)) {
            int failed = 0;
            for (int i = 0; i < 4; i++) {
                try (TestClient client = stage.client()) {
                    failed += client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n").send(new byte[200_000]).response().status() == 502 ? 1 : 0;
                }
            }
            assertThat(failed).isEqualTo(2);
            assertThat(dying.requests().size() + well.requests().size()).isEqualTo(4);
        }
    }

    @Test
    void whatFollowsARequestThatIsSentAgainIsNotLost() {
        try (TestBackend dying = dying(); TestBackend well = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.target() + request.text())); Stage stage = Stage.with(dying, well); TestClient client = stage.client()) {
            for (int i = 0; i < 10; i++) {
                client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234").send("56789GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(client.response().text()).isEqualTo("/a0123456789");
                assertThat(client.response().text()).isEqualTo("/b");
            }
        }
    }

    /** Each connection serves one request and is closed the moment that it may have been chosen for the next. */
    @Test
    void keptConnectionsThatCloseAtTheWrongMomentCostNothingAndDoubleNothing() throws Exception {
        AtomicInteger posts = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 500, InetAddress.getLoopbackAddress())) {
            Thread accepting = Thread.ofVirtual().start(() -> closeAfterOneEach(server, posts));
            Backend backend = new Backend("b", (InetSocketAddress) server.getLocalSocketAddress(), 1, Experience.IGNORED);
            backend.ready(true);
            try (Stage stage = Stage.with(); TestClient client = stage.client()) {
                stage.route().publish(List.of(backend));
                int lost = 0;
                for (int i = 0; i < 400; i++) {
                    assertThat(client.get("/").status()).as("GET %s", i).isEqualTo(200);
                    lost += client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").response().status() == 200 ? 0 : 1;
                }
                assertThat(posts.get()).as("POSTs that arrived, of 400 of which %s were answered with 502", lost).isBetween(400 - lost, 400);
                assertThat(lost).as("a connection that is known to be closed is not taken").isLessThan(200);
            }
            server.close();
            accepting.join();
        }
    }

    private static void closeAfterOneEach(ServerSocket server, AtomicInteger posts) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        StringBuilder head = new StringBuilder();
                        while (head.indexOf("\r\n\r\n") < 0) {
                            int b = socket.getInputStream().read();
                            if (b < 0) {
                                return;
                            }
                            head.append((char) b);
                        }
                        if (head.indexOf("POST") == 0) {
                            socket.getInputStream().readNBytes(2);
                            posts.incrementAndGet();
                        }
                        socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes());
                    } catch (IOException e) {
                        // the proxy was faster
                    }
                });
            } catch (IOException e) {
                return;
            }
        }
    }

    @Test
    void errorsAreReadByPeopleOrMachines() {
        try (Stage stage = Stage.with(); TestClient client = stage.client()) {
            TestClient.Response html = client.send("GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,application/xhtml+xml,application/json;q=0.9\r\n\r\n").response();
            assertThat(html.status()).isEqualTo(503);
            assertThat(html.header("Content-Type")).contains("text/html; charset=utf-8");
            assertThat(html.text()).contains("503", "Service Unavailable").startsWith("<!doctype html>");
            TestClient.Response json = client.send("GET / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n").response();
            assertThat(json.header("Content-Type")).contains("application/json");
            assertThat(json.text()).startsWith("{\"status\":503,");
            assertThat(client.get("/").header("Content-Type")).contains("text/html; charset=utf-8");
            TestClient.Response head = client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").response("HEAD");
            assertThat(head.status()).isEqualTo(503);
            assertThat(client.get("/").status()).as("nothing came behind the head").isEqualTo(503);
        }
    }

    @Test
    void statusesOfTheApplicationPassAsTheyAre() {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.write(out, "HTTP/1.1 " + request.target().substring(1) + " As I say\r\nContent-Length: 2\r\n\r\nmy")); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            for (int status : new int[] {200, 201, 299, 301, 400, 404, 418, 431, 451, 500, 502, 503, 504, 599}) {
                TestClient.Response response = client.get("/" + status);
                assertThat(response.head()).startsWith("HTTP/1.1 " + status + " As I say\r\n");
                assertThat(response.text()).isEqualTo("my");
            }
        }
    }

    @Test
    void aHeadThatIsTooLargeIsRefused() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Given.stage(Terms.USUAL, RouteOptions.USUAL, backend)) {
            assertThat(status(stage, "GET / HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(60_000) + "\r\n\r\n")).isEqualTo(200);
            assertThat(status(stage, "GET / HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(66_000) + "\r\n\r\n")).isEqualTo(431);
            assertThat(status(stage, "GET / HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(100_000) + "\r\n\r\n")).isEqualTo(431);
            assertThat(status(stage, "GET / HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n".repeat(300) + "\r\n")).isEqualTo(431);
            assertThat(status(stage, "GET /" + "y".repeat(16_383) + " HTTP/1.1\r\nHost: x\r\n\r\n")).isEqualTo(200);
            assertThat(status(stage, "GET /" + "y".repeat(16_384) + " HTTP/1.1\r\nHost: x\r\n\r\n")).isEqualTo(414);
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @Test
    void refusalsAreLoggedWithoutARequest() {
        Given.RecordingLog log = new Given.RecordingLog();
        try (Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log); TestClient client = stage.client()) {
            client.send("nonsense\r\n\r\n").response();
            AccessLog.Line line = log.first();
            assertThat(line.status()).isEqualTo(400);
            assertThat(line.method() + line.target() + line.host() + line.backend()).isEqualTo("--");
        }
    }

    private static int status(Stage stage, String request) {
        try (TestClient client = stage.client()) {
            return client.send(request).response().status();
        }
    }

    private static TestBackend dying() {
        return TestBackend.start((_, _, _) -> {
            throw new IOException("dies");
        });
    }
}
