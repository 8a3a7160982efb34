package dev.dewpoint.proxy.lane;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.xnio.conduits.StreamSourceConduit;

/** What a client sends: read when there is room for it, kept until it is used up. */
final class Intake {
    private static final byte[] NOTHING = {};
    private static final int USUAL_SIZE = 1024;
    private static final int SIZE_WORTH_KEEPING = 4096;
    private static final int MOST_PIPELINED = 16 << 10;

    /** Read and not used up: {@code bytes[from, to)}. While a request is served its head and what is kept of its body stand before. */
    byte[] bytes = NOTHING;
    int from;
    int to;
    private final Lane lane;
    private final StreamSourceConduit source;
    private final Pace pace;
    private boolean ended;

    Intake(Lane lane, StreamSourceConduit source, Pace pace) {
        this.lane = lane;
        this.source = source;
        this.pace = pace;
    }

    /** Reads what is there; -1 at the end. The bytes stand between position and limit. */
    int read(ByteBuffer in) throws IOException {
        int start = in.position();
        int read = source.read(in);
        in.limit(in.position()).position(start);
        if (read < 0) {
            ended = true;
            source.suspendReads();
        } else {
            pace.moved(read);
        }
        return read;
    }

    /** Reads more of a head, or its beginning. Answers how much; -1 at the end. */
    int fill() throws IOException {
        ByteBuffer in = lane.in(Lane.WINDOW);
        int read = read(in);
        if (read > 0) {
            if (isEmpty()) {
                forget();
                pace.since(lane.time.nanos());
            }
            append(in);
        }
        return read;
    }

    void append(ByteBuffer in) {
        int more = in.remaining();
        if (to + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(USUAL_SIZE, Integer.highestOneBit(to + more - 1) << 1));
        }
        in.get(bytes, to, more);
        to += more;
    }

    /** While a request is served: keeps what the client sends in advance, up to a limit, and notices its end. */
    void readAhead() throws IOException {
        if (to - from >= MOST_PIPELINED) {
            source.suspendReads();
            return;
        }
        ByteBuffer in = lane.in(Lane.SMALL_WINDOW);
        if (read(in) > 0) {
            append(in);
        }
    }

    void pause() {
        source.suspendReads();
    }

    void resume() {
        if (!ended) {
            source.resumeReads();
        }
    }

    void resumeIfPaused() {
        if (!ended && !source.isReadResumed()) {
            source.resumeReads();
        }
    }

    boolean ended() {
        return ended;
    }

    boolean isEmpty() {
        return from == to;
    }

    /** The whole of it, or its beginning as far as it goes, if that is enough to tell. */
    boolean begins(byte[] word) {
        int length = Math.min(word.length, to - from);
        return length > 3 && Arrays.equals(bytes, from, from + length, word, 0, length);
    }

    byte[] rest() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** Moves what is left to the beginning. */
    void tidy() {
        if (from == to && bytes.length > SIZE_WORTH_KEEPING) {
            bytes = NOTHING;
        } else {
            System.arraycopy(bytes, from, bytes, 0, to - from);
        }
        to -= from;
        from = 0;
    }

    /** The same, but only if much has been used up before it. */
    void tidyIfWorthIt() {
        if (from >= MOST_PIPELINED) {
            tidy();
        }
    }

    void forget() {
        from = 0;
        to = 0;
    }

    void drop() {
        bytes = NOTHING;
    }
}
