package dev.dewpoint.health;

import java.time.Duration;

/** What one check of one address came to. */
public sealed interface Verdict {
    /** {@code status}: what was seen, for people. */
    record Ready(String status, Duration took) implements Verdict {}

    /** {@code connected}: it was there, and something else was wrong. */
    record Unready(String why, boolean connected, Duration took) implements Verdict {}
}
