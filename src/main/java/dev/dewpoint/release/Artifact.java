package dev.dewpoint.release;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** What is fetched. Sealed, so that a further kind has to be thought of wherever artifacts differ. */
public sealed interface Artifact {
    /**
     * A file: an archive, or one program.
     *
     * @param fileName     a plain name, never a path
     * @param digest       what the registry itself says of the bytes
     * @param announcement the registry's entry as an opaque text; it changes whenever the entry does
     * @param checksums    files beside it that may hold its digest
     */
    record Archive(String fileName, URI location, OptionalLong size, Optional<Digest> digest, String announcement, List<Checksums> checksums) implements Artifact {
        public Archive {
            if (!AssetName.isPlain(fileName)) {
                throw new IllegalArgumentException("an artifact's name is a plain file name");
            }
            Objects.requireNonNull(location, "location is null");
            Objects.requireNonNull(size, "size is null");
            Objects.requireNonNull(digest, "digest is null");
            Objects.requireNonNull(announcement, "announcement is null");
            checksums = List.copyOf(checksums);
        }
    }

    /** A file of the release that may hold the artifact's digest: {@code app.tgz.sha256}, {@code checksums.txt} … */
    record Checksums(String fileName, URI location) {
        private static final Pattern LISTS = Pattern.compile("(?i)(.*[_.-])?(checksums?|sha256sums?|sha512sums?)(\\.txt)?");

        /** Whether a file of that name would hold the digest of that artifact. */
        public static boolean isFor(String artifact, String name) {
            String rest = name.startsWith(artifact + ".") ? name.substring(artifact.length() + 1).toLowerCase(Locale.ROOT) : "";
            return rest.equals("sha256") || rest.equals("sha512") || rest.equals("sha256sum") || rest.equals("sha512sum") || LISTS.matcher(name).matches();
        }
    }
}
