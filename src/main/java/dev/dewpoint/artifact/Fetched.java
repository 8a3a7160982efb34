package dev.dewpoint.artifact;

import dev.dewpoint.release.Digest;
import java.nio.file.Path;

/** An artifact in the cache. {@code digest} is its SHA-256, its identity; {@code downloaded} is false if it was there already. */
public record Fetched(Path file, Digest digest, long bytes, boolean downloaded, Proof proof) {}
