package dev.dewpoint.artifact;

import dev.dewpoint.release.Digest;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;

/** The artifact's bytes, hashed as they are read, so that verifying them once more costs no second pass. One thread at a time. */
final class Source implements AutoCloseable {
    private final FileInputStream in;
    private final HostTrouble trouble;
    private final Digest.Algorithm algorithm;
    private final MessageDigest hasher;
    private volatile long consumed;
    private Digest whole;

    /** Not a channel: an interrupt must not close it under the thread that hashes the rest. */
    Source(Path file, Digest.Algorithm algorithm, HostTrouble trouble) {
        this.trouble = trouble;
        this.algorithm = algorithm;
        this.hasher = algorithm.hasher();
        try {
            this.in = new FileInputStream(file.toFile());
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
    }

    /** For decoders. Closing it leaves the source open: whatever they leave unread is hashed too. */
    InputStream stream() {
        return new InputStream() {
            @Override
            public int read() {
                byte[] one = new byte[1];
                return Source.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                return Source.this.read(into, offset, length);
            }
        };
    }

    private int read(byte[] into, int offset, int length) {
        int n;
        try {
            n = in.read(into, offset, length);
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
        if (n > 0) {
            hasher.update(into, offset, n);
            consumed = consumed + n;
        }
        return n;
    }

    /** May be asked by any thread. */
    long consumed() {
        return consumed;
    }

    /** The digest of the whole file, whatever part of it has been read so far. */
    Digest digest() {
        if (whole == null) {
            byte[] rest = new byte[128 * 1024];
            while (read(rest, 0, rest.length) >= 0) {
                // only the hash matters
            }
            whole = Digest.of(algorithm, hasher);
        }
        return whole;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
    }
}
