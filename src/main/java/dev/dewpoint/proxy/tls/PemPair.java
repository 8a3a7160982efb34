package dev.dewpoint.proxy.tls;

import java.nio.file.Path;
import java.util.Objects;

/** A chain of certificates, the server's own among them, and its private key. Both may stand in one file. */
public record PemPair(Path certificate, Path key) {
    public PemPair {
        Objects.requireNonNull(certificate, "certificate is null");
        Objects.requireNonNull(key, "key is null");
    }
}
