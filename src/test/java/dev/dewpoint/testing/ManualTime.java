package dev.dewpoint.testing;

import dev.dewpoint.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Both clocks stand still until they are moved. Whoever waits for them is told by {@link #onAdvance}. */
public final class ManualTime implements Time {
    public static final Instant START = Instant.parse("2026-01-15T10:30:45Z");

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private Instant now = START;
    private long nanos = 1_000;

    @Override
    public synchronized Instant now() {
        return now;
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    public void onAdvance(Runnable listener) {
        listeners.add(listener);
    }

    public void advance(Duration by) {
        synchronized (this) {
            now = now.plus(by);
            nanos += by.toNanos();
        }
        listeners.forEach(Runnable::run);
    }

    /** As an administrator or NTP does it: the other clock goes on as before. */
    public synchronized void setWallClock(Instant to) {
        now = to;
    }
}
