package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Clients' connections: kept, closed and left, with what passes in pieces. */
class ConnectionTest {
    private static final String GET = " HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void manyHalvesAndPiecesMakeOneRequest() {
        String request = "POST /p?q HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n";
        try (TestBackend backend = TestBackend.start((asked, _, out) -> TestBackend.ok(out, asked.target() + asked.text() + asked.trailers())); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            for (int cut = 1; cut < request.length(); cut++) {
                client.send(request.substring(0, cut));
                client.send(request.substring(cut));
                assertThat(client.response().text()).as("cut at %s", cut).isEqualTo("/p?qhelloX: y\r\n");
            }
        }
    }

    @Test
    void answersInPiecesAreTheSameAnswer() {
        String answer = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-End: z\r\n\r\n";
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            int cut = Integer.parseInt(request.target().substring(1));
            TestBackend.write(out, answer.substring(0, cut));
            LockSupport.parkNanos(300_000);
            TestBackend.write(out, answer.substring(cut));
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            for (int cut = 1; cut < answer.length(); cut++) {
                assertThat(client.get("/" + cut).status()).isEqualTo(103);
                TestClient.Response response = client.response();
                assertThat(response.text() + response.trailers()).as("cut at %s", cut).isEqualTo("helloX-End: z\r\n");
            }
        }
    }

    @Test
    void responsesWithoutBodyHaveNone() {
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            switch (request.target()) {
                case "/204" -> TestBackend.write(out, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n");
                case "/304" -> TestBackend.write(out, "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: x\r\n\r\n");
                default -> TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            }
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.get("/204").status()).isEqualTo(204);
                TestClient.Response unchanged = client.get("/304");
                assertThat(unchanged.status()).isEqualTo(304);
                assertThat(unchanged.header("Content-Length")).contains("1000");
                TestClient.Response head = client.send("HEAD /" + GET).response("HEAD");
                assertThat(head.header("Content-Length")).contains("1000");
            }
            assertThat(backend.connections()).as("connections are kept").isLessThan(3);
        }
    }

    @Test
    void anOldClientGetsWhatItUnderstands() {
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            assertThat(request.head()).startsWith("GET / HTTP/1.0\r\n").contains("Connection: close");
            TestBackend.write(out, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
            throw new InterruptedException("closes");
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            TestClient.Response response = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();
            assertThat(response.text()).isEqualTo("until the end");
            assertThat(response.header("Connection")).contains("close");
        }
    }

    @Test
    void aClientThatWantsToCloseIsClosed() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            TestClient.Response response = client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\nGET /next" + GET).response();
            assertThat(response.header("Connection")).contains("close");
            assertThat(client.isClosed()).isTrue();
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void whatABackendSendsWithoutBeingAskedReachesNobody() {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + request.target().substring(0, 4) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")); Stage stage = Stage.with(backend);
                TestClient one = stage.client(); TestClient two = stage.client()) {
            for (int i = 0; i < 100; i++) {
                assertThat(one.get("/one").text()).isEqualTo("/one");
                assertThat(two.get("/two").text()).isEqualTo("/two");
            }
        }
    }

    @Test
    void theBodyOfAnAnswerToHeadReachesNobody() throws InterruptedException {
        Semaphore sent = new Semaphore(0);
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n");
            if (request.method().equals("HEAD")) {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
                sent.release();
            } else {
                TestBackend.write(out, "x".repeat(40));
            }
        }); Stage stage = Stage.with(backend); TestClient one = stage.client(); TestClient two = stage.client()) {
            for (int i = 0; i < 200; i++) {
                assertThat(one.send("HEAD /" + GET).response("HEAD").status()).isEqualTo(200);
                sent.acquire();
                assertThat(two.get("/").text()).isEqualTo("x".repeat(40));
            }
        }
    }

    @Test
    void whoLeavesWhileAWholePostIsServedIsNoticed() {
        try (TestBackend backend = TestBackend.headsOnly((_, in, _) -> in.transferTo(java.io.OutputStream.nullOutputStream())); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            stage.route().gate(new Gate.Holding(10, Duration.ofSeconds(10)));
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            client.send("GET /next");
            // whoever has been heard after it has been heard by the same threads
            for (int i = 0; i < 8; i++) {
                try (TestClient late = stage.client()) {
                    late.send("nonsense\r\n").isClosed();
                }
            }
            stage.route().gate(Gate.OPEN);
            Given.eventually("it is there", () -> !backend.requests().isEmpty());
            client.reset();
            Given.eventually("the backend is let go", () -> backend.open() == 0);
            Given.eventually("nothing is in flight", () -> stage.route().live().members().getFirst().inFlight() == 0);
        }
    }

    @Test
    void whoLeavesBeforeAnUpgradeLeavesNoConnectionBehind() {
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.headsOnly((_, in, out) -> {
            go.await();
            TestBackend.write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").finish();
            Given.eventually("it is there", () -> !backend.requests().isEmpty());
            client.reset();
            go.countDown();
            Given.eventually("nothing is in flight", () -> stage.route().live().members().getFirst().inFlight() == 0);
            Given.eventually("the backend is let go", () -> backend.open() == 0);
        }
    }

    @Test
    void newsOfARouteAreOfNoMatterOnceAllIsClosed() {
        try (TestBackend backend = TestBackend.saying("x")) {
            Stage stage = Stage.with(backend);
            stage.close();
            stage.route().publish(List.of());
            assertThat(stage.route().live().members()).isEmpty();
        }
    }
}
