package dev.dewpoint.http;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whose certificates are believed. */
record Authorities(X509TrustManager trust, SSLSocketFactory sockets) {
    /** Those of the Java runtime and these. */
    static Authorities with(Collection<X509Certificate> more) {
        try {
            KeyStore all = KeyStore.getInstance("PKCS12");
            all.load(null, null);
            int number = 0;
            for (X509Certificate certificate : Stream.concat(Stream.of(trust(null).getAcceptedIssuers()), more.stream()).toList()) {
                all.setCertificateEntry("authority-" + number++, certificate);
            }
            X509TrustManager trust = trust(all);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            return new Authorities(trust, context.getSocketFactory());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime can't hold certificates", e);
        }
    }

    /** @param store those of the Java runtime, if null */
    private static X509TrustManager trust(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509TrustManager) Stream.of(factory.getTrustManagers()).filter(X509TrustManager.class::isInstance).findFirst().orElseThrow();
    }
}
