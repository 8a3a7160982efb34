package dev.dewpoint.proxy.http2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that wait: put on at one end, taken off at the other. Holds no memory while it is empty. */
final class Pile {
    private static final byte[] NOTHING = {};
    private static final int USUAL = 512;

    private byte[] bytes = NOTHING;
    private int from;
    private int to;

    int size() {
        return to - from;
    }

    boolean isEmpty() {
        return from == to;
    }

    void put(ByteBuffer more) {
        int count = more.remaining();
        room(count);
        more.get(bytes, to, count);
        to += count;
    }

    void put(String ascii) {
        byte[] more = ascii.getBytes(StandardCharsets.ISO_8859_1);
        room(more.length);
        System.arraycopy(more, 0, bytes, to, more.length);
        to += more.length;
    }

    private void room(int more) {
        if (to + more <= bytes.length) {
            return;
        }
        int size = size();
        byte[] place = size + more <= bytes.length ? bytes : new byte[Math.max(USUAL, Integer.highestOneBit(size + more) << 1)];
        System.arraycopy(bytes, from, place, 0, size);
        bytes = place;
        from = 0;
        to = size;
    }

    int take(ByteBuffer into) {
        int count = Math.min(size(), into.remaining());
        into.put(bytes, from, count);
        from += count;
        if (from == to) {
            clear();
        }
        return count;
    }

    void clear() {
        bytes = NOTHING;
        from = 0;
        to = 0;
    }

    byte last() {
        return bytes[to - 1];
    }

    boolean endsWith(byte... end) {
        return size() >= end.length && Arrays.equals(bytes, to - end.length, to, end, 0, end.length);
    }

    void put(byte one) {
        room(1);
        bytes[to++] = one;
    }

    String text() {
        return new String(bytes, from, size(), StandardCharsets.ISO_8859_1);
    }
}
