package dev.dewpoint.host;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The two clocks. Wall time is for display and for what others wrote down; every interval is measured on the other. */
public interface Time {
    Instant now();

    /** Never steps, whatever happens to the wall clock. */
    long nanos();

    static Time system() {
        return new Time() {
            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };
    }

    default void sleep(Duration wait) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(wait.toNanos());
    }

    default Duration since(long startNanos) {
        return Duration.ofNanos(nanos() - startNanos);
    }
}
