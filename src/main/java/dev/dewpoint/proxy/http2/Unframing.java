package dev.dewpoint.proxy.http2;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads one message as the lane writes it. What was unsound has been refused there. */
final class Unframing {
    /** {@code length}: -1 chunked, -2 until the end of the connection, -3 another head follows. */
    record Body(long length) {
        static final Body NONE = new Body(0);
        static final Body CHUNKED = new Body(-1);
        static final Body OPEN = new Body(-2);
        static final Body INTERIM = new Body(-3);
    }

    private enum State { HEAD, LENGTH, OPEN, SIZE, CHUNK, CHUNK_END, TRAILERS, DONE }

    private final Told told;
    private final Pile kept = new Pile();
    private State state = State.HEAD;
    private long left;

    Unframing(Told told) {
        this.told = told;
    }

    boolean done() {
        return state == State.DONE;
    }

    boolean open() {
        return state == State.OPEN;
    }

    /** As far as it is taken. */
    void pass(ByteBuffer in) throws IOException {
        boolean taken = true;
        while (taken && in.hasRemaining()) {
            taken = switch (state) {
                case HEAD -> head(in);
                case LENGTH, CHUNK -> data(in);
                case OPEN -> told.data(in, in.remaining(), false) > 0;
                case SIZE -> size(in);
                case CHUNK_END -> skipLine(in);
                case TRAILERS -> trailers(in);
                case DONE -> false;
            };
        }
    }

    private boolean head(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            kept.put(in.get());
            if (kept.last() == '\n' && kept.endsWith((byte) '\r', (byte) '\n', (byte) '\r', (byte) '\n')) {
                String head = kept.text();
                kept.clear();
                Body body = told.head(head.substring(0, head.length() - 2));
                left = body.length();
                state = left > 0 ? State.LENGTH : left == 0 ? State.DONE : left == -1 ? State.SIZE : left == -2 ? State.OPEN : State.HEAD;
                return true;
            }
        }
        return true;
    }

    private boolean data(ByteBuffer in) throws IOException {
        boolean known = state == State.LENGTH;
        int taken = told.data(in, left, known);
        left -= taken;
        if (left == 0) {
            state = known ? State.DONE : State.CHUNK_END;
        }
        return taken > 0;
    }

    private boolean size(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            byte next = in.get();
            if (next != '\n') {
                kept.put(next);
                continue;
            }
            String line = kept.text().strip();
            kept.clear();
            int extension = line.indexOf(';');
            try {
                left = Long.parseLong(extension < 0 ? line : line.substring(0, extension).strip(), 16);
            } catch (NumberFormatException e) {
                throw new Broken("a chunk has no size");
            }
            state = left == 0 ? State.TRAILERS : State.CHUNK;
            return true;
        }
        return true;
    }

    private boolean skipLine(ByteBuffer in) {
        while (in.hasRemaining()) {
            if (in.get() == '\n') {
                state = State.SIZE;
                return true;
            }
        }
        return true;
    }

    private boolean trailers(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            kept.put(in.get());
            if (kept.last() == '\n' && (kept.size() == 2 || kept.endsWith((byte) '\r', (byte) '\n', (byte) '\r', (byte) '\n'))) {
                String trailers = kept.text();
                kept.clear();
                state = State.DONE;
                told.end(trailers.substring(0, trailers.length() - 2));
                return true;
            }
        }
        return true;
    }
}
