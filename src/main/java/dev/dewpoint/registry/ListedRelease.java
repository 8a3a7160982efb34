package dev.dewpoint.registry;

import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Tag;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What GitHub says of one release.
 *
 * @param tag   absent if what it carries is no tag; such a release only holds its place in the listing
 * @param files absent if they are to be asked for
 */
record ListedRelease(long id, Optional<Tag> tag, Optional<Instant> publishedAt, boolean preRelease, Optional<URI> page, Optional<Files> files) {
    /** Of all its files those that matter here. {@code lacking} says why there is no artifact, if there is none. */
    record Files(Optional<Asset> artifact, List<String> others, List<Asset> checksums, String lacking) {}

    /** @param ready false while it is being uploaded */
    record Asset(long id, String name, OptionalLong size, Optional<String> digest, Optional<String> updatedAt, boolean ready) {}

    Optional<Candidate> candidate() {
        return tag.map(text -> new Candidate(text, publishedAt, preRelease));
    }

    ListedRelease withoutFiles() {
        return files.isEmpty() ? this : new ListedRelease(id, tag, publishedAt, preRelease, page, Optional.empty());
    }
}
