package dev.dewpoint.replica;

import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.time.Instant;
import java.util.List;

/** A replica to be. {@code ports}: those inside that it is to be reached at, each with its port on this host, 0 for a free one. */
public record Order(Prepared prepared, Tag version, Digest digest, String attempt, int number, List<Port> ports, Instant deployedAt) {
    public record Port(int inside, int here) {}

    public Order {
        ports = List.copyOf(ports);
    }
}
