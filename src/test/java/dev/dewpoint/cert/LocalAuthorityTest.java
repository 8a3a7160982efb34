package dev.dewpoint.cert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.OpenSsl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalAuthorityTest {
    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(Time.system().now());

    @Test
    void opensslVerifiesTheChainForEachHost() {
        LocalAuthority.Issued issued = issue("localhost", "*.shop.test", "127.0.0.1", "::1", "2001:db8::17", "bücher.test");
        for (String host : List.of("localhost", "a.shop.test", "xn--bcher-kva.test")) {
            assertThat(verify("-verify_hostname", host).exitCode()).as(host).isZero();
        }
        for (String address : List.of("127.0.0.1", "::1", "2001:db8::17")) {
            assertThat(verify("-verify_ip", address).exitCode()).as(address).isZero();
        }
        assertThat(verify("-verify_hostname", "a.b.shop.test").exitCode()).isNotZero();
        assertThat(verify("-verify_ip", "127.0.0.2").exitCode()).isNotZero();
        assertThat(verify("-purpose", "sslclient").exitCode()).isNotZero();
        assertThat(OpenSsl.tried(directory, "verify", "-CAfile", "x.pem", "x.pem").exitCode()).as("not its own authority").isNotZero();
        assertThat(issued.made()).isTrue();
    }

    @Test
    void opensslReadsWhatWasMeant() {
        issue("localhost", "127.0.0.1");
        assertThat(text("ca/ca.pem")).contains("Public-Key: (256 bit)", "NIST CURVE: P-256", "ecdsa-with-SHA256", "CA:TRUE, pathlen:0", "Certificate Sign", "Version: 3 (0x2)")
                .containsPattern("Basic Constraints: critical").containsPattern("Key Usage: critical\\s+Certificate Sign\\s").containsPattern("Subject: O = Dewpoint, CN = Dewpoint development CA [0-9a-f]{8}");
        assertThat(text("x.pem")).contains("CA:FALSE", "Digital Signature", "TLS Web Server Authentication", "DNS:localhost, IP Address:127.0.0.1").containsPattern("Subject: O = Dewpoint development certificate, CN = localhost")
                .doesNotContain("Certificate Sign");
        String subjectKey = text("ca/ca.pem").replaceAll("(?s).*Subject Key Identifier:\\s*(\\S+).*", "$1");
        assertThat(text("x.pem")).containsPattern("Authority Key Identifier:\\s*" + subjectKey);
    }

    @Test
    void browsersAcceptTheTimesAndTheAuthorityLivesTenYears() {
        LocalAuthority.Issued issued = issue("localhost");
        assertThat(Duration.between(time.now(), issued.expires())).isBetween(Duration.ofDays(700), Duration.ofDays(825));
        assertThat(Duration.between(time.now(), open().expires())).isBetween(Duration.ofDays(3640), Duration.ofDays(3653));
        assertThat(OpenSsl.tried(directory, "x509", "-in", "x.pem", "-noout", "-checkend", Long.toString(Duration.ofDays(826).toSeconds())).exitCode()).isNotZero();
        // after 2050 a year is written with four digits
        LocalAuthority late = LocalAuthority.open(directory.resolve("late"), new ManualTime(Instant.parse("2045-06-01T00:00:00Z")));
        assertThat(late.expires()).isBetween(Instant.parse("2055-05-01T00:00:00Z"), Instant.parse("2055-06-02T00:00:00Z"));
        assertThat(OpenSsl.run(directory, "x509", "-in", "late/ca.pem", "-noout", "-dates")).contains("2045 GMT").contains("2055 GMT");
    }

    @Test
    void theKeysAreNobodyElsesBusiness() throws Exception {
        issue("localhost");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca")))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca/ca-key.pem")))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("x-key.pem")))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("x.pem")))).isEqualTo("rw-r--r--");
    }

    @Test
    void whatIsStillGoodStays() throws Exception {
        issue("localhost", "::1");
        byte[] authority = Files.readAllBytes(directory.resolve("ca/ca.pem"));
        byte[] certificate = Files.readAllBytes(directory.resolve("x.pem"));
        assertThat(open().isNew()).isFalse();
        assertThat(issue("::1", "localhost").made()).isFalse();
        assertThat(Files.readAllBytes(directory.resolve("ca/ca.pem"))).isEqualTo(authority);
        assertThat(Files.readAllBytes(directory.resolve("x.pem"))).isEqualTo(certificate);
        assertThat(issue("localhost").made()).as("other hosts").isTrue();
        assertThat(issue("localhost").made()).isFalse();
        Files.delete(directory.resolve("x-key.pem"));
        assertThat(issue("localhost").made()).as("the key is missing").isTrue();
        time.advance(Duration.ofDays(780));
        assertThat(issue("localhost").made()).isFalse();
        time.advance(Duration.ofDays(11));
        assertThat(issue("localhost").made()).as("it would expire within a month").isTrue();
        assertThat(issue("localhost").made()).isFalse();
    }

    @Test
    void filesOfOthersAreNotOverwritten() throws Exception {
        OpenSsl.run(directory, "req", "-x509", "-nodes", "-subj", "/CN=x", "-days", "3", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", "x-key.pem", "-out", "x.pem");
        byte[] key = Files.readAllBytes(directory.resolve("x-key.pem"));
        assertThatThrownBy(() -> issue("localhost")).isInstanceOf(Failure.class).hasMessageContaining("x.pem is there already and was not made by `dewpoint cert`");
        Files.delete(directory.resolve("x.pem"));
        assertThatThrownBy(() -> issue("localhost")).isInstanceOf(Failure.class).hasMessageContaining("x-key.pem is there already");
        assertThat(Files.readAllBytes(directory.resolve("x-key.pem"))).isEqualTo(key);
        assertThat(directory.resolve("x.pem")).doesNotExist();
    }

    @Test
    void anAuthorityThatIsDamagedOrOldIsSaidSo() throws Exception {
        open();
        Path key = directory.resolve("ca/ca-key.pem");
        byte[] own = Files.readAllBytes(key);
        LocalAuthority.open(directory.resolve("other"), time);
        Files.write(key, Files.readAllBytes(directory.resolve("other/ca-key.pem")));
        assertThatThrownBy(this::open).isInstanceOf(Failure.class).hasMessageContaining("is the key of another authority");
        Files.writeString(key, "none");
        assertThatThrownBy(this::open).isInstanceOf(Failure.class).hasMessageContaining("holds no key; put it back");
        Files.delete(key);
        assertThatThrownBy(this::open).isInstanceOf(Failure.class).hasMessageContaining("holds no key; put it back");
        Files.write(key, own);
        time.advance(Duration.ofDays(3640));
        assertThatThrownBy(this::open).isInstanceOf(Failure.class).hasMessageContaining("only; take it out of the stores");
    }

    @Test
    void aKeyThatACrashLeftAloneIsReplaced() throws Exception {
        Files.createDirectories(directory.resolve("ca"));
        Files.writeString(directory.resolve("ca/ca-key.pem"), "half");
        assertThat(open().isNew()).isTrue();
        assertThat(open().isNew()).isFalse();
        try (Stream<Path> left = Files.list(directory.resolve("ca"))) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("ca.pem", "ca-key.pem", "lock");
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> LocalAuthority.open(directory.resolve("file/ca"), time)).isInstanceOf(Failure.class).hasMessageContaining("Tried to open the certificate authority in " + directory.resolve("file/ca")).hasMessageContaining("--ca-dir");
    }

    @Test
    void serialNumbersDiffer() {
        issue("localhost");
        String one = OpenSsl.run(directory, "x509", "-in", "x.pem", "-noout", "-serial");
        issue("a.test");
        assertThat(OpenSsl.run(directory, "x509", "-in", "x.pem", "-noout", "-serial")).isNotEqualTo(one);
        assertThat(Set.of(one.strip().length())).containsExactly("serial=".length() + 32);
    }

    private LocalAuthority open() {
        return LocalAuthority.open(directory.resolve("ca"), time);
    }

    private LocalAuthority.Issued issue(String... hosts) {
        return open().issue(Stream.of(hosts).map(HostName::parse).toList(), directory.resolve("x.pem"), directory.resolve("x-key.pem"));
    }

    private OpenSsl.Ran verify(String... more) {
        return OpenSsl.tried(directory, Stream.of(Stream.of("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca/ca.pem"), Stream.of(more), Stream.of("x.pem")).flatMap(words -> words).toArray(String[]::new));
    }

    private String text(String file) {
        return OpenSsl.run(directory, "x509", "-in", file, "-noout", "-text");
    }
}
