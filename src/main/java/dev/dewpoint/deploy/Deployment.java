package dev.dewpoint.deploy;

import dev.dewpoint.release.Tag;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/** What every event of one attempt has in common. {@code id} is unique on this host and sorts by time. */
public record Deployment(String id, String app, String kind, Optional<Tag> from, Tag to, Instant startedAt, Optional<URI> page) {}
