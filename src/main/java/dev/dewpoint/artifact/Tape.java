package dev.dewpoint.artifact;

import java.io.InputStream;
import java.util.Arrays;

/** What was read ahead, as the stream that the tar library wants; it can be looked at before the library reads it. */
final class Tape extends InputStream {
    private final ReadAhead in;
    private byte[] kept = {};
    private int keptAt;

    Tape(ReadAhead in) {
        this.in = in;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (keptAt < kept.length) {
            int n = Math.min(length, kept.length - keptAt);
            System.arraycopy(kept, keptAt, into, offset, n);
            keptAt += n;
            return n;
        }
        if (length == 0) {
            return 0;
        }
        if (!in.more()) {
            return -1;
        }
        int n = Math.min(length, in.available());
        System.arraycopy(in.bytes(), in.position(), into, offset, n);
        in.advance(n);
        return n;
    }

    /** The next bytes, which {@link #again} gives back; less than asked for only at the end. */
    byte[] look(int length) {
        byte[] bytes = new byte[length];
        return Arrays.copyOf(bytes, in.read(bytes, 0, length));
    }

    void again(byte[] bytes) {
        kept = bytes;
        keptAt = 0;
    }
}
