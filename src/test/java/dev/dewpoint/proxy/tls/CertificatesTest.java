package dev.dewpoint.proxy.tls;

import static dev.dewpoint.proxy.tls.TestAuthority.EC;
import static dev.dewpoint.proxy.tls.TestAuthority.RSA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.OpenSsl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
    private static final Duration OFTEN = Duration.ofMillis(20);

    @TempDir
    static Path directory;

    private static TestAuthority authority;
    private static PemPair first;
    private static PemPair a;
    private static PemPair b;
    private static PemPair wild;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Log log = new Log(Time.system(), printed, Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity());

    @BeforeAll
    static void issue() {
        authority = new TestAuthority(directory);
        first = authority.issue("first", EC, "first.test", "127.0.0.1", "::1");
        a = authority.issue("a", EC, "a.test");
        b = authority.issue("b", RSA, "b.test");
        wild = authority.issue("wild", EC, "*.w.test");
    }

    @Test
    void aHostIsShownTheCertificateThatNamesItElseItsWildcardElseTheFirst() throws Exception {
        PemPair exact = authority.issue("exact", EC, "exact.w.test");
        try (TlsServer server = serve(first, a, b, wild, exact)) {
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a");
            assertThat(server.shown(authority.client(), "A.TEST")).isEqualTo("a");
            assertThat(server.shown(authority.client(), "b.test")).isEqualTo("b");
            assertThat(server.shown(authority.client(), "x.w.test")).isEqualTo("wild");
            assertThat(server.shown(authority.client(), "exact.w.test")).isEqualTo("exact");
            assertThat(server.shown(authority.client(), "x.y.w.test")).isEqualTo("first");
            assertThat(server.shown(authority.client(), "w.test")).isEqualTo("first");
            assertThat(server.shown(authority.client(), "other.test")).isEqualTo("first");
            assertThat(server.shown(authority.client(), null)).isEqualTo("first");
        }
    }

    @Test
    void knowsTheHostsThatAreNamed() {
        Certificates certificates = load(first, a, wild);
        assertThat(List.of("a.test", "A.test", "a.test.", "x.w.test", "first.test", "127.0.0.1", "[::1]", "::1")).allMatch(certificates::knows);
        assertThat(List.of("c.test", "w.test", "x.y.w.test", "127.0.0.2", "[::2]", "", ".", "*", "1.2", "127.1", "[", ":")).noneMatch(certificates::knows);
    }

    @Test
    void ecAndRsaForOneHostStandSideBySide() throws Exception {
        PemPair rsa = authority.issue("a-rsa", RSA, "a.test");
        PemPair firstRsa = authority.issue("first-rsa", RSA, "first.test", "127.0.0.1", "::1");
        try (TlsServer server = serve(first, a, rsa, firstRsa)) {
            assertThat(server.shown(authority.client(), "a.test", with("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))).isEqualTo("a-rsa");
            assertThat(server.shown(authority.client(), "a.test", with("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))).isEqualTo("a");
            assertThat(server.shown(authority.client(), null, with("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))).isEqualTo("first-rsa");
            assertThat(OpenSsl.run(directory, sClient(server, "a.test", "-tls1_3", "-sigalgs", "RSA-PSS+SHA256:ECDSA+SHA384"))).contains("CN = a-rsa");
            assertThat(OpenSsl.run(directory, sClient(server, "a.test", "-tls1_3", "-sigalgs", "ECDSA+SHA256"))).contains("subject=CN = a\n");
        }
    }

    @Test
    void anotherHostsCertificateIsNotShownForItsKindOfKey() throws Exception {
        try (TlsServer server = serve(b, a)) {
            assertThatThrownBy(() -> server.shown(authority.client(), "a.test", with("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))).isInstanceOf(SSLException.class);
            assertThat(server.shown(authority.client(), "b.test", with("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))).isEqualTo("b");
        }
    }

    @Test
    void onlyTls12And13WithForwardSecrecyAreSpokenInTheServersOrder() throws Exception {
        try (TlsServer server = serve(a, b)) {
            for (String protocol : List.of("-tls1_2", "-tls1_3")) {
                assertThat(OpenSsl.run(directory, sClient(server, "b.test", protocol))).contains("CN = b");
            }
            assertThat(OpenSsl.tried(directory, sClient(server, "b.test", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")).exitCode()).isNotZero();
            assertThat(OpenSsl.tried(directory, sClient(server, "b.test", "-tls1_2", "-cipher", "AES128-GCM-SHA256")).exitCode()).as("RSA key exchange").isNotZero();
            assertThat(OpenSsl.tried(directory, sClient(server, "b.test", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256")).exitCode()).as("CBC").isNotZero();
            assertThat(OpenSsl.run(directory, sClient(server, "b.test", "-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256"))).contains("Cipher is ECDHE-RSA-AES128-GCM-SHA256");
            assertThat(OpenSsl.run(directory, sClient(server, "b.test", "-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"))).contains("Cipher is TLS_AES_128_GCM_SHA256");
        }
    }

    @Test
    void aReloadShowsTheNewCertificateAndTouchesNoConnection() throws Exception {
        PemPair pair = copy("renewed", a);
        Certificates certificates = load(pair, b);
        try (TlsServer server = new TlsServer(certificates.context()); SSLSocket open = server.connect(authority.client(), "a.test", parameters -> parameters)) {
            assertThat(TlsServer.get(open)).isEqualTo("HTTP/1.1 200 OK hello");
            TestAuthority.replace(pair, authority.issue("a2", RSA, "a.test", "new.test"));
            assertThat(certificates.reload().changed()).containsExactly(pair.certificate());
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a2");
            assertThat(certificates.knows("new.test")).isTrue();
            assertThat(TlsServer.get(open)).isEqualTo("HTTP/1.1 200 OK hello");
            assertThat(certificates.reload()).isEqualTo(new Certificates.Reload(List.of(), List.of()));
        }
        assertThat(printed()).contains("INFO: Certificate loaded names=\"a.test\"").contains("INFO: Certificate reloaded names=\"a.test, new.test\" expires=");
    }

    @Test
    void aFileThatIsOfNoUseKeepsTheOldCertificateBesideTheNewsOfOthers() throws Exception {
        PemPair broken = copy("broken", a);
        PemPair renewed = copy("renewed-b", b);
        Certificates certificates = load(broken, renewed);
        try (TlsServer server = new TlsServer(certificates.context())) {
            Files.writeString(broken.certificate(), "half a certif");
            TestAuthority.replace(renewed, authority.issue("b2", EC, "b.test"));
            Certificates.Reload reload = certificates.reload();
            assertThat(reload.changed()).containsExactly(renewed.certificate());
            assertThat(reload.kept()).singleElement().satisfies(failure -> assertThat(failure).hasMessageContaining(broken.certificate().toString()).hasMessageContaining("holds no certificate"));
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a");
            assertThat(server.shown(authority.client(), "b.test")).isEqualTo("b2");
            certificates.reload();
            assertThat(printed().lines().filter(line -> line.contains("WARN: Certificate kept as it was"))).as("told once").hasSize(1);
            TestAuthority.replace(broken, authority.issue("a3", EC, "a.test"));
            assertThat(certificates.reload().kept()).isEmpty();
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a3");
        }
    }

    @Test
    void theWatchSeesFilesReplacedOneByOneAndALinkPointedElsewhere() throws Exception {
        PemPair pair = copy("watched", a);
        PemPair other = authority.issue("a4", EC, "a.test");
        Path mounted = Files.createDirectories(directory.resolve("mounted"));
        for (String version : List.of("v1", "v2")) {
            Path versioned = Files.createDirectories(mounted.resolve(version));
            PemPair from = version.equals("v1") ? b : authority.issue("b4", EC, "b.test");
            Files.copy(from.certificate(), versioned.resolve("tls.crt"));
            Files.copy(from.key(), versioned.resolve("tls.key"));
        }
        Files.createSymbolicLink(mounted.resolve("data"), Path.of("v1"));
        Files.createSymbolicLink(mounted.resolve("tls.crt"), Path.of("data/tls.crt"));
        Files.createSymbolicLink(mounted.resolve("tls.key"), Path.of("data/tls.key"));
        PrintedLines lines = new PrintedLines();
        Certificates certificates = Certificates.load(List.of(pair, new PemPair(mounted.resolve("tls.crt"), mounted.resolve("tls.key"))), Time.system(), lines.log());
        try (TlsServer server = new TlsServer(certificates.context()); CertificateWatch _ = certificates.watch(OFTEN)) {
            assertThat(server.shown(authority.client(), "b.test")).isEqualTo("b");
            TestAuthority.replace(pair, other);
            lines.await("Certificate reloaded names=\"a.test\"");
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a4");
            Files.createSymbolicLink(mounted.resolve("data.new"), Path.of("v2"));
            Files.move(mounted.resolve("data.new"), mounted.resolve("data"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            lines.await("Certificate reloaded names=\"b.test\"");
            assertThat(server.shown(authority.client(), "b.test")).isEqualTo("b4");
            Files.delete(pair.certificate());
            lines.await("Certificate kept as it was");
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a4");
        }
    }

    @Test
    void aSessionIsResumedForItsOwnNameOnlyAndNotAfterAReload() throws Exception {
        PemPair pair = copy("resumed", a);
        Certificates certificates = load(pair, b);
        for (String protocol : List.of("-tls1_2", "-tls1_3")) {
            try (TlsServer server = new TlsServer(certificates.context())) {
                String session = "session" + protocol;
                assertThat(ask(server, "a.test", protocol, "-sess_out", session)).contains("New, ").contains("200 OK");
                assertThat(ask(server, "a.test", protocol, "-sess_in", session)).as("the same name, " + protocol).contains("Reused, ").contains("200 OK");
                assertThat(ask(server, "b.test", protocol, "-sess_in", session)).as("another name, " + protocol).contains("New, ").contains("CN = b");
                TestAuthority.replace(pair, authority.issue("renewed" + protocol, EC, "a.test"));
                assertThat(certificates.reload().changed()).hasSize(1);
                assertThat(ask(server, "a.test", protocol, "-sess_in", session)).as("after a reload, " + protocol).contains("New, ").contains("CN = renewed" + protocol);
            }
        }
    }

    @Test
    void expiryIsRemindedOfOnceADay() throws Exception {
        PemPair soon = authority.issue("soon", EC, "root", 30, "soon.test");
        Instant expires = Identity.read(soon).expires();
        ManualTime time = new ManualTime(expires.minus(Duration.ofDays(16)));
        CountDownLatch done = new CountDownLatch(1);
        time.onAdvance(() -> {
            if (time.now().isAfter(expires.plus(Duration.ofDays(1)).plus(Duration.ofHours(1)))) {
                done.countDown();
            }
        });
        Certificates certificates = Certificates.load(List.of(soon), time, log);
        try (CertificateWatch _ = certificates.watch(Duration.ofMinutes(10))) {
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        }
        long before = printed().lines().filter(line -> line.contains("WARN: Certificate expires soon names=\"soon.test\"")).count();
        assertThat(before).isBetween(13L, 14L);
        assertThat(printed()).contains("WARN: Certificate has expired names=\"soon.test\" expires=\"" + expires);
    }

    @Test
    void anExpiredCertificateAndAReadableKeyAreWarnedOfAndServed() throws Exception {
        PemPair pair = copy("readable", a);
        Files.setPosixFilePermissions(pair.key(), PosixFilePermissions.fromString("rw-r--r--"));
        Certificates certificates = Certificates.load(List.of(pair), new ManualTime(Identity.read(a).expires().plusSeconds(1)), log);
        assertThat(printed()).contains("WARN: Certificate has expired").contains("WARN: Private key is readable by every user of this host file=\"" + pair.key());
        try (TlsServer server = new TlsServer(certificates.context())) {
            assertThat(server.shown(authority.client(), "a.test")).isEqualTo("a");
        }
    }

    private String ask(TlsServer server, String host, String... more) throws Exception {
        String[] arguments = sClient(server, host, more);
        // the ticket of TLS 1.3 comes behind the handshake: only an answer says that it has come
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "printf 'GET / HTTP/1.1\\r\\nHost: a.test\\r\\nConnection: close\\r\\n\\r\\n' | timeout 20 openssl " + String.join(" ", arguments) + " -ign_eof 2>&1").directory(directory.toFile());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    private static String[] sClient(TlsServer server, String host, String... more) {
        String[] fixed = {"s_client", "-connect", "127.0.0.1:" + server.port(), "-servername", host, "-CAfile", "root.pem", "-verify_return_error"};
        String[] all = Arrays.copyOf(fixed, fixed.length + more.length);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return all;
    }

    private static UnaryOperator<SSLParameters> with(String protocol, String suite) {
        return parameters -> {
            parameters.setProtocols(new String[] {protocol});
            parameters.setCipherSuites(new String[] {suite});
            return parameters;
        };
    }

    private PemPair copy(String name, PemPair pair) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        PemPair copy = new PemPair(own.resolve("cert.pem"), own.resolve("key.pem"));
        Files.copy(pair.certificate(), copy.certificate());
        Files.copy(pair.key(), copy.key(), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        return copy;
    }

    private Certificates load(PemPair... pairs) {
        return Certificates.load(List.of(pairs), Time.system(), log);
    }

    private TlsServer serve(PemPair... pairs) throws IOException {
        return new TlsServer(load(pairs).context());
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }
}
