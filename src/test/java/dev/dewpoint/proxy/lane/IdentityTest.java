package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestBackend.Request;
import dev.dewpoint.proxy.TestClient;
import org.junit.jupiter.api.Test;

/** Who asks, for what host, under which id: what the application is told of it, and whose word counts. */
class IdentityTest {
    private static final String FORGED = "X-Forwarded-For: 10.10.10.10\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Port: 1\r\nX-Real-IP: 10.10.10.10\r\nForwarded: for=10.10.10.10;proto=https\r\nX-Request-Start: t=1\r\n";

    @Test
    void theHostArrivesAsAsked() {
        assertThat(seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: ExAmple.com:8443\r\n\r\n").headers("Host")).containsExactly("ExAmple.com:8443");
    }

    @Test
    void aRouteMaySetAnotherHost() {
        Request request = seen(Terms.USUAL, Given.host("inner.example"), "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
        assertThat(request.headers("Host")).containsExactly("inner.example");
        assertThat(request.headers("X-Forwarded-Host")).containsExactly("example.com");
    }

    @Test
    void aClientWithoutHostGetsTheBackends() {
        assertThat(seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.0\r\n\r\n").headers("Host")).singleElement().asString().startsWith("127.0.0.1:");
    }

    @Test
    void whatAnUntrustedClientSaysOfItselfIsReplaced() {
        Request request = seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: example.com\r\n" + FORGED + "\r\n");
        assertThat(request.headers("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(request.headers("X-Real-IP")).containsExactly("127.0.0.1");
        assertThat(request.headers("X-Forwarded-Proto")).containsExactly("http");
        assertThat(request.headers("X-Forwarded-Host")).containsExactly("example.com");
        assertThat(request.headers("X-Forwarded-Port")).singleElement().asString().isNotEqualTo("1");
        assertThat(request.headers("Forwarded")).containsExactly("for=127.0.0.1;proto=http");
        assertThat(request.head()).doesNotContain("10.10.10.10", "evil");
    }

    @Test
    void underscoresAndConnectionAreNoWayAroundThat() {
        Request request = seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: example.com\r\nX_Forwarded_For: 10.10.10.10\r\nX-Forwarded_Proto: https\r\nConnection: X-Forwarded-For, X-Real-IP, Forwarded, Host, X-Request-ID\r\nX-Real_IP: 10.10.10.10\r\n\r\n");
        assertThat(request.headers("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(request.headers("X-Real-IP")).containsExactly("127.0.0.1");
        assertThat(request.headers("Host")).containsExactly("example.com");
        assertThat(request.headers("X-Request-ID")).hasSize(1);
        assertThat(request.head()).doesNotContain("10.10.10.10", "X_", "https");
    }

    @Test
    void aTrustedProxyIsBelievedAndAdded() {
        Request request = seen(Given.trusting(_ -> true), RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: example.com\r\n" + FORGED + "X-Forwarded-For: 10.10.10.11\r\n\r\n");
        assertThat(request.headers("X-Forwarded-For")).containsExactly("10.10.10.10, 10.10.10.11, 127.0.0.1");
        assertThat(request.headers("X-Forwarded-Proto")).containsExactly("https");
        assertThat(request.headers("X-Forwarded-Host")).containsExactly("evil.example");
        assertThat(request.headers("X-Forwarded-Port")).containsExactly("1");
        assertThat(request.headers("Forwarded")).containsExactly("for=10.10.10.10;proto=https, for=127.0.0.1;proto=http");
    }

    @Test
    void theClientIsTheLastOneWhomNoTrustedProxyVouchesFor() {
        Terms terms = Given.trusting(address -> address.isLoopbackAddress() || address.getHostAddress().startsWith("10."));
        String head = "GET / HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: ";
        assertThat(realAddress(terms, head + "1.1.1.1, 2.2.2.2, 10.0.0.1\r\n\r\n")).isEqualTo("2.2.2.2");
        assertThat(realAddress(terms, head + "10.0.0.2, 10.0.0.1\r\n\r\n")).isEqualTo("10.0.0.2");
        assertThat(realAddress(terms, head + "2.2.2.2:4711\r\n\r\n")).isEqualTo("2.2.2.2");
        assertThat(realAddress(terms, head + "[2001:db8::1]:4711\r\n\r\n")).isEqualTo("2001:db8:0:0:0:0:0:1");
        assertThat(realAddress(terms, head + "3.3.3.3, nonsense.example, 10.0.0.1\r\n\r\n")).isEqualTo("10.0.0.1");
        assertThat(realAddress(terms, head + ",,\r\n\r\n")).isEqualTo("127.0.0.1");
        assertThat(realAddress(terms, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")).isEqualTo("127.0.0.1");
    }

    @Test
    void aTrustedProxyThatSaysNothingIsDescribed() {
        Request request = seen(Given.trusting(_ -> true), RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
        assertThat(request.headers("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(request.headers("X-Forwarded-Proto")).containsExactly("http");
        assertThat(request.headers("X-Forwarded-Host")).containsExactly("example.com");
        assertThat(request.headers("Forwarded")).containsExactly("for=127.0.0.1;proto=http");
    }

    @Test
    void anIdIsKeptOrMade() {
        assertThat(seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: x\r\nx-request-id: mine-1\r\nX-Request-ID: second\r\n\r\n").headers("X-Request-ID")).containsExactly("mine-1");
        assertThat(seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").headers("X-Request-ID")).singleElement().asString().matches("[0-9a-f]{32}");
        assertThat(seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: two words\r\n\r\n").headers("X-Request-ID")).singleElement().asString().matches("[0-9a-f]{32}");
        assertThat(seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: " + "x".repeat(129) + "\r\n\r\n").headers("X-Request-ID")).singleElement().asString().matches("[0-9a-f]{32}");
    }

    @Test
    void anIdThatWasNotPassedOnIsNotInTheLogEither() {
        Given.RecordingLog log = new Given.RecordingLog();
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log, backend); TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: two words\r\n\r\n").response();
            assertThat(log.first().requestId()).isEqualTo(backend.requests().getFirst().header("X-Request-ID").orElseThrow());
        }
    }

    @Test
    void theIdInTheLogIsTheOneThatTheApplicationGot() {
        Given.RecordingLog log = new Given.RecordingLog();
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log, backend); TestClient client = stage.client()) {
            client.send("GET /a?b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: me\r\nReferer: /there\r\n\r\n").response();
            AccessLog.Line line = log.first();
            assertThat(line.requestId()).isEqualTo(backend.requests().getFirst().header("X-Request-ID").orElseThrow());
            assertThat(line.method() + line.target() + line.host() + line.version() + line.agent() + line.referer()).isEqualTo("GET/a?bexample.comHTTP/1.1me/there");
            assertThat(line.status()).isEqualTo(200);
            assertThat(line.backend()).isEqualTo("127.0.0.1:" + backend.address().getPort());
            assertThat(line.client()).isEqualTo("127.0.0.1");
            assertThat(line.backendNanos()).isBetween(0L, line.nanos());
            assertThat(line.bytes()).isPositive();
        }
    }

    @Test
    void whenItStartedIsAdded() {
        long before = System.currentTimeMillis();
        String start = seen(Terms.USUAL, RouteOptions.USUAL, "GET / HTTP/1.1\r\nHost: x\r\nX-Request-Start: t=1\r\n\r\n").header("X-Request-Start").orElseThrow();
        assertThat(start).matches("t=\\d{13}");
        assertThat(Long.parseLong(start.substring(2))).isBetween(before - 1000, System.currentTimeMillis() + 1000);
    }

    @Test
    void aPrefixIsStrippedAndNothingElse() {
        assertThat(target("/app", "/app/a%2Fb?x")).isEqualTo("/a%2Fb?x");
        assertThat(target("/app", "/app")).isEqualTo("/");
        assertThat(target("/app", "/app?x=/app")).isEqualTo("/?x=/app");
        assertThat(target("/app", "/app//x")).isEqualTo("//x");
        assertThat(target("/", "/x")).isEqualTo("/x");
        assertThat(target("/app", "http://x/app/y")).isEqualTo("/y");
    }

    @Test
    void optionsForAllKeepsItsAsterisk() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.at("/app", Terms.USUAL, Balance.ROUND_ROBIN, Given.checked(true, "/up"), AccessLog.OFF, backend); TestClient client = stage.client()) {
            client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").response();
            assertThat(backend.requests().getFirst().target()).isEqualTo("*");
        }
    }

    private static String target(String prefix, String asked) {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.at(prefix, Terms.USUAL, Balance.ROUND_ROBIN, Given.checked(true, "/up"), AccessLog.OFF, backend); TestClient client = stage.client()) {
            client.send("GET " + asked + " HTTP/1.1\r\nHost: x\r\n\r\n").response();
            return backend.requests().getFirst().target();
        }
    }

    private static String realAddress(Terms terms, String head) {
        return seen(terms, RouteOptions.USUAL, head).header("X-Real-IP").orElseThrow();
    }

    private static Request seen(Terms terms, RouteOptions options, String head) {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Given.stage(terms, options, backend); TestClient client = stage.client()) {
            assertThat(client.send(head).response().status()).isEqualTo(200);
            return backend.requests().getFirst();
        }
    }
}
