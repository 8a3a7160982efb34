package dev.dewpoint.release;

import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** What is fetched. Sealed, so that a further kind has to be thought of wherever artifacts differ. */
public sealed interface Artifact {
    /**
     * A file: an archive, or one program.
     *
     * @param fileName     a plain name, never a path
     * @param digest       what the registry itself says of the bytes
     * @param announcement the registry's entry as an opaque text; it changes whenever the entry does
     */
    record Archive(String fileName, URI location, OptionalLong size, Optional<Digest> digest, String announcement) implements Artifact {
        public Archive {
            if (!AssetName.isPlain(fileName)) {
                throw new IllegalArgumentException("an artifact's name is a plain file name");
            }
            Objects.requireNonNull(location, "location is null");
            Objects.requireNonNull(size, "size is null");
            Objects.requireNonNull(digest, "digest is null");
            Objects.requireNonNull(announcement, "announcement is null");
        }
    }
}
