package dev.dewpoint.proxy.lane;

/** How much a client moves while we wait for it, and since when. */
final class Pace {
    private final Lane lane;
    private long since;
    private long moved;

    Pace(Lane lane) {
        this.lane = lane;
        this.since = lane.time.nanos();
    }

    void since(long now) {
        since = now;
    }

    /** It is the client's turn from now on. */
    void start(long now) {
        since = now;
        moved = 0;
    }

    void moved(int count) {
        moved += count;
    }

    long waited(long now) {
        return now - since;
    }

    /** Whether the client has moved less than it must, over one period after the other. */
    boolean stalled(long now) {
        long period = lane.terms.stall().toNanos();
        if (now - since < period) {
            return false;
        }
        boolean slow = moved < lane.terms.rate() * lane.terms.stall().toMillis() / 1000;
        start(now);
        return slow;
    }
}
