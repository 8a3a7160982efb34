package dev.dewpoint.proxy.tls;

import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.TrustManager;

/**
 * One context for as long as a port is open, which makes each new engine from the context of the moment. An engine keeps
 * the one that it was made from, so a reload touches no connection; and as the keys of session tickets go with their
 * context, no session outlives the certificate that it was made with.
 */
final class ServerContext extends SSLContext {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /** Forward secret and authenticated only; AES first, as servers have it in hardware. */
    private static final String[] SUITES = {
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    };
    /** Those of clients without tickets are kept here: memory, so bounded. */
    private static final int SESSIONS_KEPT = 4096;
    private static final int SESSION_SECONDS = 3600;

    ServerContext(Supplier<SSLContext> now) {
        super(new Engines(now), now.get().getProvider(), "TLS");
    }

    /** With these keys and no others, for ever. */
    static SSLContext holding(NamedKeys keys) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, new TrustManager[0], null);
            context.getServerSessionContext().setSessionCacheSize(SESSIONS_KEPT);
            context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
            return context;
        } catch (NoSuchAlgorithmException | KeyManagementException e) {
            throw new IllegalStateException("TLS is missing from this Java runtime", e);
        }
    }

    private static final class Engines extends SSLContextSpi {
        private final Supplier<SSLContext> now;

        private Engines(Supplier<SSLContext> now) {
            this.now = now;
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return strict(now.get().createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return strict(now.get().createSSLEngine(host, port));
        }

        private static SSLEngine strict(SSLEngine engine) {
            engine.setUseClientMode(false);
            engine.setSSLParameters(strict(engine.getSSLParameters()));
            return engine;
        }

        private static SSLParameters strict(SSLParameters parameters) {
            parameters.setProtocols(PROTOCOLS);
            parameters.setCipherSuites(SUITES);
            parameters.setUseCipherSuitesOrder(true);
            parameters.setSNIMatchers(List.of(new AnyName()));
            return parameters;
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return strict(now.get().getDefaultSSLParameters());
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return now.get().getSupportedSSLParameters();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return now.get().getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return now.get().getClientSessionContext();
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
            throw new IllegalStateException("its keys come from files");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            throw new UnsupportedOperationException("it is for servers, which use engines");
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            throw new UnsupportedOperationException("a server socket would keep the certificates that it was opened with; use engines");
        }
    }

    /** Refuses nobody; but only beside a matcher does Java compare the name of a session with the one that resumes it. */
    private static final class AnyName extends SNIMatcher {
        private AnyName() {
            super(StandardConstants.SNI_HOST_NAME);
        }

        @Override
        public boolean matches(SNIServerName name) {
            return true;
        }
    }
}
