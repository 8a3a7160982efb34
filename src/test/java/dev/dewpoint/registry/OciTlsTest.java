package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.dewpoint.config.RegistryUrl;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.OpenSsl;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry with a certificate that only its operator vouches for. */
class OciTlsTest {
    @TempDir
    private Path temp;

    private final OciFixture fixture = new OciFixture();
    private WireMockServer server;

    @BeforeEach
    void begin() {
        OpenSsl.run(temp, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem", "-out", "ca.pem", "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2");
        OpenSsl.run(temp, "pkcs12", "-export", "-in", "ca.pem", "-inkey", "key.pem", "-out", "key.p12", "-passout", "pass:password");
        server = new WireMockServer(wireMockConfig().dynamicHttpsPort().httpDisabled(true).bindAddress("127.0.0.1").keystorePath(temp.resolve("key.p12").toString()).keystoreType("PKCS12").keystorePassword("password").keyManagerPassword("password"));
        server.start();
        server.stubFor(any(anyUrl()).willReturn(okJson("{\"tags\":[\"v1.0.0\"]}")));
    }

    @AfterEach
    void end() {
        server.stop();
        fixture.close();
    }

    @Test
    void aCertificateThatNobodyVouchesForIsAFailureThatNamesTheOption() {
        Failure failure = catchThrowableOfType(Failure.class, fixture.registry(OciRepository.parse(host() + "/app", Optional.of(false), Set.of()), RegistryCredentials.Given.nothing())::tags);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        assertThat(failure).hasMessageContaining("?ca=FILE");
    }

    @Test
    void withItsAuthorityItIsTrusted() {
        RegistryUrl.Image url = (RegistryUrl.Image) RegistryUrl.parse("img://" + host() + "/app?ca=" + temp.resolve("ca.pem"));
        RegistryCredentials credentials = new RegistryCredentials(RegistryCredentials.Given.nothing(), new Commands(Time.system()));
        OciRegistry registry = new OciRegistry(fixture.http.trusting(url.authorities()), url.repository(), credentials, OciFixture.LINUX, fixture.time);
        assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
    }

    private String host() {
        return "127.0.0.1:" + server.httpsPort();
    }
}
