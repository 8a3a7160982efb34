package dev.dewpoint.artifact;

import dev.dewpoint.cache.Cache;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Http;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Digest.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;

/** Brings an artifact into the cache: hashed while it arrives, kept only if the hash is the one that was offered. */
public final class Download {
    /** Is told now and then how far a download is. */
    @FunctionalInterface
    public interface Progress {
        void at(long bytes, Optional<Long> total);
    }

    private static final long LARGEST_CHECKSUM_FILE = 1L << 20;
    private static final int MOST_CUTS = 5;

    private final Http http;
    private final Cache cache;
    private final Verify verify;
    private final long largestArtifact;

    public Download(Http http, Cache cache, Verify verify, long largestArtifact) {
        this.http = http;
        this.cache = cache;
        this.verify = verify;
        this.largestArtifact = largestArtifact;
    }

    /** {@code remembered}: the digest that served before under this source, version and file name. */
    public Fetched fetch(Artifact.Archive archive, Optional<Digest> remembered, Progress progress) {
        Offers offers = offers(archive);
        if (offers.isEmpty() && verify == Verify.REQUIRE) {
            throw new Failure(Failure.Kind.MISSING, "verify " + archive.fileName(), "the release offers no checksum for it and --verify require asks for one");
        }
        Optional<Digest> believed = offers.sha256().or(() -> verify == Verify.AUTO && offers.isEmpty() ? remembered : Optional.empty());
        Optional<Path> known = believed.flatMap(cache::find);
        if (known.isPresent()) {
            return new Fetched(known.get(), believed.get(), size(known.get()), false, proof(offers, remembered));
        }
        return download(archive, offers, remembered, progress);
    }

    /** Names the partial file of an archive, for whoever cleans up and wants to spare it. */
    public static String key(Artifact.Archive archive) {
        byte[] identity = (archive.location() + "\n" + archive.announcement()).getBytes(StandardCharsets.UTF_8);
        var hasher = Algorithm.SHA256.hasher();
        hasher.update(identity);
        return Digest.of(Algorithm.SHA256, hasher).hex().substring(0, 24);
    }

    private Offers offers(Artifact.Archive archive) {
        Offers offers = new Offers(archive.fileName());
        if (verify == Verify.OFF) {
            return offers;
        }
        archive.digest().ifPresent(digest -> offers.add(digest, "the registry's digest"));
        for (Artifact.Checksums checksums : archive.checksums()) {
            offers.addFile(checksums.fileName(), text(checksums));
        }
        return offers;
    }

    private Fetched download(Artifact.Archive archive, Offers offers, Optional<Digest> remembered, Progress progress) {
        Path partial = cache.partial(key(archive));
        boolean provable = !offers.isEmpty();
        try (Incoming incoming = Incoming.open(archive.fileName(), partial, offers.digests().keySet(), provable, largestArtifact)) {
            receive(archive, incoming, provable, progress);
            Map<Algorithm, Digest> got = incoming.finish();
            compare(archive, offers, remembered, incoming, got);
            Digest identity = got.get(Algorithm.SHA256);
            Path stored = cache.store(partial, identity);
            return new Fetched(stored, identity, incoming.bytes(), true, proof(offers, remembered));
        } catch (Failure failure) {
            if (failure.kind() != Failure.Kind.UNREACHABLE && failure.kind() != Failure.Kind.TIMED_OUT || !provable) {
                remove(partial, failure);
            }
            throw failure;
        }
    }

    private void receive(Artifact.Archive archive, Incoming incoming, boolean provable, Progress progress) {
        if (archive.location().getScheme().equals("file")) {
            copy(archive, incoming, progress);
            return;
        }
        String etag = null;
        for (int cuts = 0; ; cuts++) {
            long before = incoming.bytes();
            try {
                String known = etag;
                etag = transfer(archive, incoming, provable ? Optional.ofNullable(known).or(() -> Optional.of("")) : Optional.ofNullable(known), progress);
                return;
            } catch (Failure cut) {
                boolean gotFurther = incoming.bytes() > before || incoming.bytes() == 0 && before > 0;
                boolean cutOff = cut.kind() == Failure.Kind.UNREACHABLE || cut.kind() == Failure.Kind.TIMED_OUT;
                if (!cutOff || !gotFurther || cuts >= MOST_CUTS || Thread.currentThread().isInterrupted()) {
                    throw cut;
                }
                etag = incoming.etag();
            }
        }
    }

    /** Resumes only where a mix of two versions would be noticed: with an entity tag, or a digest to compare with. */
    private String transfer(Artifact.Archive archive, Incoming incoming, Optional<String> resumable, Progress progress) {
        String tried = "download " + archive.fileName();
        Ask ask = Ask.get(archive.location()).header("Accept", "application/octet-stream").streamed();
        boolean resume = incoming.bytes() > 0 && resumable.isPresent();
        if (resume) {
            ask = ask.header("Range", "bytes=" + incoming.bytes() + "-");
            if (!resumable.get().isEmpty()) {
                ask = ask.header("If-Range", resumable.get());
            }
        }
        return http.exchange(tried, ask, answer -> {
            if (answer.status() == 416) {
                incoming.restart();
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "the other side holds less than was there before; starting over");
            }
            answer.orFailure(tried);
            if (answer.status() != 206 || !continues(answer, incoming.bytes())) {
                incoming.restart();
            }
            Optional<Long> total = answer.length() < 0 ? Optional.empty() : Optional.of(incoming.bytes() + answer.length());
            incoming.etag(answer.header("ETag").filter(value -> !value.startsWith("W/")).orElse(null));
            incoming.read(answer.body(), total, progress);
            return incoming.etag();
        });
    }

    private static boolean continues(Answer answer, long from) {
        return answer.header("Content-Range").filter(range -> range.startsWith("bytes " + from + "-")).isPresent();
    }

    private void copy(Artifact.Archive archive, Incoming incoming, Progress progress) {
        Path from = Path.of(archive.location());
        String tried = "read " + from;
        incoming.restart();
        try (InputStream in = Files.newInputStream(from, LinkOption.NOFOLLOW_LINKS)) {
            FileTime changed = Files.getLastModifiedTime(from);
            long size = Files.size(from);
            incoming.read(in, Optional.of(size), progress);
            if (incoming.bytes() != size || !changed.equals(Files.getLastModifiedTime(from)) || Files.size(from) != size) {
                throw new Failure(Failure.Kind.UNSETTLED, tried, "it changed while it was read");
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "it can't be read: " + e, e);
        }
    }

    private void compare(Artifact.Archive archive, Offers offers, Optional<Digest> remembered, Incoming incoming, Map<Algorithm, Digest> got) {
        String tried = "verify " + archive.fileName();
        if (archive.size().isPresent() && incoming.bytes() < archive.size().getAsLong()) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "only " + incoming.bytes() + " of the " + archive.size().getAsLong() + " bytes announced have arrived");
        }
        offers.digests().forEach((algorithm, expected) -> {
            if (!got.get(algorithm).equals(expected)) {
                throw new Failure(Failure.Kind.CORRUPT, tried, "its digest is " + got.get(algorithm) + " and " + String.join(", ", offers.by()) + " says " + expected);
            }
        });
        if (offers.isEmpty() && verify == Verify.AUTO && remembered.isPresent() && !remembered.get().equals(got.get(Algorithm.SHA256))) {
            throw new Failure(Failure.Kind.CORRUPT, tried, "its digest is " + got.get(Algorithm.SHA256) + " and under the same version " + remembered.get() + " has served before");
        }
    }

    private Proof proof(Offers offers, Optional<Digest> remembered) {
        if (verify == Verify.OFF) {
            return new Proof.Unchecked();
        }
        if (!offers.isEmpty()) {
            return new Proof.Announced(offers.by());
        }
        return remembered.isPresent() ? new Proof.Remembered() : new Proof.FirstSeen();
    }

    private String text(Artifact.Checksums checksums) {
        String tried = "read " + checksums.fileName();
        if (!checksums.location().getScheme().equals("file")) {
            Ask ask = Ask.get(checksums.location()).header("Accept", "application/octet-stream").atMost(LARGEST_CHECKSUM_FILE);
            return http.exchange(tried, ask, answer -> new String(answer.orFailure(tried).body().readAllBytes(), StandardCharsets.UTF_8));
        }
        return localText(tried, checksums.location());
    }

    private static String localText(String tried, URI location) {
        try (InputStream in = Files.newInputStream(Path.of(location), LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes((int) LARGEST_CHECKSUM_FILE + 1);
            if (bytes.length > LARGEST_CHECKSUM_FILE) {
                throw new Failure(Failure.Kind.CORRUPT, tried, "it is larger than a checksum file can be");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "it can't be read: " + e, e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "read " + file, "this host could not: " + e, e);
        }
    }

    private static void remove(Path partial, Failure because) {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}
