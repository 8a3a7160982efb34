package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.failure.Failure.Kind;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.OpenSsl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTlsTest {
    private static final byte[] VERSION = "{\"Version\":\"over TLS\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\",\"Os\":\"linux\",\"Arch\":\"amd64\"}".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path temporary;

    private HttpsServer server;

    @BeforeEach
    void start() throws Exception {
        OpenSsl.run(temporary, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2");
        Path engine = issued("engine", "subjectAltName=IP:127.0.0.1");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(EngineTls.context(engine)) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters known = getSSLContext().getDefaultSSLParameters();
                known.setNeedClientAuth(true);
                parameters.setSSLParameters(known);
            }
        });
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, VERSION.length);
            try (exchange) {
                exchange.getResponseBody().write(VERSION);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /** As docker's own client wants it: a directory with ca.pem, cert.pem, key.pem. */
    private Path issued(String name, String extension) throws Exception {
        Path directory = Files.createDirectories(temporary.resolve(name));
        Files.copy(temporary.resolve("ca.pem"), directory.resolve("ca.pem"));
        Files.writeString(directory.resolve("extensions"), extension);
        OpenSsl.run(directory, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=" + name);
        OpenSsl.run(directory, "x509", "-req", "-in", "request.pem", "-CA", "../ca.pem", "-CAkey", "../ca-key.pem", "-CAcreateserial", "-out", "cert.pem", "-days", "2", "-extfile", "extensions");
        return directory;
    }

    private Docker with(Path certificates) {
        return Docker.at(new Endpoint(Endpoint.Kind.DOCKER, URI.create("tcp://127.0.0.1:" + server.getAddress().getPort()), Optional.of(certificates), "test"), Time.system());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pkcs8", "rsa"})
    void bothSidesKnowEachOther(String form) throws Exception {
        Path client = issued("client", "extendedKeyUsage=clientAuth");
        if (form.equals("rsa")) {
            OpenSsl.run(client, "rsa", "-in", "key.pem", "-out", "key.pem", "-traditional");
            assertThat(client.resolve("key.pem")).content().contains("BEGIN RSA PRIVATE KEY");
        }
        try (Docker docker = with(client)) {
            assertThat(docker.engine().version()).isEqualTo("over TLS");
        }
    }

    @Test
    void anEngineOfAnotherAuthorityIsNotTrusted() throws Exception {
        Path client = issued("client", "extendedKeyUsage=clientAuth");
        OpenSsl.run(client, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "other-key.pem", "-out", "ca.pem", "-subj", "/CN=other", "-days", "2");
        try (Docker docker = with(client)) {
            assertThatThrownBy(docker::engine).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.MISCONFIGURED));
        }
    }

    @Test
    void certificatesThatCannotBeReadAreNamed() throws Exception {
        Path client = issued("client", "extendedKeyUsage=clientAuth");
        Files.writeString(client.resolve("key.pem"), "nothing");
        assertThatThrownBy(() -> with(client)).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED)).hasMessageContaining("key.pem");
        assertThatThrownBy(() -> with(temporary.resolve("nowhere"))).isInstanceOf(Failure.class).hasMessageContaining("DOCKER_CERT_PATH");
    }
}
