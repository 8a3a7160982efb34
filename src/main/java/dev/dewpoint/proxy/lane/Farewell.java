package dev.dewpoint.proxy.lane;

/** The last moments of a connection: what the client still sends is thrown away for a while. Closing at once could cost it our answer. */
final class Farewell {
    private static final long LINGER_NANOS = 5_000_000_000L;
    private static final long SILENCE_NANOS = 2_000_000_000L;
    private static final int MOST_DISCARDED = 32 << 20;

    private long since;
    private long heard;
    private int discarded;

    void begin(long now) {
        since = now;
        heard = now;
    }

    /** Whether it is too much by now. */
    boolean discards(int count, long now) {
        heard = now;
        discarded += count;
        return discarded > MOST_DISCARDED;
    }

    boolean over(long now) {
        return now - since > LINGER_NANOS || now - heard > SILENCE_NANOS;
    }
}
