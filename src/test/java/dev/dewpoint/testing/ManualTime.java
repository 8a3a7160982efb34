package dev.dewpoint.testing;

import dev.dewpoint.host.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Both clocks stand still until told to go on. */
public final class ManualTime implements Time {
    private final AtomicReference<Instant> now;
    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

    public ManualTime(Instant now) {
        this.now = new AtomicReference<>(now);
    }

    @Override
    public Instant now() {
        return now.get();
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    public void advance(Duration by) {
        now.updateAndGet(at -> at.plus(by));
        nanos.addAndGet(by.toNanos());
    }

    /** The wall clock is set; the other one doesn't notice. */
    public void step(Duration by) {
        now.updateAndGet(at -> at.plus(by));
    }

    @Override
    public void sleep(Duration wait) {
        advance(wait);
    }
}
