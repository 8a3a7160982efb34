package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Clients' connections: several requests on one, ends by halves, and peers that take their time. */
class ConnectionTest {
    private static final String GET = " HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final int LARGE = 12 << 20;

    @Test
    void anUnfinishedRequestOfOneClientIsNotTakenForThatOfAnother() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.method() + request.target() + request.text())); Stage stage = Stage.with(backend); TestClient waiting = stage.client()) {
            stage.route().gate(new Gate.Holding(10, Duration.ofSeconds(10)));
            waiting.send("GET /mine" + GET);
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            List<TestClient> others = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                others.add(stage.client().send("DELETE /theirs?x=1 HTTP/1.1\r\nHost: other.example\r\nConte"));
            }
            // whoever has been heard after them has been heard by the same threads
            for (int i = 0; i < 8; i++) {
                try (TestClient late = stage.client()) {
                    late.send("nonsense\r\n").isClosed();
                }
            }
            stage.route().gate(Gate.OPEN);
            assertThat(waiting.response().text()).isEqualTo("GET/mine");
            assertThat(backend.requests().getFirst().headers("Host")).containsExactly("x");
            others.forEach(TestClient::close);
        }
    }

    @Test
    void requestsSentInAdvanceAreAnsweredAlsoAfterTheEnd() {
        try (TestBackend backend = targets(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /1" + GET + "GET /2" + GET + "GET /3" + GET).finish();
            assertThat(client.response().text()).isEqualTo("/1");
            assertThat(client.response().text()).isEqualTo("/2");
            assertThat(client.response().text()).isEqualTo("/3");
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void halfARequestSentInAdvanceIsNone() {
        try (TestBackend backend = targets(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /1" + GET + "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhalf").finish();
            long start = System.nanoTime();
            assertThat(client.response().text()).isEqualTo("/1");
            assertThat(client.isClosed()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as("nobody waits for the rest").isLessThan(Duration.ofSeconds(5));
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void aLargeAnswerAfterTheEndOfARequestIsWhole() {
        try (TestBackend backend = large(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /" + GET).finish();
            Given.eventually("all of it has left the backend", () -> stage.route().live().members().getFirst().traffic().requests() == 1 || filled(stage));
            assertThat(client.response().body()).hasSize(LARGE);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void theLastPieceIsSentEvenIfTheClientEndsMeanwhile() {
        int size = 6 << 20;
        for (int extra = 0; extra < 4; extra++) {
            byte[] body = new byte[size + extra * 50_000];
            try (TestBackend backend = TestBackend.start((_, _, out) -> {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
                out.write(body);
            }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
                client.send("GET /" + GET);
                LockSupport.parkNanos(50_000_000);
                client.finish();
                assertThat(client.response().body()).hasSize(body.length);
            }
        }
    }

    /** 400 requests that nobody takes the answers of: 40 MB if all were fetched. */
    @Test
    void answersDoNotPileUpForAClientThatReadsNothing() {
        byte[] body = new byte[100_000];
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
            out.write(body);
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send(("GET /" + GET).repeat(400));
            long settled = settled(() -> backend.requests().size());
            assertThat(settled).as("requests that were passed on before anything was read").isLessThan(120);
            for (int i = 0; i < 400; i++) {
                assertThat(client.response().body()).hasSize(body.length);
            }
        }
    }

    @Test
    void aSlowReaderHoldsBackTheBackend() {
        AtomicLong written = new AtomicLong();
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            byte[] piece = new byte[64 << 10];
            while (true) {
                out.write(piece);
                out.flush();
                written.addAndGet(piece.length);
            }
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /" + GET);
            assertThat(settled(written::get)).as("bytes on their way, in the kernel's buffers").isLessThan(40 << 20);
            client.reset();
        }
    }

    @Test
    void aClientThatTakesNothingIsCutOff() {
        try (TestBackend backend = large(); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient client = stage.client()) {
            client.send("GET /" + GET);
            Given.eventually("it is cut off", () -> stage.gateway().connections() == 0);
            stage.awaitNothingInFlight();
        }
    }

    @Test
    void aHeadThatDripsIsCutOff() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n");
            long start = System.nanoTime();
            Thread drip = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.send("X: y\r\n");
                        LockSupport.parkNanos(100_000_000);
                    }
                } catch (UncheckedIOException closed) {
                    // which was to be seen
                }
            });
            assertThat(client.response().status()).isEqualTo(408);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
            Given.eventually("the proxy lets go of it", () -> stage.gateway().connections() == 0);
            client.reset();
            assertThat(join(drip)).isTrue();
        }
    }

    @Test
    void aSilentConnectionIsClosed() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient never = stage.client(); TestClient once = stage.client()) {
            assertThat(once.get("/").status()).isEqualTo(200);
            assertThat(never.isClosed()).isTrue();
            assertThat(once.isClosed()).isTrue();
        }
    }

    @Test
    void aClientMayReadSlowlyAsLongAsItReads() throws Exception {
        int size = 3 << 20;
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            out.write(new byte[size]);
        }); Stage stage = Given.stage(Given.IMPATIENT, backend); Socket socket = new Socket()) {
            socket.setReceiveBufferSize(16 << 10);
            socket.connect(stage.address());
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(("GET /" + GET).getBytes());
            long read = 0;
            long start = System.nanoTime();
            while (System.nanoTime() - start < 2_500_000_000L) {
                read += socket.getInputStream().readNBytes(20_000).length;
                LockSupport.parkNanos(50_000_000);
            }
            read += socket.getInputStream().readAllBytes().length;
            assertThat(read).isGreaterThan(size);
        }
    }

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

    private static boolean filled(Stage stage) {
        return stage.route().live().members().getFirst().inFlight() == 1;
    }

    private static boolean join(Thread thread) {
        try {
            return thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** What it is when it has not changed for a while. */
    private static long settled(java.util.function.LongSupplier what) {
        long last = -1;
        for (int same = 0; same < 10; same++) {
            long now = what.getAsLong();
            same = now == last ? same : 0;
            last = now;
            LockSupport.parkNanos(30_000_000);
        }
        return last;
    }

    private static TestBackend targets() {
        return TestBackend.start((request, _, out) -> TestBackend.ok(out, request.target()));
    }

    private static TestBackend large() {
        return TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
            out.write(new byte[LARGE]);
        });
    }

    @Test
    void whoSendsInAdvanceForeverTakesNoMoreMemoryForIt() throws Exception {
        int requests = 60_000;
        byte[] request = ("GET / HTTP/1.1\r\nHost: x\r\nX-Padding: " + "p".repeat(1 << 10) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress()); Stage stage = Stage.with(); TestClient client = stage.client()) {
            Thread.ofVirtual().start(() -> answerForgetting(socket));
            Backend backend = new Backend("b", (InetSocketAddress) socket.getLocalSocketAddress(), 1, Experience.IGNORED);
            backend.ready(true);
            stage.route().publish(List.of(backend));
            long before = used();
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < requests; i++) {
                    client.send(request);
                }
                client.send("GET /half");
            });
            for (int i = 0; i < requests; i++) {
                assertThat(client.response().status()).isEqualTo(200);
            }
            assertThat(used() - before).as("bytes kept").isLessThan(16 << 20);
        }
    }

    private static void answerForgetting(ServerSocket socket) {
        byte[] response = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx".getBytes(StandardCharsets.ISO_8859_1);
        byte[] buffer = new byte[64 << 10];
        try {
            while (true) {
                try (Socket connection = socket.accept()) {
                    InputStream in = connection.getInputStream();
                    int last = 0;
                    for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                        for (int i = 0; i < read; i++) {
                            last = last << 8 | buffer[i];
                            if (last == 0x0d0a0d0a) {
                                connection.getOutputStream().write(response);
                            }
                        }
                    }
                }
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
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
