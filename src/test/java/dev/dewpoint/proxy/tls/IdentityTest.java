package dev.dewpoint.proxy.tls;

import static dev.dewpoint.proxy.tls.TestAuthority.EC;
import static dev.dewpoint.proxy.tls.TestAuthority.RSA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
    @TempDir
    static Path directory;

    private static TestAuthority authority;
    private static PemPair ec;
    private static PemPair rsa;

    @BeforeAll
    static void issue() {
        authority = new TestAuthority(directory);
        ec = authority.issue("ec", EC, "a.test", "10.0.0.1", "::1");
        rsa = authority.issue("rsa", RSA, "b.test");
    }

    @Test
    void namesComeFromTheCertificatesAlternativeNames() {
        Identity identity = Identity.read(ec);
        assertThat(identity.hosts()).containsExactly("a.test");
        assertThat(identity.names()).isEqualTo("a.test, 10.0.0.1, 0:0:0:0:0:0:0:1");
        assertThat(identity.remarks()).isEmpty();
        assertThat(Identity.read(authority.issue("nameless", EC)).remarks()).containsExactly("it names no host (subjectAltName), which browsers refuse");
    }

    @TestFactory
    Stream<DynamicTest> everyFormOfKeyIsRead() {
        authority.openssl("rsa", "-in", "rsa-key.pem", "-traditional", "-out", "pkcs1.pem");
        authority.openssl("ec", "-in", "ec-key.pem", "-out", "sec1.pem");
        authority.openssl("ecparam", "-name", "prime256v1", "-out", "parameters.pem");
        PemPair big = authority.issue("big", List.of("-newkey", "rsa:4096"), "big.test");
        authority.openssl("rsa", "-in", "big-key.pem", "-traditional", "-out", "big-pkcs1.pem");
        PemPair p384 = authority.issue("p384", List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"), "c.test");
        authority.openssl("ec", "-in", "p384-key.pem", "-out", "p384-sec1.pem");
        PemPair ed25519 = authority.issue("ed25519", List.of("-newkey", "ed25519"), "d.test");
        return Stream.of(
                reads("PKCS#8 RSA", rsa, "RSA"),
                reads("PKCS#8 EC", ec, "EC"),
                reads("PKCS#8 Ed25519", ed25519, "EdDSA"),
                reads("PKCS#1", new PemPair(rsa.certificate(), authority.path("pkcs1.pem")), "RSA"),
                reads("PKCS#1, 4096 bits", new PemPair(big.certificate(), authority.path("big-pkcs1.pem")), "RSA"),
                reads("SEC1", new PemPair(ec.certificate(), authority.path("sec1.pem")), "EC"),
                reads("SEC1, P-384", new PemPair(p384.certificate(), authority.path("p384-sec1.pem")), "EC"),
                reads("SEC1 behind its parameters", new PemPair(ec.certificate(), joined("with-parameters.pem", "parameters.pem", "sec1.pem")), "EC"),
                reads("one file for all", new PemPair(joined("all.pem", "ec-key.pem", "ec.pem"), authority.path("all.pem")), "EC"));
    }

    private static DynamicTest reads(String name, PemPair files, String algorithm) {
        return DynamicTest.dynamicTest(name, () -> {
            PrivateKey key = Identity.read(files).key();
            assertThat(key.getAlgorithm()).isEqualTo(algorithm);
        });
    }

    @Test
    void theChainIsSentInOrderWhateverItsFileSays() throws Exception {
        PemPair leaf = authority.issue("leaf", EC, "middle", 90, "leaf.test");
        PemPair sorted = new PemPair(joined("sorted.pem", "leaf.pem", "middle.pem"), leaf.key());
        PemPair shuffled = new PemPair(joined("shuffled.pem", "middle.pem", "root.pem", "leaf.pem"), leaf.key());
        PemPair odd = new PemPair(joined("odd.pem", "leaf.pem", "rsa.pem", "middle.pem"), leaf.key());
        assertThat(subjects(sorted)).containsExactly("CN=leaf", "CN=Middle");
        assertThat(Identity.read(sorted).remarks()).isEmpty();
        assertThat(subjects(shuffled)).containsExactly("CN=leaf", "CN=Middle", "CN=Root");
        assertThat(Identity.read(shuffled).remarks()).containsExactly("the chain was out of order and has been sorted");
        assertThat(subjects(odd)).containsExactly("CN=leaf", "CN=Middle");
        assertThat(Identity.read(odd).remarks()).containsExactly("certificates that don't belong to its chain were left out");
        for (PemPair pair : List.of(sorted, shuffled, odd)) {
            Log log = new Log(Time.system(), new ByteArrayOutputStream(), Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity());
            try (TlsServer server = new TlsServer(Certificates.load(List.of(pair), Time.system(), log).context())) {
                assertThat(server.shown(authority.client(), "leaf.test")).isEqualTo("leaf");
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> whatIsOfNoUseIsNamedWithWhatToDo() throws IOException {
        authority.openssl("pkey", "-in", "rsa-key.pem", "-aes128", "-passout", "pass:secret", "-out", "encrypted.pem");
        authority.openssl("rsa", "-in", "rsa-key.pem", "-traditional", "-aes128", "-passout", "pass:secret", "-out", "encrypted-pkcs1.pem");
        authority.openssl("ec", "-in", "ec-key.pem", "-no_public", "-param_enc", "explicit", "-out", "explicit.pem");
        authority.openssl("ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", "strange.pem");
        authority.openssl("pkcs8", "-topk8", "-nocrypt", "-in", "strange.pem", "-out", "strange-pkcs8.pem");
        String key = Files.readString(ec.key());
        Files.writeString(authority.path("garbled.pem"), key.replaceFirst("\n[^\n]{4}", "\n????"));
        Files.writeString(authority.path("short.pem"), key.replaceFirst("(?s)\n.*\n-----END", "\nMIGH\n-----END"));
        Files.writeString(authority.path("sec1-short.pem"), "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n");
        Files.writeString(authority.path("curveless.pem"), "-----BEGIN EC PRIVATE KEY-----\nMCUCAQEEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\n-----END EC PRIVATE KEY-----\n");
        Files.writeString(authority.path("dsa.pem"), "-----BEGIN DSA PRIVATE KEY-----\nMHcC\n-----END DSA PRIVATE KEY-----\n");
        Files.writeString(authority.path("empty.pem"), "");
        Files.writeString(authority.path("garbled-cert.pem"), Files.readString(ec.certificate()).replaceFirst("\n[^\n]{8}", "\nAAAAAAAA"));
        Files.write(authority.path("huge.pem"), new byte[2 * 1024 * 1024]);
        return Stream.of(
                refuses("a key that isn't there", "ec.pem", "nowhere.pem", "there is no such file"),
                refuses("a certificate that isn't there", "nowhere.pem", "ec-key.pem", "there is no such file"),
                refuses("an empty certificate", "empty.pem", "ec-key.pem", "it holds no certificate"),
                refuses("an empty key", "ec.pem", "empty.pem", "it holds no private key"),
                refuses("a directory", "ec.pem", ".", "it can't be read"),
                refuses("the files the wrong way round", "ec-key.pem", "ec.pem", "it holds no certificate"),
                refuses("an encrypted key", "rsa.pem", "encrypted.pem", "encrypted with a passphrase; store one without: openssl pkey -in "),
                refuses("an encrypted key of the old form", "rsa.pem", "encrypted-pkcs1.pem", "encrypted with a passphrase; store one without: openssl pkey -in "),
                refuses("the key of another certificate", "ec.pem", "root-key.pem", "the key belongs to another certificate"),
                refuses("a key of another kind", "ec.pem", "rsa-key.pem", "the key belongs to another certificate"),
                refuses("a key that isn't base64", "ec.pem", "garbled.pem", "is not base64"),
                refuses("half a key", "ec.pem", "short.pem", "its key is damaged or of a kind"),
                refuses("half a key of SEC1", "ec.pem", "sec1-short.pem", "its key is damaged"),
                refuses("a DSA key", "ec.pem", "dsa.pem", "its key is a DSA PRIVATE KEY"),
                refuses("a curve that has no name", "ec.pem", "explicit.pem", "its key is damaged or of a kind"),
                refuses("a key that names no curve", "ec.pem", "curveless.pem", "openssl pkcs8 -topk8 -nocrypt -in "),
                refuses("a curve that TLS doesn't know", "ec.pem", "strange.pem", "of a kind that TLS doesn't know"),
                refuses("a curve that TLS doesn't know, in PKCS#8", "ec.pem", "strange-pkcs8.pem", "of a kind that TLS doesn't know"),
                refuses("a damaged certificate", "garbled-cert.pem", "ec-key.pem", "certificate 1 in it is damaged"),
                refuses("a huge file", "huge.pem", "ec-key.pem", "larger than 1 MiB"));
    }

    private static DynamicTest refuses(String name, String certificate, String key, String why) {
        return DynamicTest.dynamicTest(name, () -> {
            String secret = Files.isRegularFile(authority.path(key)) ? Files.readString(authority.path(key)).replaceAll("-----[A-Z0-9 ]+-----|\\s", "") : "";
            assertThatThrownBy(() -> Identity.read(new PemPair(authority.path(certificate), authority.path(key)))).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.kind()).isEqualTo(Failure.Kind.MISCONFIGURED);
                assertThat(failure).hasMessageStartingWith("Tried to load the certificate " + authority.path(certificate)).hasMessageContaining(why);
                assertThat(failure).hasNoCause();
                if (secret.length() > 40) {
                    assertThat(failure.getMessage()).doesNotContain(secret.substring(10, 30));
                }
            });
        });
    }

    @Test
    void nothingToLoadIsAFailureToo() {
        Log log = new Log(Time.system(), new ByteArrayOutputStream(), Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity());
        assertThatThrownBy(() -> Certificates.load(List.of(), Time.system(), log)).hasMessage("Tried to open a port for TLS, but no certificate is given");
    }

    private static List<String> subjects(PemPair files) {
        return Identity.read(files).chain().stream().map(X509Certificate::getSubjectX500Principal).map(Object::toString).toList();
    }

    private static Path joined(String name, String... parts) {
        try {
            StringBuilder text = new StringBuilder("words before the first block\n");
            for (String part : parts) {
                text.append(Files.readString(authority.path(part)));
            }
            return Files.writeString(authority.path(name), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
