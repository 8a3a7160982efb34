package dev.dewpoint.replica.docker;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Words into options, by the grammar of docker's command line; what the values mean isn't known here. */
final class Arguments {
    private static final Set<String> TRUE = Set.of("1", "t", "true");
    private static final Set<String> FALSE = Set.of("0", "f", "false");

    private final List<String> words;
    private final Map<Option, List<String>> given = new EnumMap<>(Option.class);
    private final List<String> problems;

    private Arguments(List<String> words, List<String> problems) {
        this.words = words;
        this.problems = problems;
    }

    /** The values of every option in the order in which they were given; a switch that is on has one. */
    static Map<Option, List<String>> read(List<String> words, List<String> problems) {
        Arguments arguments = new Arguments(words, problems);
        int at = 0;
        while (at >= 0 && at < words.size()) {
            at = arguments.word(at);
        }
        return arguments.given;
    }

    /** Where to read on; negative where nothing further can be understood. */
    private int word(int at) {
        String word = words.get(at);
        if (word.equals("--") || !word.startsWith("-") || word.equals("-")) {
            problems.add((word.equals("--") ? "--: a second one" : "the word at place " + (at + 1) + " after --") + " isn't a run option; the image comes from --registry, and its command from --cmd");
            return -1;
        }
        return word.startsWith("--") ? longOption(at, word.substring(2)) : letters(at, word.substring(1));
    }

    private int longOption(int at, String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Optional<Option> option = Option.named(name);
        if (option.isEmpty()) {
            problems.add("--" + name + ": docker's run has no such option, or Dewpoint doesn't know it; docs/containers.md lists those that it takes");
            return at + 1;
        }
        if (equals >= 0) {
            take(option.get(), text.substring(equals + 1));
            return at + 1;
        }
        return option.get().isSwitch() ? taken(option.get(), "true", at + 1) : valueAfter(option.get(), at);
    }

    /** {@code -it}, {@code -eA=b}, {@code -e=A=b}, {@code -itea=b}: switches, then at most one option with the rest as its value. */
    private int letters(int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            String rest = text.substring(i + 1);
            Optional<Option> option = Option.lettered(text.charAt(i));
            if (option.isEmpty()) {
                problems.add("-" + text.charAt(i) + ": docker's run has no such option; docs/containers.md lists those that Dewpoint takes");
                return at + 1;
            }
            if (rest.startsWith("=")) {
                return taken(option.get(), rest.substring(1), at + 1);
            }
            if (!option.get().isSwitch()) {
                return rest.isEmpty() ? valueAfter(option.get(), at) : taken(option.get(), rest, at + 1);
            }
            take(option.get(), "true");
        }
        return at + 1;
    }

    private int valueAfter(Option option, int at) {
        if (at + 1 == words.size()) {
            problems.add(option + ": its value is missing");
            return at + 1;
        }
        return taken(option, words.get(at + 1), at + 2);
    }

    private int taken(Option option, String value, int next) {
        take(option, value);
        return next;
    }

    private void take(Option option, String value) {
        if (option.isSwitch() && FALSE.contains(value.toLowerCase(Locale.ROOT))) {
            given.remove(option);
            return;
        }
        if (option.isSwitch() && !TRUE.contains(value.toLowerCase(Locale.ROOT))) {
            problems.add(option + ": it is either there or not; true and false are its only values");
            return;
        }
        switch (option.stance()) {
            case TAKEN -> given.computeIfAbsent(option, _ -> new ArrayList<>()).add(value);
            case REFUSED -> problem(option + " isn't allowed: " + option.reason());
            case FOREIGN -> problem(option + " isn't among the run options that Dewpoint takes; docs/containers.md lists them");
        }
    }

    private void problem(String text) {
        if (!problems.contains(text)) {
            problems.add(text);
        }
    }
}
