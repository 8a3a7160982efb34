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
    /** A plain name, never a path: what it is called in records. */
    String fileName();

    /** What the registry itself says of the bytes. */
    Optional<Digest> digest();

    /** The registry's entry as an opaque text; it changes whenever the entry does. */
    String announcement();

    /**
     * A file: an archive, or one program.
     *
     * @param checksums files beside it that may hold its digest
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

    /**
     * A container image.
     *
     * @param repository HOST/REPO, as an engine pulls it
     * @param tag        as it was announced; it may name another image by now
     * @param manifest   the digest of this platform's manifest: what is pulled, and what tells it from every other
     */
    record Image(String repository, Tag tag, Digest manifest, Platform platform, String announcement) implements Artifact {
        public Image {
            if (!AssetName.isPlain(repository.substring(repository.lastIndexOf('/') + 1))) {
                throw new IllegalArgumentException("a repository's last segment is a plain name");
            }
            Objects.requireNonNull(tag, "tag is null");
            Objects.requireNonNull(manifest, "manifest is null");
            Objects.requireNonNull(platform, "platform is null");
            Objects.requireNonNull(announcement, "announcement is null");
        }

        /** HOST/REPO:TAG, for people. */
        public String reference() {
            return repository + ":" + tag;
        }

        /** HOST/REPO@DIGEST, for the engine: nobody can put another image there. */
        public String pinned() {
            return repository + "@" + manifest;
        }

        @Override
        public String fileName() {
            return repository.substring(repository.lastIndexOf('/') + 1);
        }

        @Override
        public Optional<Digest> digest() {
            return Optional.of(manifest);
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
