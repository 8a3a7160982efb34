package dev.dewpoint.proxy.lane;

import java.nio.charset.StandardCharsets;

/** ASCII in arrays. */
final class Bytes {
    private static final byte TOKEN = 1;
    private static final byte VALUE = 2;
    private static final byte TARGET = 4;
    private static final byte HOST = 8;
    private static final byte[] CLASSES = classes();
    private static final byte[] LOWER = lower();

    private Bytes() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    static boolean isToken(byte b) {
        return (CLASSES[b & 0xff] & TOKEN) != 0;
    }

    /** May stand in a field's value. */
    static boolean isValue(byte b) {
        return (CLASSES[b & 0xff] & VALUE) != 0;
    }

    static boolean isTarget(byte b) {
        return (CLASSES[b & 0xff] & TARGET) != 0;
    }

    static boolean isHost(byte b) {
        return (CLASSES[b & 0xff] & HOST) != 0;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    static int hex(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** Whether the two are the same but for upper and lower case. */
    static boolean same(byte[] bytes, int from, int to, byte[] other, int otherFrom, int otherTo) {
        if (to - from != otherTo - otherFrom) {
            return false;
        }
        for (int i = 0; i < to - from; i++) {
            if (LOWER[bytes[from + i] & 0xff] != LOWER[other[otherFrom + i] & 0xff]) {
                return false;
            }
        }
        return true;
    }

    static boolean same(byte[] bytes, int from, int to, byte[] word) {
        return same(bytes, from, to, word, 0, word.length);
    }

    /** Whether the word stands in a list by commas. */
    static boolean lists(byte[] bytes, int from, int to, byte[] word, int wordFrom, int wordTo) {
        int at = from;
        while (at < to) {
            int end = at;
            while (end < to && bytes[end] != ',') {
                end++;
            }
            int first = at;
            int last = end;
            while (first < last && isBlank(bytes[first])) {
                first++;
            }
            while (last > first && isBlank(bytes[last - 1])) {
                last--;
            }
            if (same(bytes, first, last, word, wordFrom, wordTo)) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int c = 0; c < 256; c++) {
            boolean letterOrDigit = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (letterOrDigit || c < 128 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
                classes[c] |= TOKEN;
            }
            if (c == '\t' || c >= ' ' && c != 0x7f) {
                classes[c] |= VALUE;
            }
            if (c > ' ' && c < 0x7f && c != '#') {
                classes[c] |= TARGET;
            }
            if (letterOrDigit || c < 128 && ".-_:[]~".indexOf(c) >= 0) {
                classes[c] |= HOST;
            }
        }
        return classes;
    }

    private static byte[] lower() {
        byte[] lower = new byte[256];
        for (int c = 0; c < 256; c++) {
            lower[c] = (byte) (c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        return lower;
    }
}
