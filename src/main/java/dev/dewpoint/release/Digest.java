package dev.dewpoint.release;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** What identifies an artifact: the hash of its bytes. */
public record Digest(Algorithm algorithm, String hex) {
    public enum Algorithm {
        SHA256("SHA-256", 64), SHA512("SHA-512", 128);

        private final String jdkName;
        private final int hexLength;

        Algorithm(String jdkName, int hexLength) {
            this.jdkName = jdkName;
            this.hexLength = hexLength;
        }

        public MessageDigest hasher() {
            try {
                return MessageDigest.getInstance(jdkName);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(jdkName + " is missing from this Java runtime", e);
            }
        }
    }

    public Digest {
        if (hex.length() != algorithm.hexLength || !hex.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
            throw new IllegalArgumentException("not a " + algorithm + " digest: " + hex);
        }
    }

    /** {@code sha256:…}, {@code sha512:…}, or the bare hex of either. */
    public static Optional<Digest> parse(String text) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        for (Algorithm algorithm : Algorithm.values()) {
            String prefix = algorithm.name().toLowerCase(Locale.ROOT) + ":";
            String hex = lower.startsWith(prefix) ? lower.substring(prefix.length()) : lower;
            if (hex.length() == algorithm.hexLength && hex.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return Optional.of(new Digest(algorithm, hex));
            }
        }
        return Optional.empty();
    }

    /** Ends the hasher's run. */
    public static Digest of(Algorithm algorithm, MessageDigest hasher) {
        return new Digest(algorithm, HexFormat.of().formatHex(hasher.digest()));
    }

    @Override
    public String toString() {
        return algorithm.name().toLowerCase(Locale.ROOT) + ":" + hex;
    }
}
