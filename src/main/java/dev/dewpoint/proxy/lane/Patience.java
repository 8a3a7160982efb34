package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.RouteOptions.Limits;

/** Whose turn it is while a request is forwarded, and how long it may take. */
final class Patience {
    enum Overdue { NOBODY, CLIENT, ANSWER, REST_OF_ANSWER }

    /** For the backend; 0: it moved just now. */
    private long since;
    private long passed;
    private long passedAt;

    void start(long now) {
        since = now;
        passed = -1;
    }

    /** It is the backend's turn. */
    void waits(long now) {
        since = now;
    }

    void moved() {
        since = 0;
    }

    Overdue overdue(long now, Asked asked, Answered answered, Behind behind, Front front, Limits limits) {
        boolean forClient = !asked.body.done() && !behind.choked() && !asked.awaitsLeave();
        if (forClient) {
            // where both may talk when they like only lasting silence ends that
            boolean late = asked.endless || answered.begun ? silent(now, asked.body.passed() + answered.sent, limits) : front.pace.stalled(now);
            return late ? Overdue.CLIENT : Overdue.NOBODY;
        }
        if (since == 0) {
            since = now;
            return Overdue.NOBODY;
        }
        boolean late = now - since > (answered.begun ? limits.idle() : limits.answer()).toNanos();
        return !late ? Overdue.NOBODY : answered.begun ? Overdue.REST_OF_ANSWER : Overdue.ANSWER;
    }

    private boolean silent(long now, long all, Limits limits) {
        if (all != passed) {
            passed = all;
            passedAt = now;
            return false;
        }
        return now - passedAt > limits.idle().toNanos();
    }
}
