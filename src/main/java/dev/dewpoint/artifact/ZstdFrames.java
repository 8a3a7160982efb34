package dev.dewpoint.artifact;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Walks along the frames of a zstd file before the decoder sees them. The decoder itself would allocate whatever window
 * or content size a frame claims, knows no skippable frames, and takes blocks longer than the format allows.
 */
final class ZstdFrames extends InputStream {
    /** What the decoder's block code supports, and the largest window of `zstd -19`. */
    private static final long LARGEST_WINDOW = 8L << 20;
    private static final int LARGEST_BLOCK = 128 * 1024;
    private static final int LITTLE_MAGIC = 0xFD2FB528;
    private static final int SKIPPABLE = 0x184D2A50;
    private static final int BLOCK_HEADER = 3;
    private static final int CHECKSUM = 4;

    private enum Next { FRAME, BLOCK, CHECKSUM, END }

    private final InputStream in;
    private final long memory;
    /** A magic, a frame header, or a block header: checked and then handed on. */
    private final byte[] head = new byte[18];
    private int headPosition;
    private int headLimit;
    private long blockLeft;
    private boolean checksummed;
    private Next next = Next.FRAME;

    ZstdFrames(InputStream in, long memory) {
        this.in = new BufferedInputStream(in, 128 * 1024);
        this.memory = memory;
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
        while (headPosition == headLimit && blockLeft == 0) {
            switch (next) {
                case FRAME -> frame();
                case BLOCK -> block();
                case CHECKSUM -> {
                    blockLeft = CHECKSUM;
                    next = Next.FRAME;
                }
                case END -> {
                    return -1;
                }
            }
        }
        if (headPosition < headLimit) {
            int n = Math.min(length, headLimit - headPosition);
            System.arraycopy(head, headPosition, into, offset, n);
            headPosition += n;
            return n;
        }
        int n = in.read(into, offset, (int) Math.min(length, blockLeft));
        if (n < 0) {
            throw truncated();
        }
        blockLeft -= n;
        return n;
    }

    private void frame() throws IOException {
        headPosition = 0;
        headLimit = 0;
        int first = in.read();
        if (first < 0) {
            next = Next.END;
            return;
        }
        head[headLimit++] = (byte) first;
        need(3);
        int magic = (int) little(0, 4);
        if ((magic & ~0xf) == SKIPPABLE) {
            need(4);
            in.skipNBytes(little(4, 4));
            headLimit = 0;
            return;
        }
        if (magic != LITTLE_MAGIC) {
            throw new Rejected(Rejection.TRAILING_DATA, "something that isn't zstd follows the compressed data");
        }
        frameHeader();
        next = Next.BLOCK;
    }

    private void frameHeader() throws IOException {
        need(1);
        int descriptor = head[4] & 0xff;
        boolean singleSegment = (descriptor & 0x20) != 0;
        int sizeBytes = switch (descriptor >>> 6) {
            case 0 -> singleSegment ? 1 : 0;
            case 1 -> 2;
            case 2 -> 4;
            default -> 8;
        };
        checksummed = (descriptor & 4) != 0;
        if ((descriptor & 8) != 0 || (descriptor & 3) != 0) {
            throw new Rejected(Rejection.DAMAGED, "a zstd frame that needs a dictionary or a later version of the format");
        }
        int windowAt = headLimit;
        need((singleSegment ? 0 : 1) + sizeBytes);
        long window;
        if (singleSegment) {
            window = little(windowAt, sizeBytes);
        } else {
            int exponent = (head[windowAt] & 0xff) >>> 3;
            long base = 1L << (10 + exponent);
            window = base + base / 8 * (head[windowAt] & 7);
        }
        // the decoder's buffer is as long as the window, and twice so while it grows
        long limit = Math.min(LARGEST_WINDOW, memory / 2);
        if (window < 0 || window > limit) {
            throw new Rejected(Rejection.DECODER_MEMORY, "a zstd window of " + (window < 0 ? "absurd size" : window + " bytes") + ", at most " + limit
                    + " are supported; compress it with `zstd -19` or lower, without --long and --ultra");
        }
    }

    private void block() throws IOException {
        headPosition = 0;
        headLimit = 0;
        need(BLOCK_HEADER);
        int header = (int) little(0, BLOCK_HEADER);
        int type = header >>> 1 & 3;
        int size = header >>> 3;
        if (type == 3 || size > LARGEST_BLOCK) {
            throw new Rejected(Rejection.DAMAGED, "a zstd block of type " + type + " and " + size + " bytes");
        }
        blockLeft = type == 1 ? 1 : size;
        if ((header & 1) != 0) {
            next = checksummed ? Next.CHECKSUM : Next.FRAME;
        }
    }

    private void need(int bytes) throws IOException {
        if (in.readNBytes(head, headLimit, bytes) < bytes) {
            throw truncated();
        }
        headLimit += bytes;
    }

    private long little(int at, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (head[at + i] & 0xffL) << (8 * i);
        }
        return value;
    }

    private static Rejected truncated() {
        return new Rejected(Rejection.TRUNCATED, "it ends within the compressed data");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
