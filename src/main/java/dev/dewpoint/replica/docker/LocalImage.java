package dev.dewpoint.replica.docker;

import dev.dewpoint.release.Digest;
import java.util.List;

/**
 * An image of some repository that is here.
 *
 * @param tags    of that repository
 * @param digests by which it was pulled from there
 */
public record LocalImage(Digest id, List<String> tags, List<Digest> digests, long sizeBytes) {
    public LocalImage {
        tags = List.copyOf(tags);
        digests = List.copyOf(digests);
    }
}
