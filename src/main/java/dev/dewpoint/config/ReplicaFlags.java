package dev.dewpoint.config;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.replica.Rollouts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What every command takes that runs replicas behind the proxy: how many, how they follow each other, when they are ready. */
final class ReplicaFlags {
    /** Whoever asks while the last replica is being replaced, or the engine restarts, waits rather than being turned away. */
    private static final RouteOptions.Hold HOLD = new RouteOptions.Hold(1_000, Duration.ofSeconds(10));

    private final Values values;
    private final Problems problems;

    ReplicaFlags(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    int replicas() {
        return values.number("--replicas", 1, 1, 100);
    }

    Rollouts.Strategy strategy() {
        return values.choice("--strategy", Rollouts.Strategy.SWAP, Rollouts.Strategy.class);
    }

    Duration ready() {
        return values.duration("--health-timeout", Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofHours(1));
    }

    Optional<String> healthPath() {
        return values.optional("--health-path", text -> {
            if (!text.startsWith("/") || text.chars().anyMatch(letter -> letter <= ' ' || letter > '~')) {
                throw new IllegalArgumentException("it is a path, such as /health");
            }
            return text;
        });
    }

    Rhythm rhythm() {
        Duration interval = values.duration("--health-interval", Rhythm.USUAL.interval(), Duration.ofMillis(100), Duration.ofHours(1));
        return new Rhythm(interval, Rhythm.USUAL.timeout(), Rhythm.USUAL.rise(), Rhythm.USUAL.fall());
    }

    Balance balance() {
        return values.read("--balance", Balance.ROUND_ROBIN, text -> UpstreamText.balance(text + ":").orElseThrow(() -> new IllegalArgumentException("it is one of round-robin, least-requests, ip-hash, cookie")));
    }

    /** {@code inside}: how many ports each replica has. */
    OptionalInt first(int replicas, List<DoorText> doors, long inside) {
        OptionalInt first = values.optional("--replica-port-start", HostText::port).map(OptionalInt::of).orElse(OptionalInt.empty());
        if (first.isEmpty()) {
            return first;
        }
        long last = first.getAsInt() + 2L * replicas * Math.max(1, inside) - 1;
        if (last > 65535) {
            problems.add("--replica-port-start " + first.getAsInt() + ": two generations of " + replicas + " replicas need the ports up to " + last + ", and there are none above 65535");
        }
        doors.stream().filter(door -> door.port() >= first.getAsInt() && door.port() <= last).forEach(door ->
                problems.add("--replica-port-start " + first.getAsInt() + ": the replicas take the ports up to " + last + ", and " + door.port() + " of " + door.given().origin() + " is among them"));
        return first;
    }

    /** Of a route to replicas. {@code otherwise}: how they are asked where there is no path to ask for. */
    RouteOptions options(RouteOptions usual, Check otherwise) {
        return with(usual, healthPath().<Check>map(text -> new Check.Http(text, 200, 299, Optional.empty())).orElse(otherwise));
    }

    /** The same for who speaks no HTTP. */
    RouteOptions streamOptions(RouteOptions usual, Check check) {
        return with(usual, check);
    }

    private RouteOptions with(RouteOptions usual, Check check) {
        return new RouteOptions(usual.strip(), usual.host(), usual.h2c(), new RouteOptions.Health(check, rhythm(), true), usual.names(), usual.limits(), HOLD, usual.drainTime());
    }
}
