package dev.dewpoint.deploy;

import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import java.net.URI;
import java.util.Optional;

/** What an attempt brings into service. */
public sealed interface Plan {
    /** As the registry announces it. */
    record Fresh(Release release) implements Plan {}

    /** One that served before, from what is still here; the registry isn't asked. {@code failed}: what gives way to it by itself. */
    record Again(Served served, Optional<Served> failed) implements Plan {
        Again(Served served) {
            this(served, Optional.empty());
        }
    }

    default Tag tag() {
        return switch (this) {
            case Fresh fresh -> fresh.release().version().tag();
            case Again again -> again.served().tag();
        };
    }

    default Optional<URI> page() {
        return switch (this) {
            case Fresh fresh -> fresh.release().page();
            case Again _ -> Optional.empty();
        };
    }

    default String announcement() {
        return switch (this) {
            case Fresh fresh -> fresh.release().artifact().announcement();
            case Again again -> again.served().announcement();
        };
    }
}
