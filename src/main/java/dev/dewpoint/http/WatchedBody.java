package dev.dewpoint.http;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;

/** A body that may not grow beyond its cap, and that may not drip: less than 1 KiB/s over a minute ends it. */
final class WatchedBody extends InputStream {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final long LEAST_BYTES = 60L << 10;

    private final String tried;
    private final InputStream from;
    private final long largest;
    private final boolean mayNotDrip;
    private final Time time;
    private long read;
    private long windowStart;
    private long readBeforeWindow;

    WatchedBody(String tried, InputStream from, long largest, boolean mayNotDrip, Time time) {
        this.tried = tried;
        this.from = from;
        this.largest = largest;
        this.mayNotDrip = mayNotDrip;
        this.time = time;
        this.windowStart = time.nanos();
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        int n;
        try {
            n = from.read(into, offset, length);
        } catch (InterruptedIOException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "the answer stopped after " + read + " bytes", e);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the connection broke after " + read + " bytes: " + e.getMessage(), e);
        }
        if (n > 0) {
            read += n;
            if (read > largest) {
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "the answer is larger than the " + largest + " bytes allowed");
            }
            if (mayNotDrip) {
                watch();
            }
        }
        return n;
    }

    private void watch() {
        if (time.since(windowStart).compareTo(WINDOW) < 0) {
            return;
        }
        if (read - readBeforeWindow < LEAST_BYTES) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "it sent only " + (read - readBeforeWindow) + " bytes in " + WINDOW.toSeconds() + " s");
        }
        windowStart = time.nanos();
        readBeforeWindow = read;
    }

    @Override
    public void close() throws IOException {
        from.close();
    }
}
