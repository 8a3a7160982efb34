package dev.dewpoint.artifact;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** A file read from anywhere, little-endian, through one window. */
final class RandomAccess implements AutoCloseable {
    private static final int WINDOW = 128 * 1024;

    private final RandomAccessFile file;
    private final HostTrouble trouble;
    private final long size;
    private final byte[] window = new byte[WINDOW];
    private long windowStart;
    private int windowLength;

    RandomAccess(Path path, HostTrouble trouble) {
        this.trouble = trouble;
        try {
            this.file = new RandomAccessFile(path.toFile(), "r");
            this.size = file.length();
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
    }

    long size() {
        return size;
    }

    /** The bytes asked for; what is beyond the end is the archive's fault. */
    ByteBuffer at(long position, int length) throws Rejected {
        requireWithin(position, length);
        if (position < windowStart || position + length > windowStart + windowLength) {
            fill(position);
        }
        return ByteBuffer.wrap(window, (int) (position - windowStart), length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** As much as the window gives from there, at most {@code longest}. */
    ByteBuffer upTo(long position, long longest) throws Rejected {
        requireWithin(position, 1);
        if (position < windowStart || position >= windowStart + windowLength) {
            fill(position);
        }
        int from = (int) (position - windowStart);
        return ByteBuffer.wrap(window, from, (int) Math.min(longest, windowLength - from));
    }

    private void requireWithin(long position, int length) throws Rejected {
        if (position < 0 || position > size - length) {
            throw new Rejected(Rejection.TRUNCATED, "the zip archive points beyond its end");
        }
    }

    private void fill(long position) throws Rejected {
        try {
            file.seek(position);
            windowStart = position;
            windowLength = 0;
            int n = 0;
            while (windowLength < WINDOW && (n = file.read(window, windowLength, WINDOW - windowLength)) >= 0) {
                windowLength += n;
            }
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
        if (windowLength < Math.min(WINDOW, size - position)) {
            throw new Rejected(Rejection.TRUNCATED, "its file became shorter while it was read");
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
    }
}
