package dev.dewpoint.registry;

import dev.dewpoint.release.Release;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What stands behind a tag. */
public sealed interface Resolution {
    record Found(Release release) implements Resolution {}

    /**
     * The release is announced, its artifact isn't there (yet). {@code publishedAt} starts the grace period;
     * {@code settlesIn} is set when the artifact is seen but still being written.
     */
    record NotYet(String why, Optional<Instant> publishedAt, Optional<Duration> settlesIn) implements Resolution {}
}
