package dev.dewpoint.proxy.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;

/** Answers by the name that the client asks for. Immutable: an alias means the same as long as its context lives. */
final class NamedKeys extends X509ExtendedKeyManager {
    private final List<Identity> identities;
    private final Names names;

    NamedKeys(List<Identity> identities, Names names) {
        this.identities = List.copyOf(identities);
        this.names = names;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return alias(keyType, engine.getHandshakeSession());
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return socket instanceof SSLSocket secured ? alias(keyType, secured.getHandshakeSession()) : null;
    }

    /** Null if the host has no key of this kind: another host's certificate is not shown instead. */
    private String alias(String keyType, SSLSession session) {
        return asked(session).stream().filter(identity -> identity.key().getAlgorithm().equals(keyType)).findFirst().map(identity -> Integer.toString(identities.indexOf(identity))).orElse(null);
    }

    private List<Identity> asked(SSLSession session) {
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return names.forHost(host.getAsciiName());
                }
            }
        }
        return names.forNobody();
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identities.get(Integer.parseInt(alias)).chainArray();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identities.get(Integer.parseInt(alias)).key();
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return null;
    }
}
