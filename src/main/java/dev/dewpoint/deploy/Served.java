package dev.dewpoint.deploy;

import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.time.Instant;

/**
 * A release that serves or served. {@code release} is its directory's name below releases/, {@code source} the registry
 * it came from, {@code announcement} the identity of the registry's entry at that time.
 */
public record Served(Tag tag, String file, Digest digest, String release, String source, String announcement, Instant since) {
    /** How people and the log name it. */
    public String key() {
        return tag + "--" + file;
    }

    /** The same bytes of the same release, wherever they are unpacked. */
    boolean isSameAs(Served other) {
        return source.equals(other.source) && tag.equals(other.tag) && file.equals(other.file) && digest.equals(other.digest);
    }
}
