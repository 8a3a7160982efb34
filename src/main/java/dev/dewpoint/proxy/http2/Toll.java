package dev.dewpoint.proxy.http2;

/** What costs us much and the other side little: so much of it, and the connection ends. */
final class Toll {
    private static final int MOST_EMPTY = 1000;
    private static final int MOST_RESETS = 200;
    private static final long PERIOD_NANOS = 30_000_000_000L;

    private int empty;
    private int resets;
    private long since;

    void empty() throws Violation {
        if (++empty > MOST_EMPTY) {
            throw new Violation(Frame.ENHANCE_YOUR_CALM, "frames with nothing in them");
        }
    }

    /** Requests that are made and taken back at once; those that make us reset them too. */
    void reset(long now) throws Violation {
        if (now - since > PERIOD_NANOS) {
            since = now;
            resets = 0;
        }
        if (++resets > MOST_RESETS) {
            throw new Violation(Frame.ENHANCE_YOUR_CALM, "too many streams were reset");
        }
    }
}
