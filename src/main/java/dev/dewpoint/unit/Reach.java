package dev.dewpoint.unit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a service needs of the file system, by whole paths.
 *
 * @param directory where it starts
 * @param written   below these it writes
 * @param read      these it reads
 */
public record Reach(Path directory, List<Path> written, List<Path> read) {
    private static final Path STATE = Path.of("/var/lib");
    private static final Path OURS = STATE.resolve("dewpoint");
    private static final List<Path> HOMES = List.of(Path.of("/home"), Path.of("/root"), Path.of("/run/user"));
    private static final List<Path> TEMPORARY = List.of(Path.of("/tmp"), Path.of("/var/tmp"));

    public Reach {
        written = List.copyOf(written);
        read = List.copyOf(read);
    }

    /** Where an app is kept of which nobody said where. */
    public static Path usual(String name) {
        return OURS.resolve(name);
    }

    /** Made by systemd for the service, relative to /var/lib. */
    List<Path> states() {
        return written.stream().filter(path -> path.startsWith(OURS) && !path.equals(OURS)).map(STATE::relativize).toList();
    }

    /** To be made by whoever installs the unit. */
    List<Path> ownedByOthers() {
        return written.stream().filter(path -> !path.startsWith(OURS) || path.equals(OURS)).toList();
    }

    List<Path> writtenAtHome() {
        return at(HOMES, written);
    }

    List<Path> readAtHome() {
        return at(HOMES, read);
    }

    /** Those that a private /tmp would hide. */
    List<Path> temporary() {
        List<Path> all = new ArrayList<>(written);
        all.addAll(read);
        return at(TEMPORARY, all);
    }

    private static List<Path> at(List<Path> roots, List<Path> paths) {
        Predicate<Path> below = path -> Stream.of(roots).flatMap(List::stream).anyMatch(path::startsWith);
        return paths.stream().filter(below).toList();
    }
}
