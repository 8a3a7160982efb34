package dev.dewpoint.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The context in the listener that it is for. */
class UndertowTest {
    @TempDir
    Path directory;

    @Test
    void speaksHttp2AndKeepsItsConnectionThroughAReload() throws Exception {
        TestAuthority authority = new TestAuthority(directory);
        PemPair pair = authority.issue("one", TestAuthority.EC, "localhost");
        Log log = new Log(Time.system(), new ByteArrayOutputStream(), Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity());
        Certificates certificates = Certificates.load(List.of(pair), Time.system(), log);
        Undertow undertow = Undertow.builder().setServerOption(UndertowOptions.ENABLE_HTTP2, true).addHttpsListener(0, "127.0.0.1", certificates.context())
                .setHandler(exchange -> exchange.getResponseSender().send(exchange.getProtocol() + " " + exchange.getConnection().getPeerAddress())).build();
        undertow.start();
        try (HttpClient before = HttpClient.newBuilder().sslContext(authority.client()).build(); HttpClient after = HttpClient.newBuilder().sslContext(authority.client()).build()) {
            URI page = URI.create("https://localhost:" + ((InetSocketAddress) undertow.getListenerInfo().getFirst().getAddress()).getPort() + "/");
            HttpResponse<String> first = get(before, page);
            assertThat(first.body()).startsWith("HTTP/2.0 ");
            assertThat(name(first)).isEqualTo("CN=one");
            TestAuthority.replace(pair, authority.issue("two", TestAuthority.RSA, "localhost"));
            assertThat(certificates.reload().changed()).hasSize(1);
            HttpResponse<String> again = get(before, page);
            assertThat(again.body()).as("the same connection").isEqualTo(first.body());
            assertThat(name(get(after, page))).isEqualTo("CN=two");
        } finally {
            undertow.stop();
        }
    }

    private static HttpResponse<String> get(HttpClient client, URI page) throws Exception {
        return client.send(HttpRequest.newBuilder(page).timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String name(HttpResponse<String> response) throws Exception {
        return ((X509Certificate) response.sslSession().orElseThrow().getPeerCertificates()[0]).getSubjectX500Principal().getName();
    }
}
