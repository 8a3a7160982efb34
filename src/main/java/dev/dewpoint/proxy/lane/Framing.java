package dev.dewpoint.proxy.lane;

import java.nio.ByteBuffer;

/**
 * How far a body goes. It is shown every byte that passes and says where the message ends; what isn't well formed to
 * the letter is refused, and chunk extensions are cut out.
 */
final class Framing {
    /** The body is broken. */
    static final int MALFORMED = -1;

    private static final int LONGEST_SIZE_LINE = 1024;
    private static final int LONGEST_TRAILER = 16 << 10;

    private enum Step { LENGTH, UNTIL_CLOSE, SIZE, SIZE_BLANK, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER_START, TRAILER_NAME, TRAILER_VALUE, TRAILER_LF, LAST_LF, DONE }

    private Step step = Step.DONE;
    private long left;
    private long passed;
    private int line;
    private int digits;
    private int trailer;
    private final byte[] name = new byte[Field.LONGEST];
    private int nameLength;

    void none() {
        start(Step.DONE);
    }

    void length(long bytes) {
        start(bytes == 0 ? Step.DONE : Step.LENGTH);
        left = bytes;
    }

    void chunked() {
        start(Step.SIZE);
    }

    void untilClose() {
        start(Step.UNTIL_CLOSE);
    }

    private void start(Step first) {
        step = first;
        left = 0;
        passed = 0;
        line = 0;
        digits = 0;
        trailer = 0;
    }

    boolean done() {
        return step == Step.DONE;
    }

    boolean endsWithConnection() {
        return step == Step.UNTIL_CLOSE;
    }

    /** Nothing of a chunk is outstanding: what follows could be the end. */
    boolean betweenChunks() {
        return step == Step.SIZE && digits == 0;
    }

    /** Bytes of content so far, without framing. */
    long passed() {
        return passed;
    }

    /**
     * Answers where the body's part of the buffer ends, or {@link #MALFORMED}. Never moves position; lowers the limit
     * by what was cut out.
     */
    int scan(ByteBuffer buffer) {
        int at = buffer.position();
        int to = buffer.limit();
        if (step == Step.LENGTH) {
            long part = Math.min(left, to - at);
            left -= part;
            passed += part;
            if (left == 0) {
                step = Step.DONE;
            }
            return at + (int) part;
        }
        if (step == Step.UNTIL_CLOSE) {
            passed += to - at;
            return to;
        }
        return step == Step.DONE ? at : scanChunks(buffer, at);
    }

    private int scanChunks(ByteBuffer buffer, int from) {
        int at = from;
        int extension = cutOut(step) ? at : -1;
        while (at < buffer.limit() && step != Step.DONE) {
            if (step == Step.DATA) {
                long part = Math.min(left, buffer.limit() - at);
                left -= part;
                passed += part;
                at += (int) part;
                if (left == 0) {
                    step = Step.DATA_CR;
                }
                continue;
            }
            Step before = step;
            if (!accept(buffer.get(at))) {
                return MALFORMED;
            }
            if (before == Step.SIZE && cutOut(step)) {
                extension = at;
            } else if (cutOut(before) && step == Step.SIZE_LF) {
                cut(buffer, extension, at);
                at = extension;
                extension = -1;
            }
            at++;
        }
        if (extension >= 0) {
            cut(buffer, extension, at);
            at = extension;
        }
        return at;
    }

    private static boolean cutOut(Step step) {
        return step == Step.SIZE_BLANK || step == Step.EXTENSION;
    }

    private static void cut(ByteBuffer buffer, int from, int to) {
        int limit = buffer.limit();
        buffer.put(from, buffer, to, limit - to);
        buffer.limit(limit - (to - from));
    }

    private boolean accept(byte b) {
        return switch (step) {
            case SIZE -> size(b);
            case SIZE_BLANK -> b == '\r' ? go(Step.SIZE_LF) : b == ';' ? go(Step.EXTENSION) : Bytes.isBlank(b) && ++line <= LONGEST_SIZE_LINE;
            case EXTENSION -> extension(b);
            case SIZE_LF -> b == '\n' && go(left == 0 ? Step.TRAILER_START : Step.DATA);
            case DATA_CR -> b == '\r' && go(Step.DATA_LF);
            case DATA_LF -> b == '\n' && nextChunk();
            case TRAILER_START -> b == '\r' ? go(Step.LAST_LF) : startName() && inName(b) && go(Step.TRAILER_NAME);
            case TRAILER_NAME -> b == ':' ? mayTrail() && go(Step.TRAILER_VALUE) : inName(b);
            case TRAILER_VALUE -> b == '\r' ? go(Step.TRAILER_LF) : Bytes.isValue(b) && count();
            case TRAILER_LF -> b == '\n' && go(Step.TRAILER_START);
            case LAST_LF -> b == '\n' && go(Step.DONE);
            case LENGTH, UNTIL_CLOSE, DATA, DONE -> false;
        };
    }

    private boolean size(byte b) {
        int digit = Bytes.hex(b);
        if (digit >= 0) {
            left = left << 4 | digit;
            return ++digits <= 15;
        }
        if (digits == 0) {
            return false;
        }
        return b == '\r' ? go(Step.SIZE_LF) : b == ';' ? go(Step.EXTENSION) : Bytes.isBlank(b) && go(Step.SIZE_BLANK);
    }

    private boolean extension(byte b) {
        return b == '\r' ? go(Step.SIZE_LF) : Bytes.isValue(b) && ++line <= LONGEST_SIZE_LINE;
    }

    private boolean nextChunk() {
        digits = 0;
        line = 0;
        return go(Step.SIZE);
    }

    private boolean startName() {
        nameLength = 0;
        return true;
    }

    private boolean inName(byte b) {
        if (nameLength < name.length) {
            name[nameLength] = b;
        }
        nameLength++;
        return Bytes.isToken(b) && count();
    }

    /** Whoever merges trailers into the head must not learn a new length, host or client address from them. */
    private boolean mayTrail() {
        return nameLength > name.length || Field.of(name, 0, nameLength) == Field.OTHER;
    }

    private boolean count() {
        return ++trailer <= LONGEST_TRAILER;
    }

    private boolean go(Step next) {
        step = next;
        return true;
    }
}
