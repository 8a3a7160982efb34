package dev.dewpoint.proxy;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Finds what belongs to a piece of a buffer without copying it: a hash table with open addressing, at most a quarter
 * full. The caller carries the hash along while it reads, byte by byte. Never changes.
 */
final class ByteTable<V> {
    private static final int FACTOR = 31;
    private static final int SPREAD = 0x9E3779B9;

    private final boolean names;
    /** 0 where there is nothing: most of what is looked for is told apart here, in one line of the processor's cache. */
    private final int[] hashes;
    /** Each key with its value right behind it, for the same reason. */
    private final Object[] pairs;
    private final int longest;

    private ByteTable(Map<String, V> entries, boolean names) {
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, entries.size())) << 3);
        this.names = names;
        hashes = new int[capacity];
        pairs = new Object[2 * capacity];
        longest = entries.keySet().stream().mapToInt(String::length).max().orElse(0);
        entries.forEach(this::put);
    }

    /** Keys are ASCII, read from the left, byte for byte. */
    static <V> ByteTable<V> ofPaths(Map<String, V> entries) {
        return new ByteTable<>(entries, false);
    }

    /** Keys are ASCII in lower case, read from the right; what is looked for may be in any case. */
    static <V> ByteTable<V> ofNames(Map<String, V> entries) {
        return new ByteTable<>(entries, true);
    }

    /** The hash of what has been read and one more byte. Nothing read has 0. */
    static int with(int hash, byte next) {
        return hash * FACTOR + next;
    }

    static byte lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter | 0x20) : letter;
    }

    boolean isEmpty() {
        return longest == 0;
    }

    /** No key is longer. */
    int longest() {
        return longest;
    }

    /** {@code hash}: of the bytes from {@code from} to {@code to}. Answers null if they are no key. */
    @SuppressWarnings("unchecked") // only V was put in
    V find(int hash, byte[] bytes, int from, int to) {
        int mark = mark(hash);
        for (int at = slot(hash); hashes[at] != 0; at = next(at)) {
            if (hashes[at] == mark && same((byte[]) pairs[2 * at], bytes, from, to)) {
                return (V) pairs[2 * at + 1];
            }
        }
        return null;
    }

    /** How many slots the unluckiest lookup looks at. */
    int longestProbe() {
        int longestRun = 0;
        int run = 0;
        for (int i = 0; i < 2 * hashes.length; i++) {
            run = hashes[i & hashes.length - 1] == 0 ? 0 : run + 1;
            longestRun = Math.max(longestRun, run);
        }
        return longestRun + 1;
    }

    private void put(String text, V value) {
        byte[] key = text.getBytes(StandardCharsets.US_ASCII);
        int hash = 0;
        for (int i = 0; i < key.length; i++) {
            hash = with(hash, key[names ? key.length - 1 - i : i]);
        }
        int at = slot(hash);
        while (hashes[at] != 0) {
            at = next(at);
        }
        hashes[at] = mark(hash);
        pairs[2 * at] = key;
        pairs[2 * at + 1] = value;
    }

    private static int mark(int hash) {
        return hash == 0 ? 1 : hash;
    }

    private int slot(int hash) {
        int mixed = hash * SPREAD;
        return (mixed ^ mixed >>> 15) & hashes.length - 1;
    }

    private int next(int at) {
        return at + 1 & hashes.length - 1;
    }

    private boolean same(byte[] key, byte[] bytes, int from, int to) {
        if (key.length != to - from) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            byte other = bytes[from + i];
            if (key[i] != (names ? lower(other) : other)) {
                return false;
            }
        }
        return true;
    }
}
