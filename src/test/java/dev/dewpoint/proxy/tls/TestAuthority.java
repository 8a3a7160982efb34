package dev.dewpoint.proxy.tls;

import dev.dewpoint.testing.OpenSsl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A root, an intermediate and what they sign, made by openssl. */
final class TestAuthority {
    static final List<String> EC = List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
    static final List<String> RSA = List.of("-newkey", "rsa:2048");
    private static final List<String> ONLY_CA = List.of("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign");

    private final Path directory;

    TestAuthority(Path directory) {
        this.directory = directory;
        request("root", EC, 3650, "/CN=Root", ONLY_CA);
        List<String> signed = new ArrayList<>(List.of("-CA", "root.pem", "-CAkey", "root-key.pem"));
        signed.addAll(ONLY_CA);
        request("middle", EC, 3650, "/CN=Middle", signed);
    }

    /** By the root; a name of {@code _} gives one without names. */
    PemPair issue(String file, List<String> key, String... hosts) {
        return issue(file, key, "root", 90, hosts);
    }

    PemPair issue(String file, List<String> key, String by, int days, String... hosts) {
        List<String> more = new ArrayList<>(List.of("-CA", by + ".pem", "-CAkey", by + "-key.pem", "-addext", "basicConstraints=critical,CA:FALSE"));
        if (hosts.length > 0) {
            more.addAll(List.of("-addext", "subjectAltName=" + String.join(",", List.of(hosts).stream().map(host -> (host.matches("[0-9.]+|.*:.*") ? "IP:" : "DNS:") + host).toList())));
        }
        request(file, key, days, "/CN=" + file, more);
        return new PemPair(path(file + ".pem"), path(file + "-key.pem"));
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    void openssl(String... arguments) {
        OpenSsl.run(directory, arguments);
    }

    /** Puts other files in the place of these, each in one step. */
    static void replace(PemPair old, PemPair by) {
        try {
            Files.copy(by.certificate(), old.certificate().resolveSibling("new.pem"), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(by.key(), old.key().resolveSibling("new-key.pem"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            Files.move(old.certificate().resolveSibling("new.pem"), old.certificate(), StandardCopyOption.ATOMIC_MOVE);
            Files.move(old.key().resolveSibling("new-key.pem"), old.key(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** One that trusts the root, new each time: Java resumes sessions by address. */
    SSLContext client() {
        try (InputStream in = Files.newInputStream(path("root.pem"))) {
            Certificate root = CertificateFactory.getInstance("X.509").generateCertificate(in);
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("root", root);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void request(String file, List<String> key, int days, String subject, List<String> more) {
        List<String> arguments = new ArrayList<>(List.of("req", "-x509", "-nodes", "-subj", subject, "-days", Integer.toString(days), "-keyout", file + "-key.pem", "-out", file + ".pem"));
        arguments.addAll(key);
        arguments.addAll(more);
        openssl(arguments.toArray(String[]::new));
        try {
            Files.setPosixFilePermissions(path(file + "-key.pem"), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
