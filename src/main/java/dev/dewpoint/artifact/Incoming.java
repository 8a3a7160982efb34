package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Digest.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The file that a download is written to, with the hashes of what it holds so far. */
final class Incoming implements AutoCloseable {
    private static final int BUFFER = 256 << 10;

    private final String name;
    private final FileChannel file;
    private final Set<Algorithm> algorithms;
    private final long largest;
    private final Map<Algorithm, MessageDigest> hashers = new EnumMap<>(Algorithm.class);
    private long bytes;
    private String etag;

    private Incoming(String name, FileChannel file, Set<Algorithm> algorithms, long largest) {
        this.name = name;
        this.file = file;
        this.algorithms = algorithms;
        this.largest = largest;
    }

    /** {@code keep}: what an earlier run left is hashed again and continued; otherwise it is dropped. */
    static Incoming open(String name, Path partial, Set<Algorithm> algorithms, boolean keep, long largest) {
        try {
            FileChannel file = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Incoming incoming = new Incoming(name, file, algorithms, largest);
            incoming.restartHashes();
            if (keep) {
                incoming.rehash();
            } else {
                incoming.restart();
            }
            return incoming;
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "write " + partial, "this host could not: " + e, e);
        }
    }

    long bytes() {
        return bytes;
    }

    String etag() {
        return etag;
    }

    void etag(String value) {
        etag = value;
    }

    void restart() {
        try {
            file.truncate(0);
            file.position(0);
        } catch (IOException e) {
            throw full(e);
        }
        bytes = 0;
        restartHashes();
    }

    /** A Failure comes from the other side, an IOException from reading a local file, EXHAUSTED from this host's disk. */
    void read(InputStream in, Optional<Long> total, Download.Progress progress) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            if (bytes + n > largest) {
                throw new Failure(Failure.Kind.CORRUPT, "download " + name, "it is larger than the " + largest + " bytes allowed");
            }
            ByteBuffer left = ByteBuffer.wrap(buffer, 0, n);
            try {
                while (left.hasRemaining()) {
                    file.write(left);
                }
            } catch (IOException e) {
                throw full(e);
            }
            for (MessageDigest hasher : hashers.values()) {
                hasher.update(buffer, 0, n);
            }
            bytes += n;
            progress.at(bytes, total);
        }
    }

    Map<Algorithm, Digest> finish() {
        Map<Algorithm, Digest> digests = new EnumMap<>(Algorithm.class);
        hashers.forEach((algorithm, hasher) -> digests.put(algorithm, Digest.of(algorithm, hasher)));
        return digests;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw full(e);
        }
    }

    private void rehash() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        while (file.read(buffer) >= 0) {
            for (MessageDigest hasher : hashers.values()) {
                hasher.update(buffer.array(), 0, buffer.position());
            }
            bytes += buffer.position();
            buffer.clear();
        }
    }

    private void restartHashes() {
        hashers.clear();
        hashers.put(Algorithm.SHA256, Algorithm.SHA256.hasher());
        for (Algorithm algorithm : algorithms) {
            hashers.putIfAbsent(algorithm, algorithm.hasher());
        }
    }

    private Failure full(IOException e) {
        return new Failure(Failure.Kind.EXHAUSTED, "write the download of " + name, "this host could not: " + e, e);
    }
}
