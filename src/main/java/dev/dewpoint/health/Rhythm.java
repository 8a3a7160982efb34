package dev.dewpoint.health;

import java.time.Duration;

/** How often and how long a check is tried; {@code rise} passes in a row make ready, {@code fall} failures in a row unready. */
public record Rhythm(Duration interval, Duration timeout, int rise, int fall) {
    public static final Rhythm USUAL = new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(5), 1, 3);
}
