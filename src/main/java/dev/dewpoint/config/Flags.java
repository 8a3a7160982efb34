package dev.dewpoint.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What was given, by long flag name. A flag on the command line beats the file, and that beats {@code DEWPOINT_<FLAG>} in
 * the environment, where repeatable flags stand one a line. {@code unknown}: what was typed and is no flag, as problems.
 */
public record Flags(Map<String, List<String>> given, Map<String, List<Value>> file, Map<String, String> environment, List<String> unknown) {
    public Flags(Map<String, List<String>> given, Map<String, String> environment, List<String> unknown) {
        this(given, Map.of(), environment, unknown);
    }

    /** A value and the name to blame it on. */
    public record Value(String origin, String text) {}

    public Flags in(Map<String, String> variables) {
        return new Flags(given, file, variables, unknown);
    }

    public Optional<Value> one(String flag) {
        List<Value> all = all(flag);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    public List<Value> all(String flag) {
        List<String> values = given.get(flag);
        if (values != null) {
            return values.stream().map(text -> new Value(flag, text)).toList();
        }
        List<Value> written = file.get(flag);
        if (written != null) {
            return written;
        }
        String variable = variable(flag);
        String text = environment.get(variable);
        if (text == null || text.isBlank()) {
            return List.of();
        }
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).map(line -> new Value(variable, line)).toList();
    }

    static String variable(String flag) {
        return "DEWPOINT_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
