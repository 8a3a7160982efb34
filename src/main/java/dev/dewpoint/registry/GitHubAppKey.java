package dev.dewpoint.registry;

import java.io.ByteArrayOutputStream;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The private key of a GitHub App, as GitHub hands it out (PKCS#1) or as other tools write it (PKCS#8). */
public final class GitHubAppKey {
    private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    /** Version 0 and the algorithm rsaEncryption: what PKCS#8 puts before a PKCS#1 key. */
    private static final byte[] RSA = HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;

    private GitHubAppKey() {}

    /**
     * Line breaks may be written as {@code \n}, as they often are in environment variables.
     *
     * @throws IllegalArgumentException saying what is wrong, without the key
     */
    public static PrivateKey parse(String pem) {
        Matcher matcher = PEM.matcher(pem.replace("\\r", "").replace("\\n", "\n"));
        if (!matcher.find()) {
            throw new IllegalArgumentException("it is no key in PEM form; the whole text from -----BEGIN to -----END…----- is needed");
        }
        String kind = matcher.group(1);
        String content = matcher.group(2);
        if (kind.equals("ENCRYPTED PRIVATE KEY") || content.contains("Proc-Type")) {
            throw new IllegalArgumentException("it is encrypted with a passphrase; one without is needed");
        }
        if (!kind.equals("PRIVATE KEY") && !kind.equals("RSA PRIVATE KEY")) {
            throw new IllegalArgumentException("it is a " + kind + "; the RSA private key that GitHub generated for the app is needed");
        }
        return key(kind.startsWith("RSA") ? pkcs8(bytes(content)) : bytes(content));
    }

    private static byte[] bytes(String base64) {
        try {
            return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            // the cause would show characters of the key
            throw new IllegalArgumentException("its text between BEGIN and END is not base64");
        }
    }

    private static PrivateKey key(byte[] pkcs8) {
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException e) {
            throw new IllegalArgumentException("it is damaged, or no RSA key");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("RSA is missing from this Java runtime", e);
        }
    }

    private static byte[] pkcs8(byte[] pkcs1) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.writeBytes(RSA);
        write(inner, OCTET_STRING, pkcs1);
        ByteArrayOutputStream outer = new ByteArrayOutputStream();
        write(outer, SEQUENCE, inner.toByteArray());
        return outer.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, int tag, byte[] content) {
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(content.length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(content.length >> 8 * i);
            }
        }
        out.writeBytes(content);
    }
}
