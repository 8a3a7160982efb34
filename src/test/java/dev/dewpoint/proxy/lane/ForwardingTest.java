package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What passes through unchanged, and what doesn't. */
class ForwardingTest {
    @Test
    void requestsTakeTurnsOnOneConnection() {
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); Stage stage = Stage.with(a, b); TestClient client = stage.client()) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(a.requests()).hasSize(5);
            assertThat(b.requests()).hasSize(5);
            assertThat(a.connections()).as("connections are kept").isLessThan(3);
        }
    }

    @Test
    void pathAndQueryArriveByteForByte() {
        String target = "/a%2Fb//c/../d;x=1?p1=a;b;c&p2=%x&q=\"|^{}";
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.get(target);
            assertThat(backend.requests().getFirst().target()).isEqualTo(target);
        }
    }

    @Test
    void bodiesOfKnownLengthAndInChunksArriveWhole() {
        byte[] large = new byte[300_000];
        Arrays.fill(large, (byte) 'x');
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.body().length + request.trailers())); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n").send(large).response().text()).isEqualTo("300000");
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n").send("6\r\n world\r\n0\r\nX-End: 1\r\n\r\n").response().text()).isEqualTo("11X-End: 1\r\n");
            assertThat(client.get("/").text()).isEqualTo("0");
        }
    }

    @Test
    void largeResponsesArriveWholeHoweverSlowlyTheyAreRead() throws Exception {
        byte[] large = new byte[5_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 >>> 3);
        }
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + large.length + "\r\n\r\n");
            out.write(large);
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            assertThat(client.get("/").body()).isEqualTo(large);
            assertThat(client.get("/").body()).isEqualTo(large);
        }
    }

    @Test
    void headersOfOneHopStay() {
        try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nKeep-Alive: timeout=5\r\nX-Mine: 1\r\nX-Yours: 2\r\nContent-Length: 2\r\n\r\nok"));
                Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            TestClient.Response response = client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\nProxy-Authorization: x\r\nX-Public: 2\r\n\r\n").response();
            assertThat(backend.requests().getFirst().head()).contains("X-Public: 2\r\n").doesNotContain("Secret", "TE:", "Keep-Alive", "Proxy-Auth", "Connection:");
            assertThat(response.head()).contains("X-Yours: 2").doesNotContain("X-Mine", "Keep-Alive", "Connection");
        }
    }

    @Test
    void upgradedConnectionsCarryBothWaysAndEndByHalves() throws Exception {
        try (TestBackend backend = TestBackend.headsOnly((_, in, out) -> {
            TestBackend.write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello");
            in.transferTo(new java.io.OutputStream() {
                @Override
                public void write(int b) throws java.io.IOException {
                    out.write(b);
                    out.flush();
                }
            });
            TestBackend.write(out, "bye");
            throw new InterruptedException();
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 101 ").contains("Upgrade: echo", "Connection: Upgrade");
            client.send("ping").finish();
            assertThat(new String(client.in().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("hellopingbye");
        }
    }

    @Test
    void aClientThatHasSaidEverythingMayCloseItsHalf() {
        try (TestBackend backend = TestBackend.saying("late"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").finish().response().text()).isEqualTo("late");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.target())); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
            }
            client.send(requests.toString());
            for (int i = 0; i < 50; i++) {
                assertThat(client.response().text()).isEqualTo("/" + i);
            }
        }
    }

    @Test
    void oldClientsAreServedAndClosed() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            TestClient.Response response = client.send("GET / HTTP/1.0\r\n\r\n").response();
            assertThat(response.text()).isEqualTo("x");
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void aRefusingBackendCostsNobodyARequest() {
        try (TestBackend dead = TestBackend.saying("dead"); TestBackend alive = TestBackend.saying("alive"); Stage stage = Stage.with(dead, alive); TestClient client = stage.client()) {
            dead.close();
            for (int i = 0; i < 6; i++) {
                assertThat(client.get("/").text()).isEqualTo("alive");
                assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").response().text()).isEqualTo("alive");
            }
            assertThat(alive.requests()).filteredOn(request -> request.method().equals("POST")).hasSize(6).allSatisfy(request -> assertThat(request.text()).isEqualTo("hi"));
        }
    }
}
