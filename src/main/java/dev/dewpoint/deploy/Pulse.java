package dev.dewpoint.deploy;

import dev.dewpoint.host.Time;
import java.time.Duration;

/** Shows that the loop turns: each step announces by when it will have ended. */
public final class Pulse {
    /** What the loop is doing and for how much longer it may. */
    public record Beat(String step, long deadlineNanos) {}

    private final Time time;
    private volatile Beat beat;

    Pulse(Time time) {
        this.time = time;
        this.beat = new Beat("starting", time.nanos() + Duration.ofMinutes(2).toNanos());
    }

    void step(String name, Duration atMost) {
        beat = new Beat(name, time.nanos() + atMost.toNanos());
    }

    public String step() {
        return beat.step();
    }

    public boolean isLate() {
        return time.nanos() - beat.deadlineNanos() > 0;
    }
}
