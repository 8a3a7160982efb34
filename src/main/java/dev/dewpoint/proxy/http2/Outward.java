package dev.dewpoint.proxy.http2;

import io.undertow.protocols.http2.HpackEncoder;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.xnio.conduits.StreamSinkConduit;

/** Frames on their way to the other side: they wait here until the socket takes them. */
final class Outward {
    /** With so much waiting nobody may add more of a body. */
    private static final int FULL = 64 << 10;
    private static final int TABLE = 4096;

    /** What is different each time has no place in a table, and what is secret neither. */
    private static final HpackEncoder.HpackHeaderFunction INDEXING = new HpackEncoder.HpackHeaderFunction() {
        private final Set<String> unique = Set.of("content-length", "date", ":path", "x-request-id", "x-request-start", "etag", "last-modified", "set-cookie", "cookie", "authorization", "x-forwarded-for", "x-real-ip", "forwarded", "location", "referer");

        @Override
        public boolean shouldUseIndexing(HttpString name, String value) {
            return value.length() < 256 && !unique.contains(name.toString());
        }

        @Override
        public boolean shouldUseHuffman(HttpString name, String value) {
            return value.length() > 10;
        }

        @Override
        public boolean shouldUseHuffman(HttpString name) {
            return name.length() > 10;
        }
    };

    private final Loop loop;
    private final StreamSinkConduit sink;
    private final HpackEncoder encoder = new HpackEncoder(TABLE, INDEXING);
    /** Ready to be written to; null: nothing waits. */
    private ByteBuffer buffer;
    private int sent;

    Outward(Loop loop, StreamSinkConduit sink) {
        this.loop = loop;
        this.sink = sink;
    }

    boolean isEmpty() {
        return buffer == null;
    }

    boolean full() {
        return waiting() >= FULL;
    }

    int waiting() {
        return buffer == null ? 0 : buffer.position() - sent;
    }

    private ByteBuffer room(int bytes) {
        if (buffer == null) {
            buffer = loop.buffer();
            sent = 0;
        }
        if (buffer.remaining() < bytes) {
            buffer.flip().position(sent);
            ByteBuffer larger = buffer.remaining() + bytes <= buffer.capacity() ? null : ByteBuffer.allocateDirect(Integer.highestOneBit(buffer.remaining() + bytes) << 1);
            buffer = larger == null ? buffer.compact() : larger.put(buffer);
            sent = 0;
        }
        return buffer;
    }

    /** Whether nothing waits any more. */
    boolean flush() throws IOException {
        while (buffer != null) {
            int end = buffer.position();
            buffer.limit(end).position(sent);
            int written;
            try {
                written = sink.write(buffer);
            } finally {
                sent = buffer.position();
                buffer.limit(buffer.capacity()).position(end);
            }
            if (sent == end) {
                drop();
            } else if (written == 0) {
                return false;
            }
        }
        return sink.flush();
    }

    void drop() {
        if (buffer != null) {
            loop.recycle(buffer);
            buffer = null;
        }
    }

    private ByteBuffer frame(int length, int type, int flags, int stream) {
        ByteBuffer out = room(Frame.HEAD + length);
        return out.put((byte) (length >> 16)).put((byte) (length >> 8)).put((byte) length).put((byte) type).put((byte) flags).putInt(stream);
    }

    void preface() {
        ByteBuffer out = room(Inward.PREFACE.length);
        out.put(Inward.PREFACE);
    }

    void settings(int... pairs) {
        ByteBuffer out = frame(pairs.length * 3, Frame.SETTINGS, 0, 0);
        for (int i = 0; i < pairs.length; i += 2) {
            out.putShort((short) pairs[i]).putInt(pairs[i + 1]);
        }
    }

    void settingsTaken() {
        frame(0, Frame.SETTINGS, Frame.ACK, 0);
    }

    void ping(long said) {
        frame(8, Frame.PING, Frame.ACK, 0).putLong(said);
    }

    void reset(int stream, int code) {
        frame(4, Frame.RST_STREAM, 0, stream).putInt(code);
    }

    void window(int stream, int more) {
        frame(4, Frame.WINDOW_UPDATE, 0, stream).putInt(more);
    }

    void goAway(int last, int code) {
        frame(8, Frame.GOAWAY, 0, 0).putInt(last).putInt(code);
    }

    void data(int stream, ByteBuffer from, int count, boolean last) {
        ByteBuffer out = frame(count, Frame.DATA, last ? Frame.END_STREAM : 0, stream);
        int limit = from.limit();
        from.limit(from.position() + count);
        out.put(from);
        from.limit(limit);
    }

    void tableSize(long most) {
        encoder.setMaxTableSize((int) Math.min(TABLE, most));
    }

    void headers(int stream, HeaderMap fields, boolean last) {
        int bound = 64;
        for (HeaderValues values : fields) {
            for (String value : values) {
                bound += values.getHeaderName().length() + value.length() + 16;
            }
        }
        ByteBuffer block = ByteBuffer.allocate(bound);
        if (encoder.encode(fields, block) != HpackEncoder.State.COMPLETE) {
            throw new IllegalStateException("a block of fields is larger than its parts");
        }
        block.flip();
        int type = Frame.HEADERS;
        int flags = last ? Frame.END_STREAM : 0;
        while (true) {
            int count = Math.min(block.remaining(), Frame.MOST);
            boolean all = count == block.remaining();
            ByteBuffer out = frame(count, type, flags | (all ? Frame.END_HEADERS : 0), stream);
            out.put(block.slice(block.position(), count));
            block.position(block.position() + count);
            if (all) {
                return;
            }
            type = Frame.CONTINUATION;
            flags = 0;
        }
    }
}
