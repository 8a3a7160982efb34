package dev.dewpoint.artifact;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * The JDK's gzip, which reads one member after the other but ends in silence at whatever isn't another one: only zeros,
 * as padding, may stand there. It also calls itself for each empty member, and reads a header for as long as it goes on.
 */
final class StrictGzip extends GZIPInputStream {
    private static final int BUFFER = 128 * 1024;
    private static final int LONGEST_HEADER = 192 * 1024;
    private static final int TRAILER = 8;

    private final Below below;
    private boolean reading;
    private boolean ended;

    StrictGzip(InputStream source) throws IOException {
        this(new Below(source));
    }

    private StrictGzip(Below below) throws IOException {
        super(below, BUFFER);
        this.below = below;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (reading) {
            // from itself, between two members: better once more from here than ever deeper
            return 0;
        }
        int n = 0;
        while (n == 0 && length > 0) {
            reading = true;
            try {
                n = super.read(into, offset, length);
            } finally {
                reading = false;
            }
        }
        if (n < 0 && !ended) {
            ended = true;
            below.requireNothingBehind(buf, len - inf.getRemaining(), len);
        }
        return n;
    }

    /** Remembers what was read besides whole buffers: of the last trailer, and of what was tried as a header after it. */
    private static final class Below extends FilterInputStream {
        private final ByteArrayOutputStream besides = new ByteArrayOutputStream();

        Below(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int n = super.read(into, offset, length);
            if (length == BUFFER) {
                besides.reset();
            } else if (n > 0) {
                besides.write(into, offset, n);
                if (besides.size() > LONGEST_HEADER) {
                    throw new Rejected(Rejection.DAMAGED, "a gzip header without end");
                }
            }
            return n;
        }

        void requireNothingBehind(byte[] buffer, int from, int to) throws IOException {
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            rest.write(buffer, from, to - from);
            besides.writeTo(rest);
            byte[] seen = rest.toByteArray();
            requireZeros(seen, TRAILER, seen.length);
            byte[] some = new byte[BUFFER];
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                requireZeros(some, 0, n);
            }
        }

        private static void requireZeros(byte[] bytes, int from, int to) {
            for (int i = from; i < to; i++) {
                if (bytes[i] != 0) {
                    throw new Rejected(Rejection.TRAILING_DATA, "something that isn't gzip follows the compressed data");
                }
            }
        }
    }
}
