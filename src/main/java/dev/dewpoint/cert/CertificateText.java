package dev.dewpoint.cert;

import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Writes X.509 certificates (RFC 5280) with keys on P-256, and both as PEM. */
final class CertificateText {
    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
    private static final String ORGANIZATION = "2.5.4.10";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final int LONGEST_COMMON_NAME = 64;
    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String AUTHORITY_KEY = "2.5.29.35";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final int DIGITAL_SIGNATURE = 0x80;
    private static final int SIGN_CERTIFICATES = 0x04;
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;
    /** Clocks of browsers may be behind ours. */
    private static final Duration BACKDATED = Duration.ofHours(1);

    private CertificateText() {}

    static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("P-256 is missing from this Java runtime", e);
        }
    }

    static byte[] authority(KeyPair own, Instant now, Duration life) {
        String name = "Dewpoint development CA " + HexFormat.of().formatHex(identifier(own.getPublic()), 0, 4);
        byte[] subject = name(Optional.of("Dewpoint"), Optional.of(name));
        List<byte[]> extensions = List.of(
                extension(BASIC_CONSTRAINTS, true, Der.sequence(Der.isTrue(), Der.integer(0))),
                extension(KEY_USAGE, true, Der.flags(SIGN_CERTIFICATES)),
                extension(SUBJECT_KEY, false, Der.octets(identifier(own.getPublic()))));
        return certificate(subject, subject, now, life, own.getPublic(), extensions, own.getPrivate());
    }

    /** For a server, signed by the authority of this name and key. */
    static byte[] server(List<HostName> hosts, PublicKey own, Instant now, Duration life, byte[] issuer, PublicKey issuerKey, PrivateKey signer) {
        byte[] subject = name(Optional.of("Dewpoint development certificate"), Optional.of(hosts.getFirst().toString()).filter(host -> host.length() <= LONGEST_COMMON_NAME));
        List<byte[]> extensions = List.of(
                extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                extension(KEY_USAGE, true, Der.flags(DIGITAL_SIGNATURE)),
                extension(EXTENDED_KEY_USAGE, false, Der.sequence(Der.oid(SERVER_AUTHENTICATION))),
                extension(SUBJECT_KEY, false, Der.octets(identifier(own))),
                extension(AUTHORITY_KEY, false, Der.sequence(Der.instead(0, identifier(issuerKey)))),
                extension(ALTERNATIVE_NAMES, false, Der.sequence(hosts.stream().map(CertificateText::alternative).toArray(byte[][]::new))));
        return certificate(subject, issuer, now, life, own, extensions, signer);
    }

    static byte[] pem(String kind, byte[] der) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] alternative(HostName host) {
        return switch (host) {
            case HostName.Dns(String name) -> Der.instead(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII));
            case HostName.Address(InetAddress address) -> Der.instead(IP_ADDRESS, address.getAddress());
        };
    }

    private static byte[] certificate(byte[] subject, byte[] issuer, Instant now, Duration life, PublicKey key, List<byte[]> extensions, PrivateKey signer) {
        Instant from = now.minus(BACKDATED);
        byte[] signed = Der.sequence(
                Der.around(0, Der.integer(2)),
                Der.integer(new BigInteger(126, new SecureRandom()).setBit(126)),
                ECDSA_WITH_SHA256,
                issuer,
                Der.sequence(Der.time(from), Der.time(from.plus(life))),
                subject,
                key.getEncoded(),
                Der.around(3, Der.sequence(extensions.toArray(byte[][]::new))));
        return Der.sequence(signed, ECDSA_WITH_SHA256, Der.bits(sign(signed, signer)));
    }

    private static byte[] sign(byte[] content, PrivateKey signer) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(signer);
            signature.update(content);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a P-256 key could not sign", e);
        }
    }

    private static byte[] name(Optional<String> organization, Optional<String> commonName) {
        List<byte[]> parts = new ArrayList<>();
        organization.ifPresent(text -> parts.add(Der.set(Der.sequence(Der.oid(ORGANIZATION), Der.text(text)))));
        commonName.ifPresent(text -> parts.add(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text(text)))));
        return Der.sequence(parts.toArray(byte[][]::new));
    }

    private static byte[] extension(String oid, boolean critical, byte[] value) {
        return critical ? Der.sequence(Der.oid(oid), Der.isTrue(), Der.octets(value)) : Der.sequence(Der.oid(oid), Der.octets(value));
    }

    /** Of a key: the first 160 bits of its digest. It is a name, nothing more, and any will do (RFC 7093, 2). */
    private static byte[] identifier(PublicKey key) {
        try {
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), 20);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256 is missing from this Java runtime", e);
        }
    }
}
