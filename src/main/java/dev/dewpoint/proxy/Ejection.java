package dev.dewpoint.proxy;

import dev.dewpoint.host.Time;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Notices from real traffic that a backend is in trouble: a connection that can't be made, or several requests in a row
 * that break off or end with 5xx. It only reports; who is put out is decided on the membership's thread. While all is
 * well, a request costs one read.
 */
final class Ejection implements Experience {
    /** {@code refused}: nobody listens there, which one connect is enough to know. */
    record Report(boolean refused, String why) {}

    /** Must not block. */
    @FunctionalInterface
    interface Listener {
        void heard(Ejection from, Report report);
    }

    static final int FAILURES = 5;
    static final Duration WITHIN = Duration.ofSeconds(10);

    /** When each of the last failures in a row happened, oldest first. */
    private record Trouble(long[] nanos) {
        static final Trouble NONE = new Trouble(new long[0]);

        Trouble and(long now) {
            int from = 0;
            while (from < nanos.length && now - nanos[from] > WITHIN.toNanos()) {
                from++;
            }
            from = Math.max(from, nanos.length + 1 - FAILURES);
            long[] more = Arrays.copyOfRange(nanos, from, nanos.length + 1);
            more[more.length - 1] = now;
            return new Trouble(more);
        }
    }

    private final Time time;
    private final Listener listener;
    private final AtomicReference<Trouble> trouble = new AtomicReference<>(Trouble.NONE);
    /** What was said and not heard yet isn't said again. */
    private final AtomicBoolean reported = new AtomicBoolean();

    Ejection(Time time, Listener listener) {
        this.time = time;
        this.listener = listener;
    }

    @Override
    public void unreachable() {
        report(true, "no connection can be made");
    }

    @Override
    public void brokeOff() {
        failed(0);
    }

    @Override
    public void answered(int status) {
        if (status >= 500) {
            failed(status);
        } else if (trouble.getPlain() != Trouble.NONE) {
            trouble.set(Trouble.NONE);
        }
    }

    /** The membership has heard, and starts over. */
    void heard() {
        trouble.set(Trouble.NONE);
        reported.set(false);
    }

    private void failed(int status) {
        long now = time.nanos();
        if (trouble.updateAndGet(before -> before.and(now)).nanos().length >= FAILURES) {
            report(false, FAILURES + " requests in a row failed there, the last " + (status == 0 ? "broke off" : "with status " + status));
        }
    }

    private void report(boolean refused, String why) {
        if (!reported.get() && reported.compareAndSet(false, true)) {
            listener.heard(this, new Report(refused, why));
        }
    }
}
