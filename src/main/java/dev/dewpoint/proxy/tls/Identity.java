package dev.dewpoint.proxy.tls;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.pem.Pem;
import dev.dewpoint.host.pem.PrivateKeys;
import dev.dewpoint.host.pem.Unusable;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Who we are to a client: a chain, our own certificate first, each certificate signed by the next one, and the key.
 *
 * @param remarks what was odd about the files and didn't matter
 */
record Identity(List<X509Certificate> chain, PrivateKey key, List<String> hosts, List<InetAddress> addresses, List<String> remarks) {
    private static final Set<String> CERTIFICATE = Set.of("CERTIFICATE", "X509 CERTIFICATE");
    /** Kinds of names, as {@link X509Certificate#getSubjectAlternativeNames} counts them. */
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    static Identity read(PemPair files) {
        try {
            return readFiles(files);
        } catch (Refused refused) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "load the certificate " + files.certificate() + (refused.file.equals(files.certificate()) ? "" : " with the key " + refused.file), refused.getMessage());
        }
    }

    X509Certificate own() {
        return chain.getFirst();
    }

    Instant expires() {
        return own().getNotAfter().toInstant();
    }

    /** For people and the log. */
    String names() {
        List<String> names = new ArrayList<>(hosts);
        addresses.forEach(address -> names.add(address.getHostAddress()));
        return names.isEmpty() ? own().getSubjectX500Principal().getName() : String.join(", ", names);
    }

    X509Certificate[] chainArray() {
        return chain.toArray(X509Certificate[]::new);
    }

    private static final class Refused extends Exception {
        private final transient Path file;

        private Refused(Path file, String why) {
            super(why);
            this.file = file;
        }
    }

    private static Identity readFiles(PemPair files) throws Refused {
        List<X509Certificate> found;
        try {
            found = certificates(files.certificate());
        } catch (Unusable e) {
            throw new Refused(files.certificate(), e.getMessage());
        }
        PrivateKey key;
        try {
            key = PrivateKeys.read(files.key());
        } catch (Unusable e) {
            throw new Refused(files.key(), e.getMessage());
        }
        X509Certificate own = found.stream().filter(certificate -> PrivateKeys.fit(key, certificate.getPublicKey())).findFirst()
                .orElseThrow(() -> new Refused(files.key(), "the key belongs to another certificate; give the two files that were made together"));
        List<X509Certificate> chain = chainFrom(own, found);
        List<String> remarks = new ArrayList<>();
        if (!chain.equals(found)) {
            remarks.add(chain.size() == found.size() ? "the chain was out of order and has been sorted" : "certificates that don't belong to its chain were left out");
        }
        List<String> hosts = new ArrayList<>();
        List<InetAddress> addresses = new ArrayList<>();
        for (List<?> name : alternativeNames(files.certificate(), own)) {
            if (name.get(0).equals(DNS_NAME)) {
                hosts.add(((String) name.get(1)).toLowerCase(Locale.ROOT));
            } else if (name.get(0).equals(IP_ADDRESS)) {
                addresses.add(InetAddress.ofLiteral((String) name.get(1)));
            }
        }
        if (hosts.isEmpty() && addresses.isEmpty()) {
            remarks.add("it names no host (subjectAltName), which browsers refuse");
        }
        return new Identity(chain, key, List.copyOf(hosts), List.copyOf(addresses), List.copyOf(remarks));
    }

    private static List<X509Certificate> certificates(Path file) throws Unusable {
        List<X509Certificate> found = new ArrayList<>();
        for (Pem.Block block : Pem.read(file)) {
            if (CERTIFICATE.contains(block.kind())) {
                X509Certificate certificate = certificate(block.bytes(), found.size() + 1);
                if (!found.contains(certificate)) {
                    found.add(certificate);
                }
            }
        }
        if (found.isEmpty()) {
            throw new Unusable("it holds no certificate: a block that begins with -----BEGIN CERTIFICATE----- is needed");
        }
        return found;
    }

    private static X509Certificate certificate(byte[] der, int number) throws Unusable {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new Unusable("certificate " + number + " in it is damaged; copy the whole file again");
        }
    }

    /** Ours, who signed it, who signed that, as far as the file goes. */
    private static List<X509Certificate> chainFrom(X509Certificate own, List<X509Certificate> found) {
        List<X509Certificate> chain = new ArrayList<>(List.of(own));
        Optional<X509Certificate> next = issuer(own, found);
        while (next.isPresent() && !chain.contains(next.get())) {
            chain.add(next.get());
            next = issuer(next.get(), found);
        }
        return List.copyOf(chain);
    }

    private static Optional<X509Certificate> issuer(X509Certificate certificate, List<X509Certificate> found) {
        return found.stream().filter(candidate -> candidate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()) && hasSigned(candidate, certificate)).findFirst();
    }

    private static boolean hasSigned(X509Certificate issuer, X509Certificate certificate) {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Collection<List<?>> alternativeNames(Path file, X509Certificate certificate) throws Refused {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            throw new Refused(file, "its names (subjectAltName) can't be read");
        }
    }
}
