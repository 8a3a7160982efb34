package dev.dewpoint.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * RFC 1952 over the JDK's inflater: members one after the other are one stream, zeros may pad the end, anything else
 * after it is refused. The JDK's own GZIPInputStream ignores such a rest.
 */
final class GzipStream extends InputStream {
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;
    private static final int LONGEST_FIELD = 64 * 1024;

    private final InputStream in;
    private final byte[] buffer = new byte[128 * 1024];
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private int position;
    private int limit;
    private boolean ended;

    GzipStream(InputStream in) throws IOException {
        this.in = in;
        if (next() != 0x1f || next() != 0x8b) {
            throw new Rejected(Rejection.DAMAGED, "no gzip header");
        }
        header();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            int n = inflate(into, offset, length);
            if (n > 0) {
                crc.update(into, offset, n);
                return n;
            }
            if (inflater.finished()) {
                trailer();
            } else {
                refill();
            }
        }
        return -1;
    }

    private int inflate(byte[] into, int offset, int length) throws Rejected {
        try {
            int n = inflater.inflate(into, offset, length);
            if (n == 0 && inflater.needsDictionary()) {
                throw new Rejected(Rejection.DAMAGED, "it asks for a dictionary");
            }
            return n;
        } catch (DataFormatException e) {
            throw new Rejected(Rejection.DAMAGED, String.valueOf(e.getMessage()), e);
        }
    }

    private void refill() throws IOException {
        if (!fill()) {
            throw truncated();
        }
        inflater.setInput(buffer, 0, limit);
        position = limit;
    }

    private void header() throws IOException {
        int method = next();
        int flags = next();
        if (method != 8 || (flags & RESERVED) != 0) {
            throw new Rejected(Rejection.DAMAGED, "a gzip header with method " + method + " and flags " + flags);
        }
        for (int i = 0; i < 6; i++) {
            next();
        }
        if ((flags & EXTRA) != 0) {
            for (int left = little(2); left > 0; left--) {
                next();
            }
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CRC) != 0) {
            little(2);
        }
        crc.reset();
        inflater.reset();
        inflater.setInput(buffer, position, limit - position);
        position = limit;
    }

    private void trailer() throws IOException {
        position = limit - inflater.getRemaining();
        if (Integer.toUnsignedLong(little(4)) != crc.getValue() || little(4) != (int) inflater.getBytesWritten()) {
            throw new Rejected(Rejection.CHECKSUM, "the gzip checksum doesn't match");
        }
        if (position == limit && !fill()) {
            ended = true;
        } else if (buffer[position] == 0) {
            padding();
        } else if (next() == 0x1f && next() == 0x8b) {
            header();
        } else {
            throw new Rejected(Rejection.TRAILING_DATA, "something that isn't gzip follows the compressed data");
        }
    }

    private void padding() throws IOException {
        do {
            while (position < limit) {
                if (buffer[position++] != 0) {
                    throw new Rejected(Rejection.TRAILING_DATA, "something that isn't gzip follows the compressed data");
                }
            }
        } while (fill());
        ended = true;
    }

    private void skipText() throws IOException {
        for (int i = 0; next() != 0; i++) {
            if (i > LONGEST_FIELD) {
                throw new Rejected(Rejection.DAMAGED, "a gzip header without end");
            }
        }
    }

    private int little(int bytes) throws IOException {
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= next() << (8 * i);
        }
        return value;
    }

    private int next() throws IOException {
        if (position == limit && !fill()) {
            throw truncated();
        }
        return buffer[position++] & 0xff;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    private static Rejected truncated() {
        return new Rejected(Rejection.TRUNCATED, "it ends within the compressed data");
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
