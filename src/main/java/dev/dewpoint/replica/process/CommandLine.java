package dev.dewpoint.replica.process;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The words that an app is started by, as they were given: below {@code current/} stands whatever release is started. */
final class CommandLine {
    private static final String CURRENT = "current";
    private static final int MOST_NAMES = 8;

    private final Path root;
    private final List<String> given;
    private final String searchPath;

    CommandLine(Path root, List<String> given, Map<String, String> environment) {
        this.root = root;
        this.given = List.copyOf(given);
        this.searchPath = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    }

    /** Each generation runs from its own directory, wherever {@code current} leads to by then. */
    List<String> of(String release, List<Integer> ports) {
        List<String> words = new ArrayList<>(given.stream().map(word -> filled(in(release, word), ports)).toList());
        words.set(0, program(release).toString());
        return words;
    }

    /** The file that is run. Fails if there is none. */
    Path program(String release) {
        String word = in(release, given.getFirst());
        if (word.indexOf('/') < 0) {
            return Stream.of(searchPath.split(":")).filter(directory -> !directory.isEmpty()).map(directory -> root.resolve(directory).resolve(word)).filter(CommandLine::isProgram).findFirst()
                    .orElseThrow(() -> new Failure(Failure.Kind.MISCONFIGURED, "start " + given.getFirst(), "no directory of PATH has such a program; a program of the release is called as ./current/" + given.getFirst()));
        }
        Path program = root.resolve(word).normalize();
        if (isProgram(program)) {
            return program;
        }
        String why = Files.exists(program) ? given.getFirst() + " may not be executed; set its mode in the archive (chmod +x)" : "there is no " + given.getFirst();
        throw new Failure(Failure.Kind.MISCONFIGURED, "start " + given.getFirst(), why + (isOfRelease(given.getFirst()) ? "; the release holds " + names(root.resolve("releases").resolve(release)) : ""));
    }

    private static boolean isProgram(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }

    private boolean isOfRelease(String word) {
        return !in("", word).equals(word);
    }

    /** A word, or what stands behind {@code --flag=}. */
    private String in(String release, String word) {
        int equals = word.startsWith("-") ? word.indexOf('=') + 1 : 0;
        String path = word.substring(equals);
        for (String start : List.of(CURRENT, "./" + CURRENT, root.resolve(CURRENT).toString())) {
            if (path.equals(start) || path.startsWith(start + "/")) {
                return word.substring(0, equals) + start.substring(0, start.length() - CURRENT.length()) + "releases/" + release + path.substring(start.length());
            }
        }
        return word;
    }

    private static String filled(String word, List<Integer> ports) {
        return ports.isEmpty() ? word : word.replace("{port}", ports.getFirst().toString());
    }

    private static String names(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> names = entries.map(entry -> entry.getFileName().toString()).sorted().toList();
            return names.isEmpty() ? "nothing" : String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size()))) + (names.size() > MOST_NAMES ? ", …" : "");
        } catch (IOException e) {
            return "nothing that can be read";
        }
    }

}
