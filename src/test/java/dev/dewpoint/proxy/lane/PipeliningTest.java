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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests that a client sends before the one before them is answered. */
class PipeliningTest {
    private static final String GET = " HTTP/1.1\r\nHost: x\r\n\r\n";

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

    /** 400 requests that nobody takes the answers of: 40 MB if all were fetched. */
    @Test
    void answersDoNotPileUpForAClientThatReadsNothing() {
        byte[] body = new byte[100_000];
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
            out.write(body);
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send(("GET /" + GET).repeat(400));
            long settled = Given.settled(() -> backend.requests().size());
            assertThat(settled).as("requests that were passed on before anything was read").isLessThan(120);
            for (int i = 0; i < 400; i++) {
                assertThat(client.response().body()).hasSize(body.length);
            }
        }
    }

    private static TestBackend targets() {
        return TestBackend.start((request, _, out) -> TestBackend.ok(out, request.target()));
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
}
