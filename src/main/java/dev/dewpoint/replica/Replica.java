package dev.dewpoint.replica;

import dev.dewpoint.release.Digest;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Map;

/**
 * One copy of a release on this host.
 *
 * @param number        from 1; it stays the same when a copy is replaced
 * @param attempt       the deployment that it belongs to
 * @param configuration tells one set of run options from another
 * @param doors         where it is reached on 127.0.0.1, by the port that it listens on
 */
public record Replica(String id, String name, int number, String attempt, Digest digest, String configuration, Map<Integer, InetSocketAddress> doors, boolean alive, Instant startedAt) {
    public Replica {
        doors = Map.copyOf(doors);
    }

    @Override
    public String toString() {
        return name;
    }
}
