package dev.dewpoint.proxy.http2;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** A certificate for this host, made for one test class. */
record LocalCertificate(KeyStore store, char[] password) {
    static LocalCertificate make(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        Path file = folder.resolve("test.p12");
        String password = "password";
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "it", "-keyalg", "EC", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass",
                password, "-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1").redirectErrorStream(true).redirectOutput(folder.resolve("keytool.log").toFile()).start();
        if (keytool.waitFor() != 0) {
            throw new IOException(Files.readString(folder.resolve("keytool.log")));
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password.toCharArray());
        }
        return new LocalCertificate(store, password.toCharArray());
    }

    /** For both sides. */
    SSLContext context() {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    X509TrustManager trustManager() throws GeneralSecurityException {
        return (X509TrustManager) trust().getTrustManagers()[0];
    }

    private TrustManagerFactory trust() throws GeneralSecurityException {
        KeyStore trusted;
        try {
            trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        trusted.setCertificateEntry("it", store.getCertificate("it"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust;
    }
}
