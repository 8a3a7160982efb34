package dev.dewpoint.proxy.http2;

import static dev.dewpoint.proxy.http2.Clients.clearTo;
import static dev.dewpoint.proxy.http2.Clients.to;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.testing.NoLeaks;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients that speak HTTP/2, in the clear and over TLS, before backends that speak HTTP/1.1: what passes, and how. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class Http2Test {
    @TempDir
    private static Path folder;
    private static Clients clients;
    private static HttpClient client;
    private static OkHttpClient clear;

    @BeforeAll
    static void prepare() throws Exception {
        clients = Clients.make(folder);
        client = clients.secure();
        clear = clients.clear();
    }

    @AfterAll
    static void end() {
        clients.close();
    }

    @Test
    void aConnectionInTheClearThatBeginsAsHttp2IsServedSo() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.method() + " " + request.target() + " " + request.text())); Stage stage = Stage.with(backend)) {
            try (Response response = clear.newCall(clearTo(stage, "/a%2Fb?c=d").build()).execute()) {
                assertThat(response.protocol()).isEqualTo(Protocol.H2_PRIOR_KNOWLEDGE);
                assertThat(response.body().string()).isEqualTo("GET /a%2Fb?c=d ");
            }
            try (Response response = clear.newCall(clearTo(stage, "/").post(RequestBody.create("hello", MediaType.get("text/plain"))).build()).execute()) {
                assertThat(response.body().string()).isEqualTo("POST / hello");
            }
            assertThat(stage.gateway().connections()).isEqualTo(1);
        }
    }

    @Test
    void clientsOfATlsPortChooseTheirProtocol() throws Exception {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = clients.stage(backend)) {
            HttpResponse<String> second = client.send(to(stage, "/").build(), BodyHandlers.ofString());
            HttpResponse<String> first = client.send(to(stage, "/").version(HttpClient.Version.HTTP_1_1).build(), BodyHandlers.ofString());
            assertThat(second.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            assertThat(first.body() + second.body()).isEqualTo("xx");
        }
    }

    @Test
    void backendsLearnTheSameOfTheClientAsOverHttp1() throws Exception {
        try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nKeep-Alive: timeout=5\r\nX-Mine: 1\r\nX-Yours: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok"));
                Stage stage = clients.stage(backend)) {
            HttpResponse<String> response = client.send(to(stage, "/").header("X-Forwarded-For", "1.2.3.4").header("Cookie", "one=1").header("X-Public", "2").header("TE", "trailers").build(), BodyHandlers.ofString());
            TestBackend.Request got = backend.requests().getFirst();
            assertThat(got.header("X-Forwarded-For")).contains("127.0.0.1");
            assertThat(got.header("X-Forwarded-Proto")).contains("https");
            assertThat(got.header("X-Request-ID")).isPresent();
            assertThat(got.header("Host")).contains("localhost:" + stage.address().getPort());
            assertThat(got.header("Cookie")).contains("one=1");
            assertThat(got.head()).contains("x-public: 2").doesNotContain("te: ", "transfer-encoding");
            assertThat(response.headers().map()).containsKey("x-yours").doesNotContainKeys("x-mine", "keep-alive", "connection");
            assertThat(response.headers().allValues("set-cookie")).containsExactly("a=1", "b=2");
        }
    }

    @Test
    void answersWithoutABodyHaveNone() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.write(out, switch (request.target()) {
            case "/204" -> "HTTP/1.1 204 No Content\r\n\r\n";
            case "/304" -> "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n";
            default -> "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n";
        })); Stage stage = clients.stage(backend)) {
            assertThat(client.send(to(stage, "/204").build(), BodyHandlers.ofString()).statusCode()).isEqualTo(204);
            assertThat(client.send(to(stage, "/304").build(), BodyHandlers.ofString()).statusCode()).isEqualTo(304);
            HttpResponse<String> head = client.send(to(stage, "/").HEAD().build(), BodyHandlers.ofString());
            assertThat(head.headers().firstValue("content-length")).contains("1234");
            assertThat(head.body()).isEmpty();
        }
    }

    @Test
    void chunksAndWhatHasNoLengthArriveWhole() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/open")) {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
                throw new InterruptedException();
            }
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n");
            TestBackend.write(out, "6\r\n world\r\n0\r\nX-End: 1\r\n\r\n");
        }); Stage stage = clients.stage(backend)) {
            assertThat(client.send(to(stage, "/").build(), BodyHandlers.ofString()).body()).isEqualTo("hello world");
            assertThat(client.send(to(stage, "/open").build(), BodyHandlers.ofString()).body()).isEqualTo("until the end");
        }
    }

    @Test
    void trailersPassBothWays() throws Exception {
        try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: 1\r\n\r\n")); Stage stage = Stage.with(backend);
                Response response = clear.newCall(clearTo(stage, "/").build()).execute()) {
            assertThat(response.body().string()).isEqualTo("ok");
            assertThat(response.trailers().get("x-end")).isEqualTo("1");
        }
    }

    @Test
    void eventsAreSeenAsTheyHappen() throws Exception {
        Semaphore next = new Semaphore(0);
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                TestBackend.write(out, "9\r\ndata: " + i + "\n\n\r\n");
                next.acquire();
            }
            TestBackend.write(out, "0\r\n\r\n");
        }); Stage stage = clients.stage(backend)) {
            HttpResponse<InputStream> response = client.send(to(stage, "/").build(), BodyHandlers.ofInputStream());
            for (int i = 0; i < 3; i++) {
                assertThat(new String(response.body().readNBytes(9), StandardCharsets.UTF_8)).isEqualTo("data: " + i + "\n\n");
                next.release();
            }
            assertThat(response.body().readAllBytes()).isEmpty();
        }
    }

    @Test
    void hundredMegabytesPassBothWays() throws Exception {
        int size = 100 << 20;
        byte[] block = new byte[1 << 20];
        RandomGenerator.of("L64X128MixRandom").nextBytes(block);
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        for (int at = 0; at < size; at += block.length) {
            expected.update(block);
        }
        String hash = HexFormat.of().formatHex(expected.digest());
        try (TestBackend backend = TestBackend.headsOnly((request, in, out) -> {
            if (request.method().equals("POST")) {
                MessageDigest digest = digest();
                TestBackend.readChunks(in, new java.security.DigestOutputStream(OutputStream.nullOutputStream(), digest));
                TestBackend.ok(out, HexFormat.of().formatHex(digest.digest()));
                return;
            }
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            for (int at = 0; at < size; at += block.length) {
                out.write(block);
            }
        }); Stage stage = clients.stage(backend)) {
            HttpResponse<InputStream> down = client.send(to(stage, "/").build(), BodyHandlers.ofInputStream());
            MessageDigest got = digest();
            long count = new DigestInputStream(down.body(), got).transferTo(OutputStream.nullOutputStream());
            assertThat(count).isEqualTo(size);
            assertThat(HexFormat.of().formatHex(got.digest())).isEqualTo(hash);
            HttpRequest.BodyPublisher blocks = HttpRequest.BodyPublishers.ofByteArrays(() -> Stream.generate(() -> block).limit(100).iterator());
            assertThat(client.send(to(stage, "/").POST(blocks).build(), BodyHandlers.ofString()).body()).isEqualTo(hash);
        }
    }

    @Test
    void whoSpeaksHttp1OverTlsGetsTheSame() throws Exception {
        byte[] large = new byte[20_000_000];
        RandomGenerator.of("L64X128MixRandom").nextBytes(large);
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nX-Got: " + request.body().length + "\r\nContent-Length: " + large.length + "\r\n\r\n");
            out.write(large);
        }); Stage stage = clients.stage(backend)) {
            for (int i = 0; i < 3; i++) {
                HttpResponse<byte[]> response = client.send(to(stage, "/").version(HttpClient.Version.HTTP_1_1).POST(HttpRequest.BodyPublishers.ofByteArray(large)).build(), BodyHandlers.ofByteArray());
                assertThat(response.headers().firstValue("x-got")).contains(String.valueOf(large.length));
                assertThat(java.util.Arrays.equals(response.body(), large)).isTrue();
            }
        }
    }

    @Test
    void aCookieKeepsAClientWithItsBackend() throws Exception {
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b");
                Stage stage = Stage.secure(clients.context(), Terms.USUAL, Balance.COOKIE, RouteOptions.USUAL, AccessLog.OFF, a.backend(), b.backend())) {
            HttpResponse<String> first = client.send(to(stage, "/").build(), BodyHandlers.ofString());
            String cookie = first.headers().firstValue("set-cookie").orElseThrow();
            assertThat(cookie).contains("HttpOnly", "Secure");
            for (int i = 0; i < 5; i++) {
                HttpResponse<String> next = client.send(to(stage, "/").header("Cookie", cookie.substring(0, cookie.indexOf(';'))).build(), BodyHandlers.ofString());
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.headers().firstValue("set-cookie")).isEmpty();
            }
        }
    }

    @Test
    void aHandshakeThatDoesNotGoOnIsCutOff() throws Exception {
        Terms terms = Terms.USUAL;
        Terms hasty = new Terms(terms.head(), Duration.ofMillis(200), terms.idle(), terms.stall(), terms.rate(), terms.connections(), terms.trusted());
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.secure(clients.context(), hasty, Balance.ROUND_ROBIN, RouteOptions.USUAL, AccessLog.OFF, backend.backend());
                java.net.Socket socket = new java.net.Socket(stage.address().getAddress(), stage.address().getPort())) {
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aHostThatTheCertificateDoesNotCoverBelongsElsewhere() throws Exception {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = clients.stage(backend)) {
            URI uri = URI.create("https://127.0.0.1:" + stage.address().getPort() + "/");
            assertThat(client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(421);
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void theLogSaysWhichProtocolItWas() throws Exception {
        List<AccessLog.Line> lines = new CopyOnWriteArrayList<>();
        AccessLog log = new AccessLog() {
            @Override
            public boolean wanted() {
                return true;
            }

            @Override
            public void write(Line line) {
                lines.add(line);
            }
        };
        try (TestBackend backend = TestBackend.saying("hello"); Stage stage = Stage.secure(clients.context(), Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log, backend.backend())) {
            client.send(to(stage, "/path?query").build(), BodyHandlers.ofString());
            assertThat(lines).hasSize(1).first().satisfies(line -> {
                assertThat(line.version()).isEqualTo("HTTP/2");
                assertThat(line.target()).isEqualTo("/path?query");
                assertThat(line.status()).isEqualTo(200);
                assertThat(line.backend()).isEqualTo("127.0.0.1:" + backend.address().getPort());
            });
        }
    }
}
