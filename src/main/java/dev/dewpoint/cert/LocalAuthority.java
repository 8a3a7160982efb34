package dev.dewpoint.cert;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.host.RootLock;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A certificate authority for one developer's machine: its key never leaves the directory that it was made in. */
public final class LocalAuthority {
    private static final Duration LIFE = Duration.ofDays(3650);
    /** Some browsers refuse what is valid for more than 825 days. */
    private static final Duration SERVER_LIFE = Duration.ofDays(820);
    private static final Duration RENEWED_BEFORE = Duration.ofDays(30);
    private static final String OURS = "CN=Dewpoint development CA ";

    private final Path directory;
    private final Time time;
    private final X509Certificate certificate;
    private final PrivateKey key;
    private final boolean made;

    private LocalAuthority(Path directory, Time time, X509Certificate certificate, PrivateKey key, boolean made) {
        this.directory = directory;
        this.time = time;
        this.certificate = certificate;
        this.key = key;
        this.made = made;
    }

    /** @param made false: what was there is still good */
    public record Issued(List<HostName> hosts, Path certificate, Path key, Instant expires, boolean made) {
        public Issued {
            hosts = List.copyOf(hosts);
        }
    }

    /** Where the authority of a directory has its certificate, the part that others are to trust. */
    public static Path certificateIn(Path directory) {
        return directory.resolve("ca.pem");
    }

    private static Path keyIn(Path directory) {
        return directory.resolve("ca-key.pem");
    }

    /**
     * The authority of this directory; a new one if there is none.
     *
     * @throws Failure if the directory can't be used or what it holds is damaged, lacks its key or has expired
     */
    public static LocalAuthority open(Path directory, Time time) {
        String tried = "open the certificate authority in " + directory;
        try {
            makePrivate(directory);
            Path lock = directory.resolve("lock");
            Optional<RootLock> taken = RootLock.take(lock);
            if (taken.isEmpty()) {
                throw new Failure(Failure.Kind.EXHAUSTED, tried, RootLock.holder(lock) + " is at work there; try again when it has ended");
            }
            try (RootLock _ = taken.get()) {
                return Files.exists(certificateIn(directory)) ? reopen(directory, time, tried) : make(directory, time);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, tried, "the directory can't be used: " + e + "; correct its permissions or choose another one by --ca-dir", e);
        }
    }

    private static void makePrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory.getParent());
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** The key first: a key without a certificate has signed nothing and is replaced. */
    private static LocalAuthority make(Path directory, Time time) throws IOException {
        KeyPair keys = CertificateText.newKey();
        Durable.write(keyIn(directory), CertificateText.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
        Durable.write(certificateIn(directory), CertificateText.pem("CERTIFICATE", CertificateText.authority(keys, time.now(), LIFE)), "rw-r--r--");
        return new LocalAuthority(directory, time, readCertificate(certificateIn(directory)).orElseThrow(), keys.getPrivate(), true);
    }

    private static LocalAuthority reopen(Path directory, Time time, String tried) throws IOException {
        String remedy = "; put it back, or take the authority out of the stores by `dewpoint cert --uninstall`, remove the directory and begin anew";
        X509Certificate certificate = readCertificate(certificateIn(directory)).orElseThrow(() -> new Failure(Failure.Kind.MISCONFIGURED, tried, certificateIn(directory) + " holds no certificate" + remedy));
        PrivateKey key = readKey(keyIn(directory)).orElseThrow(() -> new Failure(Failure.Kind.MISCONFIGURED, tried, keyIn(directory) + " holds no key" + remedy));
        if (!fit(key, certificate.getPublicKey())) {
            throw new Failure(Failure.Kind.MISCONFIGURED, tried, keyIn(directory) + " is the key of another authority" + remedy);
        }
        if (certificate.getNotAfter().toInstant().isBefore(time.now().plus(RENEWED_BEFORE))) {
            throw new Failure(Failure.Kind.MISCONFIGURED, tried, "it is valid until " + certificate.getNotAfter().toInstant() + " only; take it out of the stores by `dewpoint cert --uninstall`, remove the directory and begin anew");
        }
        return new LocalAuthority(directory, time, certificate, key, false);
    }

    /** Whether this call made it. */
    public boolean isNew() {
        return made;
    }

    public Path certificate() {
        return certificateIn(directory);
    }

    public Instant expires() {
        return certificate.getNotAfter().toInstant();
    }

    /**
     * A certificate for these hosts in these two files. One that is there stays, if it is ours, for the same hosts and
     * good for another month.
     *
     * @throws Failure if a file is there that we didn't make, or can't be written
     */
    public Issued issue(List<HostName> hosts, Path certificateFile, Path keyFile) {
        String tried = "write the certificate " + certificateFile;
        try {
            Optional<X509Certificate> there = Files.exists(certificateFile, LinkOption.NOFOLLOW_LINKS) ? readCertificate(certificateFile) : Optional.empty();
            if (there.isPresent() && isStillGood(there.get(), keyFile, hosts)) {
                return new Issued(hosts, certificateFile, keyFile, there.get().getNotAfter().toInstant(), false);
            }
            refuseForeign(certificateFile, keyFile, there, tried);
            KeyPair keys = CertificateText.newKey();
            byte[] text = CertificateText.server(hosts, keys.getPublic(), time.now(), SERVER_LIFE, certificate.getSubjectX500Principal().getEncoded(), certificate.getPublicKey(), key);
            Files.createDirectories(certificateFile.getParent());
            Files.createDirectories(keyFile.getParent());
            // a certificate of ours without its key is made anew by the next call; a key alone would be somebody's
            Durable.write(certificateFile, CertificateText.pem("CERTIFICATE", text), "rw-r--r--");
            Durable.write(keyFile, CertificateText.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
            return new Issued(hosts, certificateFile, keyFile, readCertificate(certificateFile).orElseThrow().getNotAfter().toInstant(), true);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, tried, "a file can't be written: " + e + "; choose others by --cert-file and --key-file", e);
        }
    }

    private static void refuseForeign(Path certificateFile, Path keyFile, Optional<X509Certificate> there, String tried) {
        boolean isOurs = there.isPresent() && there.get().getIssuerX500Principal().getName().startsWith(OURS);
        for (Path file : List.of(certificateFile, keyFile)) {
            if (!isOurs && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new Failure(Failure.Kind.MISCONFIGURED, tried, file + " is there already and was not made by `dewpoint cert`; choose another name by --cert-file and --key-file");
            }
        }
    }

    private boolean isStillGood(X509Certificate there, Path keyFile, List<HostName> hosts) throws IOException {
        boolean lasts = there.getNotAfter().toInstant().isAfter(time.now().plus(RENEWED_BEFORE)) && !there.getNotBefore().toInstant().isAfter(time.now());
        return lasts && isSignedByUs(there) && names(there).equals(Set.copyOf(hosts)) && readKey(keyFile).filter(mine -> fit(mine, there.getPublicKey())).isPresent();
    }

    private boolean isSignedByUs(X509Certificate there) {
        try {
            there.verify(certificate.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Set<HostName> names(X509Certificate there) {
        try {
            return there.getSubjectAlternativeNames() == null ? Set.of() : there.getSubjectAlternativeNames().stream().map(name -> HostName.parse(name.get(1).toString())).collect(Collectors.toSet());
        } catch (CertificateException | IllegalArgumentException e) {
            return Set.of();
        }
    }

    private static Optional<X509Certificate> readCertificate(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    private static Optional<PrivateKey> readKey(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1).replaceAll("-----[A-Z ]+-----|\\s", "");
        try {
            return Optional.of(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean fit(PrivateKey key, PublicKey publicKey) {
        byte[] probe = publicKey.getEncoded();
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
