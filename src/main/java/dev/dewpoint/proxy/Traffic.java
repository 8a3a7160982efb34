package dev.dewpoint.proxy;

import java.util.concurrent.atomic.LongAdder;

/** What went through a backend since it was made. */
public final class Traffic {
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder serverErrors = new LongAdder();
    private final LongAdder microseconds = new LongAdder();

    public void answered(int status, long nanos) {
        requests.increment();
        microseconds.add(nanos / 1000);
        if (status >= 500) {
            serverErrors.increment();
        }
    }

    public void failed() {
        failures.increment();
    }

    /** Whole responses. */
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
