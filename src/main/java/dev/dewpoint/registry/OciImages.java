package dev.dewpoint.registry;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.registry.OciAuthorization.Purpose;
import dev.dewpoint.registry.OciManifest.Entry;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Which image a tag names for this platform. A HEAD tells its digest; what stands behind a digest can't change, so it is
 * read once. Bytes count only if they are those of the digest.
 */
final class OciImages {
    private static final List<Integer> GONE = List.of(404, 410);
    private static final List<Integer> NO_HEAD = List.of(400, 405, 501);
    private static final String DIGEST = "Docker-Content-Digest";
    private static final long LARGEST_MANIFEST = 4 << 20;
    private static final long LARGEST_CONFIGURATION = 8 << 20;
    private static final int MOST_KNOWN = 64;
    private static final int MOST_NAMED = 10;

    /** @param manifest empty if there is none for this platform; {@code why} says what there is instead */
    record Image(Optional<Digest> manifest, String why) {
        static Image none(String why) {
            return new Image(Optional.empty(), why);
        }
    }

    /** @param digest empty if the registry does not say it to a HEAD */
    private record Named(boolean exists, Optional<Digest> digest) {}

    private record Read(Digest digest, byte[] bytes) {}

    private final OciApi api;
    private final Platform platform;
    private final Consumer<Answer> seen;
    private final Map<Digest, Image> known = new LinkedHashMap<>();

    /** {@code seen} is shown every answer about a manifest. */
    OciImages(OciApi api, Platform platform, Consumer<Answer> seen) {
        this.api = api;
        this.platform = platform;
        this.seen = seen;
    }

    /** Empty if there is nothing under that tag. */
    Optional<Image> look(Tag tag) {
        String tried = "look at " + api.repository().name() + ":" + tag;
        Named named = head(tried, tag);
        if (!named.exists()) {
            return Optional.empty();
        }
        Optional<Image> before = named.digest().map(known::get);
        if (before.isPresent()) {
            return before;
        }
        // by its digest, so that nothing comes in between; by the tag only if that is all we have
        Optional<Read> read = manifest(tried, named.digest().map(Digest::toString).orElse(tag.text()), named.digest());
        return read.map(manifest -> {
            Image image = known.containsKey(manifest.digest()) ? known.get(manifest.digest()) : image(tried, manifest);
            remember(manifest.digest(), image);
            return image;
        });
    }

    private void remember(Digest digest, Image image) {
        known.put(digest, image);
        if (known.size() > MOST_KNOWN) {
            known.remove(known.keySet().iterator().next());
        }
    }

    private Named head(String tried, Tag tag) {
        Ask ask = Ask.head(api.repository().uri("manifests/" + tag)).header("Accept", OciManifest.ACCEPTED);
        List<Integer> expected = List.of(404, 410, 400, 405, 501);
        return api.exchange(tried, ask, Purpose.IMAGES, expected, answer -> {
            seen.accept(answer);
            boolean headed = !NO_HEAD.contains(answer.status());
            return new Named(!GONE.contains(answer.status()), headed ? answer.header(DIGEST).flatMap(Digest::parse) : Optional.empty());
        });
    }

    private Optional<Read> manifest(String tried, String reference, Optional<Digest> expected) {
        Ask ask = Ask.get(api.repository().uri("manifests/" + reference)).header("Accept", OciManifest.ACCEPTED).atMost(LARGEST_MANIFEST);
        return api.exchange(tried, ask, Purpose.IMAGES, GONE, answer -> {
            seen.accept(answer);
            if (GONE.contains(answer.status())) {
                return Optional.empty();
            }
            Optional<Digest> said = expected.or(() -> answer.header(DIGEST).flatMap(Digest::parse));
            return Optional.of(verified(tried, "its manifest", answer, said));
        });
    }

    private Image image(String tried, Read read) {
        try {
            return switch (OciManifest.read(read.bytes())) {
                case OciManifest.Index index -> index.forPlatform(platform).map(entry -> new Image(Optional.of(entry.digest()), "")).orElseGet(() -> lacking(index.entries()));
                case OciManifest.Single single -> single(tried, read.digest(), single.configuration());
                case OciManifest.NoImage other -> Image.none("there is " + other.what());
            };
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CORRUPT, tried, "its manifest could not be understood: " + e.getClass().getSimpleName(), e);
        }
    }

    private Image single(String tried, Digest manifest, Digest configuration) throws IOException {
        Ask ask = Ask.get(api.repository().uri("blobs/" + configuration)).atMost(LARGEST_CONFIGURATION);
        byte[] bytes = api.exchange(tried, ask, Purpose.IMAGES, List.of(), answer -> verified(tried, "its configuration", answer, Optional.of(configuration)).bytes());
        Entry entry = OciManifest.configuration(manifest, bytes);
        // older tools wrote no platform down; then whoever pushed it knows
        boolean ours = entry.os().isEmpty() || new OciManifest.Index(List.of(entry)).forPlatform(platform).isPresent();
        return ours ? new Image(Optional.of(manifest), "") : lacking(List.of(entry));
    }

    private Image lacking(List<Entry> entries) {
        String there = entries.stream().map(Entry::text).distinct().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return Image.none("there is no image for " + platform.os() + "/" + platform.arch() + (there.isEmpty() ? ", nor for any other platform" : "; there are images for " + there));
    }

    /** By the algorithm of the expected digest; nothing that a registry says of its bytes is believed. */
    private static Read verified(String tried, String what, Answer answer, Optional<Digest> expected) throws IOException {
        byte[] bytes = answer.body().readAllBytes();
        Digest.Algorithm algorithm = expected.map(Digest::algorithm).orElse(Digest.Algorithm.SHA256);
        MessageDigest hasher = algorithm.hasher();
        hasher.update(bytes);
        Digest digest = Digest.of(algorithm, hasher);
        if (expected.isPresent() && !expected.get().equals(digest)) {
            throw new Failure(Failure.Kind.CORRUPT, tried, what + " is announced as " + expected.get() + " and is " + digest);
        }
        return new Read(digest, bytes);
    }
}
