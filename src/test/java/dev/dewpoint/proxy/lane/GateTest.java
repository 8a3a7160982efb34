package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Pause and maintenance. */
class GateTest {
    private static final Gate HOLDING = new Gate.Holding(100, Duration.ofSeconds(10));
    private static final Gate CLOSED = new Gate.Closed("Back at <noon> & \"later\".", Duration.ofSeconds(90));
    private static final String GET = " HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void heldRequestsAreReleasedOnce() {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.target() + request.text())); Stage stage = Stage.with(backend)) {
            stage.route().gate(HOLDING);
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String body = "body-" + i;
                clients.add(i % 2 == 0 ? stage.client().send("GET /" + i + GET) : stage.client().send("POST /" + i + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body));
            }
            Given.eventually("all wait", () -> stage.route().waiting() == 40);
            assertThat(backend.requests()).isEmpty();
            stage.route().gate(Gate.OPEN);
            for (int i = 0; i < 40; i++) {
                assertThat(clients.get(i).response().text()).isEqualTo("/" + i + (i % 2 == 0 ? "" : "body-" + i));
            }
            assertThat(backend.requests()).hasSize(40);
            Set<String> targets = backend.requests().stream().map(TestBackend.Request::target).collect(Collectors.toSet());
            assertThat(targets).hasSize(40);
            assertThat(stage.route().waiting()).isZero();
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void heldRequestsGoToWhoeverIsThereThen() {
        try (TestBackend old = TestBackend.saying("old"); TestBackend fresh = TestBackend.saying("fresh"); Stage stage = Stage.with(old); TestClient client = stage.client()) {
            stage.route().gate(HOLDING);
            client.send("GET /" + GET);
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            stage.route().publish(List.of(fresh.backend()));
            assertThat(stage.route().waiting()).isEqualTo(1);
            stage.route().gate(Gate.OPEN);
            assertThat(client.response().text()).isEqualTo("fresh");
        }
    }

    @Test
    void noMoreWaitThanMay() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient first = stage.client(); TestClient second = stage.client(); TestClient third = stage.client()) {
            stage.route().gate(new Gate.Holding(2, Duration.ofSeconds(10)));
            first.send("GET /" + GET);
            second.send("GET /" + GET);
            Given.eventually("two wait", () -> stage.route().waiting() == 2);
            TestClient.Response response = third.get("/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.header("Retry-After")).isPresent();
            stage.route().gate(Gate.OPEN);
            assertThat(first.response().text() + second.response().text()).isEqualTo("xx");
        }
    }

    @Test
    void whoWaitsTooLongGetsA503() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            stage.route().gate(new Gate.Holding(10, Duration.ofMillis(400)));
            TestClient.Response response = client.get("/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.header("Retry-After")).isPresent();
            assertThat(stage.route().waiting()).isZero();
            stage.route().gate(Gate.OPEN);
            assertThat(client.get("/").text()).isEqualTo("x");
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void whoLeavesWaitsNoMore() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            stage.route().gate(HOLDING);
            client.send("GET /" + GET);
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            client.reset();
            Given.eventually("nobody waits", () -> stage.route().waiting() == 0);
            stage.route().gate(Gate.OPEN);
            try (TestClient next = stage.client()) {
                next.get("/");
            }
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void aClosedGateSaysWhyAndForHowLong() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            stage.route().gate(CLOSED);
            TestClient.Response html = client.get("/");
            assertThat(html.status()).isEqualTo(503);
            assertThat(html.header("Retry-After")).contains("90");
            assertThat(html.text()).contains("Back at &#60;noon&#62; &#38; &#34;later&#34;.");
            TestClient.Response json = client.send("GET / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n").response();
            assertThat(json.text()).contains("Back at <noon> & \\u0022later\\u0022.");
            stage.route().gate(Gate.OPEN);
            assertThat(client.get("/").text()).isEqualTo("x");
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void closingTurnsAwayAtOnceWhoWaits() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            stage.route().gate(HOLDING);
            client.send("GET /" + GET);
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            stage.route().gate(CLOSED);
            assertThat(client.response().text()).contains("Back at");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void theHealthPathIsAnsweredWhileNothingElseIs() {
        try (TestBackend backend = TestBackend.saying("app"); Stage stage = Stage.at("/shop", Terms.USUAL, Balance.ROUND_ROBIN, Given.checked(true, "/up"), AccessLog.OFF, backend); TestClient client = stage.client()) {
            for (Gate gate : List.of(CLOSED, new Gate.Holding(0, Duration.ofSeconds(10)))) {
                stage.route().gate(gate);
                TestClient.Response healthy = client.get("/shop/up?x=1");
                assertThat(healthy.status()).isEqualTo(200);
                assertThat(healthy.text()).isEqualTo("ok\n");
                assertThat(client.send("HEAD /shop/up" + GET).response("HEAD").status()).isEqualTo(200);
                assertThat(client.send("POST /shop/up HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").response().status()).isEqualTo(503);
                for (String other : new String[] {"/shop/up/", "/shop/u", "/shop/upp", "/shop", "/shop?/up", "/shop/UP"}) {
                    assertThat(client.get(other).status()).as(other).isEqualTo(503);
                }
            }
            assertThat(backend.requests()).isEmpty();
            stage.route().gate(Gate.OPEN);
            assertThat(client.get("/shop/up").text()).as("the application answers for itself").isEqualTo("app");
        }
    }

    @Test
    void withoutStrippingTheHealthPathIsTheWholeOne() {
        try (TestBackend backend = TestBackend.saying("app"); Stage stage = Stage.at("/shop", Terms.USUAL, Balance.ROUND_ROBIN, Given.checked(false, "/shop/up"), AccessLog.OFF, backend); TestClient client = stage.client()) {
            stage.route().gate(CLOSED);
            assertThat(client.get("/shop/up").status()).isEqualTo(200);
            assertThat(client.get("/up").status()).isEqualTo(503);
        }
        try (TestBackend backend = TestBackend.saying("app"); Stage stage = Stage.at("/shop", Terms.USUAL, Balance.ROUND_ROBIN, Given.checked(true, "/"), AccessLog.OFF, backend); TestClient client = stage.client()) {
            stage.route().gate(CLOSED);
            assertThat(client.get("/shop").status()).isEqualTo(200);
            assertThat(client.get("/shop/").status()).isEqualTo(200);
            assertThat(client.get("/shop/x").status()).isEqualTo(503);
        }
    }

    @Test
    void whoIsHeldIsServedOnceTheBackendIsBackThoughNobodySawItGo() {
        TestBackend gone = TestBackend.saying("before");
        int port = gone.address().getPort();
        try (Stage stage = Stage.with(_ -> Given.hold(10, Duration.ofSeconds(8)), gone); TestClient client = stage.client()) {
            gone.close();
            client.send("GET /" + GET);
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            try (TestBackend back = TestBackend.at("127.0.0.1", port, (_, _, out) -> TestBackend.ok(out, "back"))) {
                assertThat(client.response().text()).isEqualTo("back");
                assertThat(back.requests()).hasSize(1);
            }
        }
    }

    /** As when a forwarder before all of them ends: one refuses, the other takes the request along with it. */
    @Test
    void whoMayBeServedTwiceWaitsOnceWhicheverBackendWasLast() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        TestBackend gone = TestBackend.saying("never");
        try (TestBackend ending = TestBackend.start((request, _, out) -> {
                    if (seen.add(request.target())) {
                        throw new IOException("ends");
                    }
                    TestBackend.ok(out, "back");
                });
                Stage stage = Stage.with(_ -> Given.hold(10, Duration.ofSeconds(8)), gone, ending)) {
            gone.close();
            for (int i = 0; i < 4; i++) {
                try (TestClient client = stage.client()) {
                    assertThat(client.get("/" + i).text()).isEqualTo("back");
                }
            }
            try (TestClient client = stage.client()) {
                client.send("POST /once HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
                assertThat(client.response().status()).isEqualTo(502);
            }
        }
    }

    @Test
    void changesDoNotMakeAnybodyWaitLonger() {
        TestBackend gone = TestBackend.saying("before");
        try (Stage stage = Stage.with(_ -> Given.hold(10, Duration.ofMillis(600)), gone); TestClient client = stage.client()) {
            gone.close();
            client.send("GET /" + GET);
            Given.eventually("it waits", () -> stage.route().waiting() == 1);
            long start = System.nanoTime();
            Thread changing = Thread.ofVirtual().start(() -> {
                while (!Thread.interrupted() && System.nanoTime() - start < Duration.ofSeconds(6).toNanos()) {
                    stage.route().refresh();
                    java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                }
            });
            assertThat(client.response().status()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            changing.interrupt();
        }
    }
}
