package dev.dewpoint.replica.docker;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.pem.PrivateKeys;
import dev.dewpoint.host.pem.Unusable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** ca.pem, cert.pem and key.pem as docker's own client keeps them. */
final class EngineTls {
    private static final String TRIED = "read the certificates for the container engine";
    private static final char[] NO_PASSWORD = {};

    private EngineTls() {}

    static SSLContext context(Path directory) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, NO_PASSWORD);
            for (Certificate certificate : certificates(directory.resolve("ca.pem"))) {
                trusted.setCertificateEntry("ca" + trusted.size(), certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(directory).getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, TRIED, directory + " doesn't hold ca.pem, cert.pem and key.pem that can be read: " + e.getClass().getSimpleName() + "; correct DOCKER_CERT_PATH or the docker context", e);
        }
    }

    /** An engine may be content with knowing itself who it is: then there are no client's certificate and key. */
    private static KeyManagerFactory keys(Path directory) throws GeneralSecurityException, IOException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, NO_PASSWORD);
        Path key = directory.resolve("key.pem");
        if (Files.exists(key)) {
            try {
                own.setKeyEntry("client", PrivateKeys.read(key), NO_PASSWORD, certificates(directory.resolve("cert.pem")).toArray(Certificate[]::new));
            } catch (Unusable e) {
                throw new Failure(Failure.Kind.MISCONFIGURED, TRIED, key + ": " + e.getMessage(), e);
            }
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, NO_PASSWORD);
        return keys;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }
}
