package dev.dewpoint.testing;

import dev.dewpoint.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** Time that passes when a test says so. Whoever sleeps on it moves it on; whoever waits for it is told by {@link #onAdvance}. */
public final class ManualTime implements Time {
    public static final Instant START = Instant.parse("2026-01-15T10:30:45Z");

    private record Moment(Instant now, long nanos) {}

    private final AtomicReference<Moment> moment;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    public ManualTime(Instant start) {
        moment = new AtomicReference<>(new Moment(start, 1_000_000_000L));
    }

    public ManualTime() {
        this(START);
    }

    public static ManualTime start() {
        return new ManualTime();
    }

    @Override
    public Instant now() {
        return moment.get().now();
    }

    @Override
    public long nanos() {
        return moment.get().nanos();
    }

    @Override
    public void sleep(Duration wait) {
        advance(wait);
    }

    public void onAdvance(Runnable listener) {
        listeners.add(listener);
    }

    public void advance(Duration by) {
        moment.updateAndGet(m -> new Moment(m.now().plus(by), m.nanos() + by.toNanos()));
        listeners.forEach(Runnable::run);
    }

    /** Somebody sets the wall clock; the other one goes on as it was. */
    public void step(Duration by) {
        moment.updateAndGet(m -> new Moment(m.now().plus(by), m.nanos()));
    }

    public void setWallClock(Instant to) {
        moment.updateAndGet(m -> new Moment(to, m.nanos()));
    }
}
