package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Bodies of requests: how large, how broken, how slow, and by whom broken off. */
class BodyTest {
    @Test
    void aBodyMayBeAsLargeAsTheLimitAndNoLarger() {
        try (TestBackend backend = sizes(); Stage stage = Given.stage(Terms.USUAL, Given.largestBody(100_000), backend)) {
            for (int size : new int[] {0, 99_999, 100_000}) {
                assertThat(length(stage, size).text()).isEqualTo("" + size);
                assertThat(chunked(stage, size).text()).isEqualTo("" + size);
            }
            assertThat(length(stage, 100_001).status()).isEqualTo(413);
            assertThat(chunked(stage, 100_001).status()).isEqualTo(413);
            assertThat(backend.requests()).as("those over the limit never arrived whole").hasSize(6);
        }
    }

    @Test
    void aRefusedUploadIsHeardOutSoThatItsAnswerArrives() {
        byte[] large = new byte[10 << 20];
        try (TestBackend backend = sizes(); Stage stage = Given.stage(Terms.USUAL, Given.largestBody(1000), backend); TestClient client = stage.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + large.length + "\r\n\r\n").send(large);
            TestClient.Response response = client.response();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.header("Connection")).contains("close");
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void brokenChunksAreRefusedAndTheBackendServesTheNextUnharmed() {
        try (TestBackend backend = sizes(); Stage stage = Stage.with(backend)) {
            for (String broken : new String[] {"ZZ\r\n", "2\r\nokXX0\r\n\r\n", "-1\r\n", "2\nok\r\n", "5;\n", "1 1\r\nx\r\n"}) {
                for (boolean together : new boolean[] {true, false}) {
                    try (TestClient client = stage.client(); TestClient next = stage.client()) {
                        String head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
                        if (together) {
                            client.send(head + broken);
                        } else {
                            client.send(head);
                            client.send(broken);
                        }
                        assertThat(client.response().status()).as(broken).isEqualTo(400);
                        assertThat(client.isClosed()).isTrue();
                        assertThat(next.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").response().text()).isEqualTo("2");
                    }
                }
            }
            assertThat(backend.requests()).as("no broken one was ever whole").allSatisfy(request -> assertThat(request.text()).isEqualTo("hi"));
        }
    }

    @Test
    void aClientThatBreaksOffIsLoggedAs499AndTheBackendSeesIt() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        Given.RecordingLog log = new Given.RecordingLog();
        try (TestBackend backend = TestBackend.headsOnly((_, in, _) -> {
            try {
                byte[] all = in.readAllBytes();
                seen.complete("the end after " + all.length);
            } catch (IOException e) {
                seen.complete("broken off");
            }
            throw new IOException("gone");
        }); Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log, backend); TestClient client = stage.client()) {
            client.send("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
            Given.eventually("it is there", () -> !backend.requests().isEmpty());
            client.reset();
            assertThat(seen.get(5, TimeUnit.SECONDS)).isIn("broken off", "the end after 4");
            assertThat(log.first().status()).isEqualTo(499);
            assertThat(log.first().target()).isEqualTo("/up");
            assertThat(stage.route().live().members().getFirst().inFlight()).isZero();
        }
    }

    @Test
    void aClientThatLeavesWhileTheBackendThinksIsLoggedAs499() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        Given.RecordingLog log = new Given.RecordingLog();
        try (TestBackend backend = TestBackend.start((_, in, _) -> {
            assertThat(in.read()).isNegative();
            gone.countDown();
            throw new IOException("gone");
        }); Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log, backend); TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            Given.eventually("it is there", () -> !backend.requests().isEmpty());
            client.reset();
            assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(log.first().status()).isEqualTo(499);
        }
    }

    @Test
    void halfABodyAndTheEndIsNoRequest() throws Exception {
        try (TestBackend backend = sizes(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf").finish();
            assertThat(client.isClosed()).isTrue();
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aClientThatExpectsToBeAskedIsAsked() throws Exception {
        try (TestBackend backend = TestBackend.headsOnly((_, in, out) -> {
            TestBackend.write(out, "HTTP/1.1 100 Continue\r\n\r\n");
            TestBackend.ok(out, new String(in.readNBytes(5)));
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.head()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(client.send("hello").response().text()).isEqualTo("hello");
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nagain");
            assertThat(client.response().status()).as("the connection goes on").isEqualTo(100);
            assertThat(client.response().text()).isEqualTo("again");
        }
    }

    @Test
    void aBackendMaySayNoBeforeTheBodyIsSent() {
        try (TestBackend backend = TestBackend.headsOnly((_, _, out) -> TestBackend.write(out, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            TestClient.Response response = client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").response();
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.text()).isEqualTo("no");
            assertThat(client.isClosed()).as("the body might still come").isTrue();
        }
    }

    @Test
    void aHundredThatNobodyAskedForStaysHere() {
        try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            TestClient.Response hints = client.get("/");
            assertThat(hints.head()).startsWith("HTTP/1.1 103 Early Hints\r\n").contains("Link: </a>").doesNotContain("Content-Length");
            assertThat(client.response().text()).isEqualTo("ok");
            assertThat(client.send("GET / HTTP/1.0\r\n\r\n").response().text()).as("HTTP/1.0 knows no interim responses").isEqualTo("ok");
        }
    }

    @Test
    void whoWaitsForA100IsNotTakenForSlow() {
        CountDownLatch leave = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.headsOnly((_, in, out) -> {
            leave.await();
            TestBackend.write(out, "HTTP/1.1 100 Continue\r\n\r\n");
            TestBackend.ok(out, new String(in.readNBytes(5)));
        }); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient client = stage.client(); TestClient slow = stage.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n").response().status()).as("nobody asked this one to wait").isEqualTo(408);
            leave.countDown();
            assertThat(client.response().status()).isEqualTo(100);
            assertThat(client.send("hello").response().text()).isEqualTo("hello");
        }
    }

    @Test
    void anUploadMayTakeLongerThanTheBackendsTimeToAnswer() throws Exception {
        byte[] piece = new byte[256 << 10];
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.headsOnly((request, in, out) -> {
            in.readNBytes(16);
            go.await();
            in.skipNBytes(Long.parseLong(request.header("Content-Length").orElseThrow()) - 16);
            TestBackend.ok(out, "all");
        }); Stage stage = Given.stage(Terms.USUAL, Given.answerWithin(Duration.ofSeconds(2), Duration.ofSeconds(2)), backend); TestClient client = stage.client()) {
            int pieces = 100;
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + pieces * piece.length + "\r\n\r\n");
            long start = System.nanoTime();
            int sent = 0;
            while (System.nanoTime() - start < 2_500_000_000L) {
                client.send("x");
                sent++;
                java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            }
            Thread.ofVirtual().start(() -> {
                long waited = System.nanoTime();
                while (System.nanoTime() - waited < 700_000_000L) {
                    java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
                }
                go.countDown();
            });
            client.send(new byte[pieces * piece.length - sent]);
            assertThat(client.response().text()).isEqualTo("all");
        }
    }

    @Test
    void anUploadThatStandsStillIsCutOff() {
        try (TestBackend backend = sizes(); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient client = stage.client()) {
            long start = System.nanoTime();
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf").response().status()).isEqualTo(408);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            assertThat(client.isClosed()).isTrue();
            assertThat(backend.requests()).isEmpty();
        }
    }

    private static TestBackend sizes() {
        return TestBackend.start((request, _, out) -> TestBackend.ok(out, "" + request.body().length));
    }

    private static TestClient.Response length(Stage stage, int size) {
        try (TestClient client = stage.client()) {
            return client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + size + "\r\n\r\n").send(new byte[size]).response();
        }
    }

    private static TestClient.Response chunked(Stage stage, int size) {
        try (TestClient client = stage.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            try {
                for (int left = size; left > 0; left -= 7_000) {
                    int part = Math.min(7_000, left);
                    client.send(Integer.toHexString(part) + "\r\n").send(new byte[part]).send("\r\n");
                }
                client.send("0\r\n\r\n");
            } catch (UncheckedIOException e) {
                // the answer may come before all is sent
            }
            return client.response();
        }
    }
}
