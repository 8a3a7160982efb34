package dev.dewpoint.registry;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Pick;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Releases in a directory: {@code <directory>/<version>/<artifact>}. What is being written there is not there yet. */
public final class DirectoryRegistry implements Registry {
    private static final int MOST_ENTRIES = 100_000;
    private static final Duration QUIET = Duration.ofSeconds(2);
    /** A partial file that nobody has written to for so long is a leftover. */
    private static final Duration ABANDONED = Duration.ofMinutes(1);
    private static final List<String> PARTIAL = List.of(".tmp", ".part", ".partial", "~");

    /** A file of a version, under the name that it is going to have. */
    private record Entry(Path file, String name, boolean partial, long size, Instant modified, String announcement) {}

    /** A file as it was seen, and since when it has been like that by the clock that never steps. */
    private record Watched(Path file, String announcement, long sinceNanos) {}

    private final Path directory;
    private final ArtifactChoice choice;
    private final Time time;
    private Optional<Watched> watched = Optional.empty();

    /** Artifacts are expected to be called after the directory. */
    public DirectoryRegistry(Path directory, Platform platform, Optional<ArtifactPattern> artifact, Time time) {
        this.directory = directory;
        this.choice = new ArtifactChoice(platform, artifact, Optional.ofNullable(directory.getFileName()).map(Path::toString).orElse(""));
        this.time = time;
    }

    @Override
    public List<Candidate> tags() {
        String tried = "list the releases in " + directory;
        List<Candidate> candidates = new ArrayList<>();
        for (Path path : entries(tried, directory)) {
            Optional<Tag> tag = Tag.parse(path.getFileName().toString());
            if (tag.isPresent()) {
                read(tried, path).filter(BasicFileAttributes::isDirectory)
                        .ifPresent(found -> candidates.add(new Candidate(tag.get(), Optional.of(found.lastModifiedTime().toInstant()), false)));
            }
        }
        return List.copyOf(candidates);
    }

    @Override
    public Resolution resolve(Version version) {
        Path place = directory.resolve(version.tag().text());
        String tried = "look at " + place;
        Optional<Instant> publishedAt = read(tried, place).filter(BasicFileAttributes::isDirectory).map(found -> found.lastModifiedTime().toInstant());
        if (publishedAt.isEmpty()) {
            return new Resolution.NotYet("there is no directory " + place, publishedAt, Optional.empty());
        }
        List<Entry> files = files(tried, place);
        List<String> names = files.stream().map(Entry::name).distinct().toList();
        return switch (choice.among(names)) {
            case Pick.None _ -> new Resolution.NotYet(choice.nothing(names), publishedAt, Optional.empty());
            case Pick.One one -> resolution(version, files, one, publishedAt);
        };
    }

    @Override
    public void report(Shipment shipment) {
        ShipmentNote note = ShipmentNote.of(shipment);
        Path file = directory.resolve(shipment.tag().text()).resolve(note.fileName());
        try {
            Files.writeString(file, note.sentence(), StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw failure("report to " + file, e);
        }
    }

    private Resolution resolution(Version version, List<Entry> files, Pick.One pick, Optional<Instant> publishedAt) {
        Optional<Entry> whole = files.stream().filter(entry -> entry.name().equals(pick.name()) && !entry.partial()).findFirst();
        if (whole.isEmpty()) {
            Entry partial = files.stream().filter(entry -> entry.name().equals(pick.name())).findFirst().orElseThrow();
            boolean abandoned = age(partial).compareTo(ABANDONED) > 0;
            return new Resolution.NotYet("of " + pick.name() + " there is only " + partial.file().getFileName() + " so far", publishedAt, abandoned ? Optional.empty() : Optional.of(QUIET));
        }
        Entry artifact = whole.get();
        if (artifact.size() == 0) {
            boolean abandoned = age(artifact).compareTo(ABANDONED) > 0;
            return new Resolution.NotYet(pick.name() + " is empty", publishedAt, abandoned ? Optional.empty() : Optional.of(QUIET));
        }
        List<Entry> checksums = files.stream().filter(entry -> !entry.partial() && Artifact.Checksums.isFor(pick.name(), entry.name())).toList();
        Optional<Duration> settlesIn = settlesIn(artifact);
        Optional<Duration> checksumsSettleIn = checksums.stream().map(this::young).flatMap(Optional::stream).max(Comparator.naturalOrder());
        if (settlesIn.isPresent() || checksumsSettleIn.isPresent()) {
            return new Resolution.NotYet(pick.name() + " is still being written", publishedAt, settlesIn.or(() -> checksumsSettleIn));
        }
        Artifact.Archive archive = new Artifact.Archive(artifact.name(), artifact.file().toUri(), OptionalLong.of(artifact.size()), Optional.empty(), artifact.announcement(),
                checksums.stream().map(entry -> new Artifact.Checksums(entry.name(), entry.file().toUri())).toList());
        return new Resolution.Found(new Release(version, archive, publishedAt, Optional.empty(), pick.others()));
    }

    /**
     * How long until the file counts as written: it is old enough, or hasn't changed while we looked at it long enough.
     * The latter is for files that come from a clock ahead of ours.
     */
    private Optional<Duration> settlesIn(Entry artifact) {
        Watched now = watched.filter(seen -> seen.file().equals(artifact.file()) && seen.announcement().equals(artifact.announcement()))
                .orElseGet(() -> new Watched(artifact.file(), artifact.announcement(), time.nanos()));
        watched = Optional.of(now);
        boolean fromTheFuture = age(artifact).isNegative();
        Duration quiet = fromTheFuture ? time.since(now.sinceNanos()) : age(artifact);
        return quiet.compareTo(QUIET) < 0 ? Optional.of(QUIET.minus(quiet)) : Optional.empty();
    }

    /** As above, for a file that isn't watched: ahead of our clock means old. */
    private Optional<Duration> young(Entry entry) {
        Duration age = age(entry);
        return !age.isNegative() && age.compareTo(QUIET) < 0 ? Optional.of(QUIET.minus(age)) : Optional.empty();
    }

    private Duration age(Entry entry) {
        return Duration.between(entry.modified(), time.now());
    }

    private List<Entry> files(String tried, Path place) {
        List<Entry> files = new ArrayList<>();
        for (Path path : entries(tried, place)) {
            String name = path.getFileName().toString();
            if (!name.startsWith(".")) {
                read(tried, path, LinkOption.NOFOLLOW_LINKS).filter(BasicFileAttributes::isRegularFile).ifPresent(found -> files.add(entry(tried, path, name, found)));
            }
        }
        return files;
    }

    private static Entry entry(String tried, Path path, String name, BasicFileAttributes found) {
        String lower = name.toLowerCase(Locale.ROOT);
        Optional<String> ending = PARTIAL.stream().filter(lower::endsWith).findFirst();
        String finalName = ending.map(end -> name.substring(0, name.length() - end.length())).filter(rest -> !rest.isEmpty()).orElse(name);
        // not the file key: that holds the device's number, which another mount of the same directory may change
        String announcement = "size " + found.size() + ", modified " + found.lastModifiedTime().toInstant() + ", inode " + inode(tried, path);
        return new Entry(path, finalName, ending.isPresent(), found.size(), found.lastModifiedTime().toInstant(), announcement);
    }

    private static String inode(String tried, Path path) {
        try {
            return String.valueOf(Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return "gone";
        } catch (IOException e) {
            throw failure(tried, e);
        }
    }

    /** By name, so that the order is always the same. */
    private static List<Path> entries(String tried, Path place) {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(place)) {
            for (Path path : stream) {
                paths.add(path);
                if (paths.size() > MOST_ENTRIES) {
                    throw new Failure(Failure.Kind.UNREACHABLE, tried, place + " holds more than " + MOST_ENTRIES + " entries");
                }
            }
        } catch (DirectoryIteratorException e) {
            throw failure(tried, e.getCause());
        } catch (IOException e) {
            throw failure(tried, e);
        }
        paths.sort(Comparator.comparing(path -> path.getFileName().toString()));
        return paths;
    }

    /** Empty if it isn't there, isn't there any more, or is a link that leads nowhere. */
    private static Optional<BasicFileAttributes> read(String tried, Path path, LinkOption... options) {
        try {
            return Optional.of(Files.readAttributes(path, BasicFileAttributes.class, options));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (options.length == 0 && Files.isSymbolicLink(path)) {
                return Optional.empty();
            }
            throw failure(tried, e);
        }
    }

    private static Failure failure(String tried, IOException e) {
        if (e instanceof NoSuchFileException missing) {
            return new Failure(Failure.Kind.MISSING, tried, missing.getFile() + " does not exist", e);
        }
        if (e instanceof NotDirectoryException file) {
            return new Failure(Failure.Kind.MISSING, tried, file.getFile() + " is no directory", e);
        }
        return new Failure(Failure.Kind.UNREACHABLE, tried, e instanceof AccessDeniedException denied ? "this user may not read or write " + denied.getFile() : "it did not work: " + e, e);
    }
}
