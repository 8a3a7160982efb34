package dev.dewpoint.deploy;

import dev.dewpoint.release.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Who stands behind an app's doors, and how many are wanted there. */
public record Roster(int wanted, List<Entry> entries) {
    /** {@code addresses}: where its doors lead to, in their order; {@code inFlight} at all of them together. */
    public record Entry(String name, Optional<Tag> version, int number, String id, List<String> addresses, boolean ready, int inFlight, Instant since) {
        public Entry {
            addresses = List.copyOf(addresses);
        }
    }

    public Roster {
        entries = List.copyOf(entries);
    }

    public int ready() {
        return (int) entries.stream().filter(Entry::ready).count();
    }
}
