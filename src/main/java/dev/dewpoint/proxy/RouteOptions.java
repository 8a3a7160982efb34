package dev.dewpoint.proxy;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Rhythm;
import java.time.Duration;
import java.util.Optional;

/** What can be said of one route; {@link #USUAL} holds what is meant where nothing is said. */
public record RouteOptions(
        boolean strip,
        Optional<String> host,
        boolean h2c,
        Health health,
        Names names,
        Limits limits,
        Hold hold,
        Duration drainTime) {

    /** {@code eject}: whether failures of real requests take a backend out until it answers again. */
    public record Health(Check check, Rhythm rhythm, boolean eject) {}

    /**
     * How names are looked up: every {@code refresh}, by {@code server} ({@code host:port}) or the system. Addresses are
     * believed for {@code valid}, whatever their time to live says.
     */
    public record Names(Duration refresh, Optional<String> server, Optional<Duration> valid) {}

    /** {@code body} in bytes, -1 for any size. {@code answer}: until the response begins. {@code idle}: between two pieces of it. */
    public record Limits(long body, Duration connect, Duration answer, Duration idle, Duration tunnelIdle) {}

    /** How many requests wait, and how long, while no backend is ready. */
    public record Hold(int requests, Duration time) {}

    public static final RouteOptions USUAL = new RouteOptions(
            false,
            Optional.empty(),
            false,
            new Health(new Check.Tcp(), Rhythm.USUAL, true),
            new Names(Duration.ofSeconds(10), Optional.empty(), Optional.empty()),
            new Limits(-1, Duration.ofSeconds(3), Duration.ofSeconds(60), Duration.ofMinutes(10), Duration.ofHours(1)),
            new Hold(0, Duration.ofSeconds(10)),
            Duration.ofSeconds(30));
}
