package dev.dewpoint.host.pem;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Private keys as they are found in PEM files: PKCS#8, PKCS#1 (RSA) and SEC1 (EC). */
public final class PrivateKeys {
    /** By the algorithm's name, what a key of it signs with to prove itself. */
    private static final Map<String, String> SIGNATURES = Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");
    private static final byte[] PROBE = "which certificate is this key of?".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    /** AlgorithmIdentifier of rsaEncryption. */
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    /** The OID id-ecPublicKey. */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int CURVE = 0xa0;

    private PrivateKeys() {}

    public static PrivateKey read(Path file) throws Unusable {
        List<Pem.Block> blocks = Pem.read(file);
        Pem.Block block = blocks.stream().filter(candidate -> candidate.kind().endsWith("PRIVATE KEY")).findFirst()
                .orElseThrow(() -> new Unusable("it holds no private key: a block that begins with -----BEGIN PRIVATE KEY----- is needed"));
        if (block.isEncrypted()) {
            throw new Unusable("its key is encrypted with a passphrase; store one without: openssl pkey -in " + file + " -out NEW-FILE");
        }
        byte[] pkcs8 = switch (block.kind()) {
            case "PRIVATE KEY" -> block.bytes();
            case "RSA PRIVATE KEY" -> wrapped(RSA, block.bytes());
            case "EC PRIVATE KEY" -> wrapped(der(SEQUENCE, EC, curveOf(file, block.bytes())), block.bytes());
            default -> throw new Unusable("its key is a " + block.kind() + "; RSA, EC and Ed25519 keys are understood");
        };
        return parsed(pkcs8).filter(key -> signed(key).isPresent()).orElseThrow(() -> new Unusable("its key is damaged or of a kind that TLS doesn't know; RSA, EC (P-256, P-384, P-521) and Ed25519 are understood"));
    }

    /** Whether what one signs is what the other confirms. */
    public static boolean fit(PrivateKey key, PublicKey publicKey) {
        Optional<byte[]> signed = signed(key);
        if (signed.isEmpty() || !key.getAlgorithm().equals(publicKey.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(SIGNATURES.get(key.getAlgorithm()));
            signature.initVerify(publicKey);
            signature.update(PROBE);
            return signature.verify(signed.get());
        } catch (GeneralSecurityException e) {
            // sizes or curves that don't belong together
            return false;
        }
    }

    /** Empty for a key that can be read but, as its curve is unknown, not used. */
    private static Optional<byte[]> signed(PrivateKey key) {
        try {
            Signature signature = Signature.getInstance(SIGNATURES.get(key.getAlgorithm()));
            signature.initSign(key);
            signature.update(PROBE);
            return Optional.of(signature.sign());
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private static Optional<PrivateKey> parsed(byte[] pkcs8) {
        for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
            try {
                return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
            } catch (GeneralSecurityException e) {
                // another kind, then
            }
        }
        return Optional.empty();
    }

    /** PKCS#8 around an older form. */
    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return der(SEQUENCE, VERSION_0, algorithm, der(OCTET_STRING, key));
    }

    /** SEC1: version 1, the number as octets, then the curve's name in [0]; PKCS#8 says it outside. */
    private static byte[] curveOf(Path file, byte[] sec1) throws Unusable {
        try {
            int at = header(sec1, 0) + 3;
            at = header(sec1, at) + length(sec1, at);
            if (at < sec1.length && (sec1[at] & 0xff) == CURVE) {
                int start = header(sec1, at);
                return Arrays.copyOfRange(sec1, start, start + length(sec1, at));
            }
        } catch (IndexOutOfBoundsException e) {
            throw new Unusable("its key is damaged: it ends too early");
        }
        throw new Unusable("its key doesn't say which curve it is on; write it anew: openssl pkcs8 -topk8 -nocrypt -in " + file + " -out NEW-FILE");
    }

    /** Where the content of the element begins; keys are short, a length has three bytes at most. */
    private static int header(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = at + 2; i < header(der, at); i++) {
            length = length << 8 | der[i] & 0xff;
        }
        return length;
    }

    private static byte[] der(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 5);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else if (length < 0x10000) {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        } else {
            out.write(0x83);
            out.write(length >> 16);
            out.write(length >> 8);
            out.write(length);
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
