package dev.dewpoint.replica.process;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.host.Posix;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code releases/<UTC time>} and the symlink {@code current}. A release is made under a partial name and renamed once
 * it is whole; the symlink is replaced in one step. Directories that don't carry our kind of name are not ours and are
 * left alone.
 */
public final class ReleaseDirectory {
    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Pattern OURS = Pattern.compile("\\d{8}T\\d{6}Z(-\\d+)?");
    private static final Pattern OUR_PARTIAL = Pattern.compile("\\.\\d{8}T\\d{6}Z(-\\d+)?" + Pattern.quote(Durable.PARTIAL));

    /** What {@code current} is. */
    public sealed interface Current {
        record Absent() implements Current {}

        /** A symlink to a directory that exists below releases/. */
        record At(String release) implements Current {}

        /** A symlink that leads nowhere or elsewhere. */
        record Astray(String target) implements Current {}

        /** A file or directory that somebody put there. Never touched. */
        record Foreign() implements Current {}
    }

    private final Path root;
    private final Path releases;
    private final Path link;
    private final Time time;

    public ReleaseDirectory(Path root, Time time) {
        this.root = root;
        this.releases = root.resolve("releases");
        this.link = root.resolve("current");
        this.time = time;
    }

    /** Fills a new directory and gives it its final name, flushed to disk. A failure leaves nothing behind. */
    public String stage(Consumer<Path> fill) {
        Path partial = null;
        try {
            Files.createDirectories(releases);
            String name = free();
            partial = Durable.beside(releases.resolve(name));
            Durable.deleteTree(partial);
            Files.createDirectory(partial);
            fill.accept(partial);
            Posix.syncfs(partial);
            Durable.rename(partial, releases.resolve(name));
            return name;
        } catch (IOException e) {
            throw removed(partial, full("stage a release in " + releases, e));
        } catch (RuntimeException e) {
            throw removed(partial, e);
        }
    }

    public Path path(String release) {
        return releases.resolve(release);
    }

    public Path link() {
        return link;
    }

    public boolean exists(String release) {
        return OURS.matcher(release).matches() && Files.isDirectory(releases.resolve(release), LinkOption.NOFOLLOW_LINKS);
    }

    /** From now on {@code current} is this release. */
    public void point(String release) {
        if (current() instanceof Current.Foreign) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "switch " + link, "it is a file or directory that Dewpoint did not make; move it away");
        }
        try {
            Durable.symlink(link, Path.of("releases", release));
        } catch (IOException e) {
            throw full("switch " + link + " to " + release, e);
        }
    }

    /** There is no current release any more. */
    public void unpoint() {
        try {
            if (current() instanceof Current.At) {
                Files.deleteIfExists(link);
            }
        } catch (IOException e) {
            throw full("remove " + link, e);
        }
    }

    public Current current() {
        if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            return new Current.Absent();
        }
        if (!Files.isSymbolicLink(link)) {
            return new Current.Foreign();
        }
        try {
            Path target = Files.readSymbolicLink(link);
            Path resolved = root.resolve(target).normalize();
            if (resolved.getParent() != null && resolved.getParent().equals(releases.normalize()) && Files.isDirectory(resolved)) {
                return new Current.At(resolved.getFileName().toString());
            }
            return new Current.Astray(target.toString());
        } catch (IOException e) {
            throw full("read " + link, e);
        }
    }

    public void remove(String release) {
        try {
            if (exists(release)) {
                Path doomed = Durable.beside(releases.resolve(release));
                Durable.deleteTree(doomed);
                Durable.rename(releases.resolve(release), doomed);
                Durable.deleteTree(doomed);
            }
        } catch (IOException e) {
            throw full("remove the release " + release, e);
        }
    }

    /** Removes the oldest of ours beyond {@code keep}, but none of {@code spare} and not what is current. */
    public List<String> prune(int keep, Set<String> spare) {
        List<String> removed = new ArrayList<>();
        List<String> newestFirst = names(OURS).reversed();
        for (String name : newestFirst.subList(Math.min(keep, newestFirst.size()), newestFirst.size())) {
            if (!spare.contains(name) && !current().equals(new Current.At(name))) {
                remove(name);
                removed.add(name);
            }
        }
        return removed;
    }

    /** Removes what an attempt that began at {@code start} made and nobody recorded. */
    public void removeSince(Instant start, Set<String> recorded) {
        String first = UTC.format(start);
        names(OURS).stream().filter(name -> second(name).compareTo(first) >= 0 && !recorded.contains(name)).forEach(this::remove);
    }

    /** Removes what an interrupted run left half made. */
    public void sweep() {
        try {
            for (String name : names(OUR_PARTIAL)) {
                Durable.deleteTree(releases.resolve(name));
            }
            Files.deleteIfExists(Durable.beside(link));
        } catch (IOException e) {
            throw full("clean up " + releases, e);
        }
    }

    /** Oldest first, by the time in the name; a suffix counts as a number. */
    private List<String> names(Pattern wanted) {
        try (Stream<Path> entries = Files.isDirectory(releases) ? Files.list(releases) : Stream.empty()) {
            return entries.map(entry -> entry.getFileName().toString()).filter(name -> wanted.matcher(name).matches())
                    .sorted(java.util.Comparator.comparing(ReleaseDirectory::second).thenComparing(ReleaseDirectory::suffix)).toList();
        } catch (IOException e) {
            throw full("list " + releases, e);
        }
    }

    private static String second(String name) {
        int dash = name.indexOf('-');
        return dash < 0 ? name : name.substring(0, dash);
    }

    private static int suffix(String name) {
        int dash = name.indexOf('-');
        return dash < 0 ? 1 : Integer.parseInt(name.substring(dash + 1).replace(Durable.PARTIAL, ""));
    }

    private String free() {
        String second = UTC.format(time.now());
        for (int i = 1; ; i++) {
            String name = i == 1 ? second : second + "-" + i;
            if (!Files.exists(releases.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                return name;
            }
        }
    }

    private static RuntimeException removed(Path partial, RuntimeException because) {
        if (partial != null) {
            try {
                Durable.deleteTree(partial);
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
        return because;
    }

    private static Failure full(String tried, IOException e) {
        return new Failure(Failure.Kind.EXHAUSTED, tried, "this host could not: " + e, e);
    }

    /** The release that {@code current} names, if it names one. */
    public Optional<String> currentRelease() {
        return switch (current()) {
            case Current.At at -> Optional.of(at.release());
            case Current.Absent _, Current.Astray _, Current.Foreign _ -> Optional.empty();
        };
    }
}
