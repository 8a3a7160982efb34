package dev.dewpoint.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.RawServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpTest {
    private final Http http = new Http(Time.system(), Credentials.none(), "test/1", Duration.ofSeconds(2));

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void r01ToR08RedirectsThatLeadAstrayEndTheRequest() {
        List<String> astray = List.of("file:///etc/passwd", "ftp://host/x", "http://user:secret@127.0.0.1/x", "https://:443:1/", "javascript:alert(1)");
        for (String target : astray) {
            try (RawServer server = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 302 Found\r\nLocation: " + target + "\r\nContent-Length: 0\r\n\r\n"))) {
                assertThat(failure(server.url("/"))).as(target).hasMessageContaining("redirects to a place");
            }
        }
    }

    @Test
    void aLoopOfRedirectsIsCutOff() {
        try (RawServer server = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"))) {
            assertThat(failure(server.url("/"))).hasMessageContaining("more than 5 times");
            assertThat(server.asked()).hasSize(6);
        }
    }

    @Test
    void whatIsPostedIsNotPostedElsewhereByAPlainRedirect() {
        try (RawServer server = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"))) {
            int status = http.exchange("post", Ask.post(server.url("/"), "text/plain", new byte[] {1}), Answer::status);
            assertThat(status).isEqualTo(302);
            assertThat(server.asked()).hasSize(1);
        }
    }

    @Test
    void patienceIsReadFromEveryFormThatServersUse() {
        assertThat(patience("429 Too Many Requests", "Retry-After: 17")).contains(Duration.ofSeconds(17));
        assertThat(patience("429 Too Many Requests", "Date: Thu, 15 Jan 2026 10:00:00 GMT\r\nRetry-After: Thu, 15 Jan 2026 10:02:00 GMT")).contains(Duration.ofMinutes(2));
        assertThat(patience("429 Too Many Requests", "Retry-After: -5")).contains(Duration.ofMinutes(1));
        assertThat(patience("429 Too Many Requests", "Retry-After: 315360000")).contains(Duration.ofHours(1));
        assertThat(patience("403 Forbidden", "Date: Thu, 15 Jan 2026 10:00:00 GMT\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1768471500")).contains(Duration.ofMinutes(5));
        assertThat(patience("503 Service Unavailable", "Retry-After: 30")).contains(Duration.ofSeconds(30));
        assertThat(kind("403 Forbidden")).isEqualTo(Failure.Kind.DENIED);
        assertThat(kind("401 Unauthorized")).isEqualTo(Failure.Kind.DENIED);
        assertThat(kind("404 Not Found")).isEqualTo(Failure.Kind.MISSING);
        assertThat(kind("500 Internal Server Error")).isEqualTo(Failure.Kind.UNREACHABLE);
    }

    @Test
    void anAnswerMayNotGrowBeyondItsCap() {
        try (RawServer server = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + "x".repeat(5000)))) {
            Failure large = catchThrowableOfType(Failure.class, () -> http.exchange("get", Ask.get(server.url("/")).atMost(4999), answer -> answer.body().readAllBytes()));
            assertThat(large).hasMessageContaining("larger than the 4999 bytes");
        }
    }

    @Test
    void n02ADripOfLessThanAKibibyteASecondIsCutAfterAMinute() {
        ManualTime time = ManualTime.start();
        InputStream drip = new InputStream() {
            @Override
            public int read() {
                time.advance(Duration.ofSeconds(1));
                return 'x';
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                into[offset] = (byte) read();
                return 1;
            }
        };
        WatchedBody body = new WatchedBody("download", drip, Long.MAX_VALUE, true, time);
        Failure late = catchThrowableOfType(Failure.class, () -> body.transferTo(java.io.OutputStream.nullOutputStream()));
        assertThat(late.kind()).isEqualTo(Failure.Kind.TIMED_OUT);
        assertThat(time.now()).isBefore(ManualTime.START.plusSeconds(90));
        WatchedBody fast = new WatchedBody("download", new ByteArrayInputStream(new byte[1 << 20]), Long.MAX_VALUE, true, time);
        assertThat(catchThrowableOfType(Failure.class, fast::readAllBytes)).isNull();
    }

    @Test
    void originsAreToldApartBySchemeHostAndPort() {
        assertThat(Origin.of(URI.create("https://api.github.com/x"))).isEqualTo(Origin.of(URI.create("https://API.github.com:443/y"))).isNotEqualTo(Origin.of(URI.create("http://api.github.com/x")))
                .isNotEqualTo(Origin.of(URI.create("https://api.github.com:8443/x"))).isNotEqualTo(Origin.of(URI.create("https://api.github.com.evil.example/x")));
        assertThat(List.of("http://127.0.0.1/", "http://localhost:1/", "http://[::1]/", "http://app.localhost/")).allSatisfy(url -> assertThat(Origin.of(URI.create(url)).isLoopback()).isTrue());
        assertThat(Origin.of(URI.create("http://localhost.evil.example/")).isLoopback()).isFalse();
    }

    private Failure failure(URI url) {
        return catchThrowableOfType(Failure.class, () -> http.exchange("get", Ask.get(url), Answer::status));
    }

    private Optional<Duration> patience(String status, String headers) {
        return failed(status, headers).patience();
    }

    private Failure.Kind kind(String status) {
        return failed(status, "X-Nothing: 1").kind();
    }

    private Failure failed(String status, String headers) {
        try (RawServer server = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 " + status + "\r\n" + headers + "\r\nContent-Length: 0\r\n\r\n"))) {
            return catchThrowableOfType(Failure.class, () -> http.exchange("get", Ask.get(server.url("/")), answer -> answer.orFailure("get").status()));
        }
    }
}
