package dev.dewpoint.proxy.http2;

import io.undertow.protocols.http2.HpackDecoder;
import io.undertow.protocols.http2.HpackException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Frames of the other side: taken apart and checked as far as that needs no knowledge of streams. */
final class Inward {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};
    private static final int MOST_PIECES = 64;

    private final Heard heard;
    private final int mostFields;
    private final HpackDecoder decoder = new HpackDecoder();
    private byte[] rest = NOTHING;
    private int preface;
    private boolean settled;
    private Pile block;
    private int blockOf;
    private boolean blockLast;
    private int pieces;

    Inward(Heard heard, boolean prefaceFirst, int mostFields) {
        this.heard = heard;
        this.preface = prefaceFirst ? 0 : PREFACE.length;
        this.mostFields = mostFields;
    }

    /** Its first settings have come. */
    boolean settled() {
        return settled;
    }

    boolean inBlock() {
        return block != null;
    }

    /** Puts what is left from before to the beginning of the buffer. */
    ByteBuffer into(ByteBuffer buffer) {
        return buffer.clear().put(rest);
    }

    void take(ByteBuffer in) throws Violation {
        while (preface < PREFACE.length && in.hasRemaining()) {
            if (in.get() != PREFACE[preface++]) {
                throw new Violation(Frame.PROTOCOL_ERROR, "it doesn't begin as HTTP/2 does");
            }
        }
        while (in.remaining() >= Frame.HEAD && !heard.over()) {
            int at = in.position();
            int length = (in.get(at) & 0xff) << 16 | in.getShort(at + 1) & 0xffff;
            if (length > Frame.MOST) {
                throw new Violation(Frame.FRAME_SIZE_ERROR, "a frame is too large");
            }
            if (in.remaining() < Frame.HEAD + length) {
                break;
            }
            int limit = in.limit();
            int end = at + Frame.HEAD + length;
            in.limit(end).position(at + Frame.HEAD);
            frame(in.get(at + 3), in.get(at + 4), in.getInt(at + 5) & Integer.MAX_VALUE, in);
            in.limit(limit).position(end);
        }
        rest = in.hasRemaining() ? new byte[in.remaining()] : NOTHING;
        in.get(rest);
    }

    private void frame(int type, int flags, int stream, ByteBuffer in) throws Violation {
        if (block != null && (type != Frame.CONTINUATION || stream != blockOf)) {
            throw new Violation(Frame.PROTOCOL_ERROR, "a block of fields was interrupted");
        }
        if (!settled && (type != Frame.SETTINGS || (flags & Frame.ACK) != 0)) {
            throw new Violation(Frame.PROTOCOL_ERROR, "it doesn't begin with its settings");
        }
        switch (type) {
            case Frame.DATA -> data(flags, stream, in);
            case Frame.HEADERS -> headers(flags, stream, in);
            case Frame.PRIORITY -> priority(stream, in);
            case Frame.RST_STREAM -> {
                expect(stream != 0, in.remaining() == 4);
                heard.wasReset(stream, in.getInt());
            }
            case Frame.SETTINGS -> settings(flags, stream, in);
            case Frame.PUSH_PROMISE -> throw new Violation(Frame.PROTOCOL_ERROR, "it pushes, and nobody asked it to");
            case Frame.PING -> {
                expect(stream == 0, in.remaining() == 8);
                if ((flags & Frame.ACK) == 0) {
                    heard.pinged(in.getLong());
                }
            }
            case Frame.GOAWAY -> {
                expect(stream == 0, in.remaining() >= 8);
                heard.goodBye(in.getInt() & Integer.MAX_VALUE);
            }
            case Frame.WINDOW_UPDATE -> {
                expect(true, in.remaining() == 4);
                heard.windowGrew(stream, in.getInt() & Integer.MAX_VALUE);
            }
            case Frame.CONTINUATION -> continuation(flags, in);
            default -> {
                // what nobody knows is passed over
            }
        }
    }

    private static void expect(boolean place, boolean size) throws Violation {
        if (!place) {
            throw new Violation(Frame.PROTOCOL_ERROR, "a frame is about the wrong stream");
        }
        if (!size) {
            throw new Violation(Frame.FRAME_SIZE_ERROR, "a frame has the wrong size");
        }
    }

    private static void unpad(int flags, ByteBuffer in) throws Violation {
        if ((flags & Frame.PADDED) != 0) {
            expect(true, in.hasRemaining());
            int padding = in.get() & 0xff;
            if (padding > in.remaining()) {
                throw new Violation(Frame.PROTOCOL_ERROR, "there is more padding than frame");
            }
            in.limit(in.limit() - padding);
        }
    }

    private void data(int flags, int stream, ByteBuffer in) throws Violation {
        expect(stream != 0, true);
        int counted = in.remaining();
        unpad(flags, in);
        heard.data(stream, in, counted, (flags & Frame.END_STREAM) != 0);
    }

    private void headers(int flags, int stream, ByteBuffer in) throws Violation {
        expect(stream != 0, true);
        unpad(flags, in);
        boolean itself = false;
        if ((flags & Frame.PRIORITISED) != 0) {
            expect(true, in.remaining() >= 5);
            itself = (in.getInt() & Integer.MAX_VALUE) == stream;
            in.get();
        }
        block = new Pile();
        blockOf = stream;
        blockLast = (flags & Frame.END_STREAM) != 0;
        pieces = 0;
        piece(flags, in);
        if (itself) {
            heard.wrong(stream, Frame.PROTOCOL_ERROR);
        }
    }

    private void continuation(int flags, ByteBuffer in) throws Violation {
        if (block == null) {
            throw new Violation(Frame.PROTOCOL_ERROR, "it continues what wasn't begun");
        }
        piece(flags, in);
    }

    private void piece(int flags, ByteBuffer in) throws Violation {
        block.put(in);
        boolean all = (flags & Frame.END_HEADERS) != 0;
        if (block.size() > mostFields + Frame.MOST || ++pieces > MOST_PIECES) {
            throw new Violation(Frame.ENHANCE_YOUR_CALM, "a block of fields is too large");
        }
        if (!all) {
            return;
        }
        ByteBuffer whole = ByteBuffer.allocate(block.size());
        block.take(whole);
        block = null;
        heard.fields(blockOf, decode(whole.flip()), blockLast);
    }

    private Listed decode(ByteBuffer whole) throws Violation {
        Listed fields = new Listed(mostFields);
        decoder.setHeaderEmitter(fields);
        try {
            decoder.decode(whole, false);
        } catch (HpackException | RuntimeException e) {
            throw new Violation(Frame.COMPRESSION_ERROR, "a block of fields can't be decoded");
        }
        return fields;
    }

    private void priority(int stream, ByteBuffer in) throws Violation {
        expect(stream != 0, true);
        if (in.remaining() != 5) {
            heard.wrong(stream, Frame.FRAME_SIZE_ERROR);
        } else if ((in.getInt() & Integer.MAX_VALUE) == stream) {
            heard.wrong(stream, Frame.PROTOCOL_ERROR);
        }
    }

    private void settings(int flags, int stream, ByteBuffer in) throws Violation {
        boolean taken = (flags & Frame.ACK) != 0;
        expect(stream == 0, taken ? !in.hasRemaining() : in.remaining() % 6 == 0);
        if (taken) {
            return;
        }
        while (in.hasRemaining()) {
            heard.setting(in.getShort() & 0xffff, in.getInt() & 0xffff_ffffL);
        }
        settled = true;
        heard.settled();
    }
}
