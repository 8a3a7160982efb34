package dev.dewpoint.release;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A version with what is to be fetched for it.
 *
 * @param page           where people read about it
 * @param otherArtifacts names that would have fitted too, for a warning
 */
public record Release(Version version, Artifact artifact, Optional<Instant> publishedAt, Optional<URI> page, List<String> otherArtifacts) {
    public Release {
        Objects.requireNonNull(version, "version is null");
        Objects.requireNonNull(artifact, "artifact is null");
        Objects.requireNonNull(publishedAt, "publishedAt is null");
        Objects.requireNonNull(page, "page is null");
        otherArtifacts = List.copyOf(otherArtifacts);
    }
}
