package dev.dewpoint.notify;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a condition, and not for longer than a test may take. */
final class Eventually {
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private Eventually() {}

    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never came to this: " + what);
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}
