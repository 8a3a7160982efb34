package dev.dewpoint.proxy;

import java.util.concurrent.atomic.LongAdder;

/** What went through a backend since it was made. */
public final class Traffic {
    final LongAdder requests = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder serverErrors = new LongAdder();
    final LongAdder microseconds = new LongAdder();

    public long requests() {
        return requests.sum();
    }

    /** Tries that ended without a whole response. */
    public long failures() {
        return failures.sum();
    }

    /** Responses with 5xx. */
    public long serverErrors() {
        return serverErrors.sum();
    }

    /** From the claim to the last byte, over all requests. */
    public long microseconds() {
        return microseconds.sum();
    }
}
