package dev.dewpoint.health;

import java.time.Duration;
import java.util.Optional;

/** How one address is asked whether it can take traffic. */
public sealed interface Check {

    /** A GET whose status must lie between the two; redirects are not followed. {@code host}: the Host header, if not the address itself. */
    record Http(String path, int lowest, int highest, Optional<String> host) implements Check {}

    /** It accepts a connection. */
    record Tcp() implements Check {}

    /**
     * It accepts a connection and doesn't close it at once, as the engine's own forwarder does while nobody listens in
     * the container.
     */
    record Held(Duration time) implements Check {}

    /** Taken to be ready from the start; only the traffic tells otherwise. */
    record None() implements Check {}
}
