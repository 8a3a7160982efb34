package dev.dewpoint.release;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One line of a registry's listing.
 *
 * @param preRelease the registry's own mark, whatever the tag says
 */
public record Candidate(Tag tag, Optional<Instant> publishedAt, boolean preRelease) {
    public Candidate {
        Objects.requireNonNull(tag, "tag is null");
        Objects.requireNonNull(publishedAt, "publishedAt is null");
    }
}
