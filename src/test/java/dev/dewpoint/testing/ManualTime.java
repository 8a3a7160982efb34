package dev.dewpoint.testing;

import dev.dewpoint.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/** Time that passes when a test says so. Whoever sleeps on it moves it on. */
public final class ManualTime implements Time {
    private record Moment(Instant now, long nanos) {}

    private final AtomicReference<Moment> moment;

    public ManualTime(Instant start) {
        moment = new AtomicReference<>(new Moment(start, 1_000_000_000L));
    }

    public static ManualTime start() {
        return new ManualTime(Instant.parse("2026-01-15T10:30:45Z"));
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

    public void advance(Duration by) {
        moment.updateAndGet(m -> new Moment(m.now().plus(by), m.nanos() + by.toNanos()));
    }

    /** Somebody sets the wall clock; the other one goes on as it was. */
    public void step(Duration by) {
        moment.updateAndGet(m -> new Moment(m.now().plus(by), m.nanos()));
    }
}
