package dev.dewpoint.replica.docker;

import dev.dewpoint.host.Secret;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** -e and --env-file. A name without a value takes the agent's, and is left out if it has none. */
final class EnvironmentReader {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Surroundings surroundings;
    private final List<String> problems;

    EnvironmentReader(Surroundings surroundings, List<String> problems) {
        this.surroundings = surroundings;
        this.problems = problems;
    }

    Map<String, Secret> words(List<String> words) {
        Map<String, Secret> read = new HashMap<>();
        for (String word : words) {
            if (word.isEmpty() || word.startsWith("=")) {
                problems.add(Option.ENV + ": NAME=VALUE or NAME is its form");
            } else {
                put(read, word);
            }
        }
        return read;
    }

    /** Later files win over earlier ones. */
    Map<String, Secret> files(List<String> names) {
        Map<String, Secret> read = new HashMap<>();
        for (String name : names) {
            text(name).ifPresent(text -> lines(name, text, read));
        }
        return read;
    }

    private Optional<String> text(String name) {
        try {
            return Optional.of(surroundings.disk().read(surroundings.directory().resolve(Path.of(name))));
        } catch (IOException | InvalidPathException e) {
            problems.add(Option.ENV_FILE + ": " + name + " can't be read; it has to be there as UTF-8 text and be readable for Dewpoint's user");
            return Optional.empty();
        }
    }

    private void lines(String name, String text, Map<String, Secret> read) {
        List<String> lines = (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).stripLeading();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String variable = line.split("=", 2)[0];
            if (variable.isEmpty() || variable.chars().anyMatch(Character::isWhitespace)) {
                problems.add(Option.ENV_FILE + ": " + name + ", line " + (i + 1) + ": NAME=VALUE or NAME is its form, without blanks in the name");
            } else {
                put(read, line);
            }
        }
    }

    private void put(Map<String, Secret> read, String word) {
        String[] pair = word.split("=", 2);
        String value = pair.length == 2 ? pair[1] : surroundings.environment().get(pair[0]);
        if (value != null) {
            read.put(pair[0], new Secret(value));
        }
    }
}
