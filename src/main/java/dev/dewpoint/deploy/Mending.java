package dev.dewpoint.deploy;

import java.time.Duration;

/** How often it was tried to bring one replica back, and when the next time is. */
record Mending(int failures, long dueNanos) {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    static Mending now(long nanos) {
        return new Mending(0, nanos);
    }

    /** At once the first time, then after 1 s, doubled up to a minute. */
    Mending again(long nanos) {
        return new Mending(failures + 1, nanos + pause(failures + 1).toNanos());
    }

    static Duration pause(int failures) {
        Duration pause = Duration.ofSeconds(1L << Math.min(Math.max(0, failures - 1), 6));
        return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
    }
}
