package dev.dewpoint.cache;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A directory of artifacts: {@code sha256/ab/abcdef…}, and {@code partial/…} for what is still arriving. Several agents
 * may share one; each names its partial files after its own root, and a finished file is never changed again, so the
 * worst that sharing can do is to download a thing twice. What is found here is verified once more by whoever reads it.
 */
public final class Cache {
    private final Path directory;
    private final String owner;
    private final long largestBytes;

    /** {@code owner} tells this root's partial files from those of other agents. */
    public Cache(Path directory, String owner, long largestBytes) {
        this.directory = directory;
        this.owner = owner;
        this.largestBytes = largestBytes;
    }

    public Optional<Path> find(Digest digest) {
        Path file = place(digest);
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Optional.of(file) : Optional.empty();
    }

    /** Notes that the artifact was used, for eviction. */
    public void touch(Digest digest, Instant now) {
        try {
            Files.setLastModifiedTime(place(digest), FileTime.from(now));
        } catch (IOException e) {
            // evicted or read-only: its age only decides what goes first
        }
    }

    /** Where an arriving artifact is written; the same key gives the same file, so that a cut download can be resumed. */
    public Path partial(String key) {
        Path folder = directory.resolve("partial");
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw full("create " + folder, e);
        }
        return folder.resolve(owner + "-" + key + Durable.PARTIAL);
    }

    /** Gives a verified partial file its final name, also where a copy stands already: that one may be damaged. */
    public Path store(Path partial, Digest digest) {
        Path target = place(digest);
        try {
            Files.createDirectories(target.getParent());
            try (FileChannel file = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                file.force(true);
            }
            Durable.rename(partial, target);
            return target;
        } catch (IOException e) {
            throw full("keep an artifact as " + target, e);
        }
    }

    public void discard(Digest digest) {
        try {
            Files.deleteIfExists(place(digest));
        } catch (IOException e) {
            throw full("remove the damaged " + place(digest), e);
        }
    }

    /** Removes the longest unused until the rest fits, but nothing of {@code keep}. Answers what was removed. */
    public List<String> evict(Set<Digest> keep) {
        List<String> removed = new ArrayList<>();
        try {
            List<Entry> entries = entries();
            long total = entries.stream().mapToLong(Entry::bytes).sum();
            Set<Path> kept = Set.copyOf(keep.stream().map(this::place).toList());
            for (Entry entry : entries) {
                if (total <= largestBytes) {
                    break;
                }
                if (!kept.contains(entry.file()) && Files.deleteIfExists(entry.file())) {
                    total -= entry.bytes();
                    removed.add(entry.file().getFileName().toString());
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw full("make room in " + directory, e);
        }
        return removed;
    }

    /** Removes what this root's earlier runs left half done, but the one that {@code key} may still be resumed from. */
    public void sweep(Optional<String> key) {
        Path folder = directory.resolve("partial");
        Optional<String> spared = key.map(k -> owner + "-" + k + Durable.PARTIAL);
        try (Stream<Path> files = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith(owner + "-")).toList()) {
                if (!spared.equals(Optional.of(file.getFileName().toString()))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw full("clean up " + folder, e);
        }
    }

    private Path place(Digest digest) {
        return directory.resolve(digest.algorithm().name().toLowerCase(Locale.ROOT)).resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    private record Entry(Path file, long bytes, FileTime used) {}

    /** Longest unused first. */
    private List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            Path root = directory.resolve(algorithm.name().toLowerCase(Locale.ROOT));
            try (Stream<Path> files = Files.exists(root) ? Files.walk(root, 2) : Stream.empty()) {
                for (Path file : files.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
                    try {
                        entries.add(new Entry(file, Files.size(file), Files.getLastModifiedTime(file)));
                    } catch (NoSuchFileException e) {
                        // another agent was faster
                    }
                }
            }
        }
        entries.sort(Comparator.comparing(Entry::used).thenComparing(Entry::file));
        return entries;
    }

    private static Failure full(String tried, Exception e) {
        return new Failure(Failure.Kind.EXHAUSTED, tried, "this host could not: " + e, e);
    }
}
