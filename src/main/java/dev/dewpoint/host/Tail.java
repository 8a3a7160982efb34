package dev.dewpoint.host;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The end of an output, and how long the whole was. */
public final class Tail {
    private final byte[] kept;
    private final long totalBytes;

    Tail(byte[] kept, long totalBytes) {
        this.kept = kept;
        this.totalBytes = totalBytes;
    }

    public static Tail empty() {
        return new Tail(new byte[0], 0);
    }

    /** Of everything written, the kept part included. */
    public long totalBytes() {
        return totalBytes;
    }

    public boolean isCut() {
        return totalBytes > kept.length;
    }

    public byte[] bytes() {
        return kept.clone();
    }

    /** As UTF-8, whatever isn't replaced by U+FFFD; a character cut in half at the beginning is left out. */
    public String text() {
        int start = 0;
        while (isCut() && start < 3 && start < kept.length && (kept[start] & 0xC0) == 0x80) {
            start++;
        }
        return new String(kept, start, kept.length - start, StandardCharsets.UTF_8);
    }

    /** Takes any amount, keeps the last part in a ring. */
    static final class Recorder {
        private final byte[] ring;
        private long total;

        Recorder(int limitBytes) {
            ring = new byte[limitBytes];
        }

        void add(byte[] bytes, int length) {
            int skipped = Math.max(0, length - ring.length);
            int at = (int) ((total + skipped) % ring.length);
            int first = Math.min(length - skipped, ring.length - at);
            System.arraycopy(bytes, skipped, ring, at, first);
            System.arraycopy(bytes, skipped + first, ring, 0, length - skipped - first);
            total += length;
        }

        Tail tail() {
            if (total <= ring.length) {
                return new Tail(Arrays.copyOf(ring, (int) total), total);
            }
            int start = (int) (total % ring.length);
            byte[] ordered = Arrays.copyOfRange(ring, start, start + ring.length);
            System.arraycopy(ring, 0, ordered, ring.length - start, start);
            return new Tail(ordered, total);
        }
    }
}
