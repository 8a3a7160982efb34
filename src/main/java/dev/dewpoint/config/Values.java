package dev.dewpoint.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads single values, noting a problem and going on with the default where one is wrong. */
final class Values {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)?");
    private static final Pattern SIZE = Pattern.compile("(?i)(\\d{1,12})\\s*(k|m|g|t)?(i?b)?");

    private final Flags flags;
    private final Problems problems;

    Values(Flags flags, Problems problems) {
        this.flags = flags;
        this.problems = problems;
    }

    Flags flags() {
        return flags;
    }

    Duration duration(String flag, Duration otherwise, Duration least, Duration most) {
        return read(flag, otherwise, text -> {
            Duration duration = duration(text);
            if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
                throw new IllegalArgumentException("it must be between " + words(least) + " and " + words(most));
            }
            return duration;
        });
    }

    long bytes(String flag, long otherwise) {
        return read(flag, otherwise, Values::bytes);
    }

    int number(String flag, int otherwise, int least, int most) {
        return read(flag, otherwise, text -> {
            int number;
            try {
                number = Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("it is no whole number");
            }
            if (number < least || number > most) {
                throw new IllegalArgumentException("it must be between " + least + " and " + most);
            }
            return number;
        });
    }

    <E extends Enum<E>> E choice(String flag, E otherwise, Class<E> of) {
        return read(flag, otherwise, text -> {
            List<String> known = List.of(of.getEnumConstants()).stream().map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
            int at = known.indexOf(text.toLowerCase(Locale.ROOT));
            if (at < 0) {
                throw new IllegalArgumentException("it is one of " + String.join(", ", known) + Problems.didYouMean(text, known));
            }
            return of.getEnumConstants()[at];
        });
    }

    boolean yes(String flag) {
        return yes(flag, false);
    }

    boolean yes(String flag, boolean otherwise) {
        return read(flag, otherwise, text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "1", "" -> true;
            case "false", "no", "0" -> false;
            default -> throw new IllegalArgumentException("it is true or false");
        });
    }

    /** Repeated, or by commas or blanks. */
    <T> List<T> list(String flag, Function<String, T> parse) {
        List<T> all = new ArrayList<>();
        for (Flags.Value value : flags.all(flag)) {
            for (String element : elements(value.text())) {
                read(new Flags.Value(value.origin(), element), parse).ifPresent(all::add);
            }
        }
        return List.copyOf(all);
    }

    static List<String> elements(String text) {
        return Stream.of(text.split("[,\\s]+")).filter(element -> !element.isEmpty()).toList();
    }

    <T> T read(String flag, T otherwise, Function<String, T> parse) {
        return optional(flag, parse).orElse(otherwise);
    }

    <T> Optional<T> optional(String flag, Function<String, T> parse) {
        return flags.one(flag).flatMap(value -> read(value, parse));
    }

    <T> Optional<T> read(Flags.Value value, Function<String, T> parse) {
        try {
            return Optional.of(parse.apply(value.text()));
        } catch (IllegalArgumentException e) {
            problems.add(value.origin() + " " + value.text() + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    static Duration duration(String text) {
        Matcher match = DURATION.matcher(text.strip());
        if (!match.matches()) {
            throw new IllegalArgumentException("it is no duration; write 10, 10s, 5m or 1h");
        }
        long amount = Long.parseLong(match.group(1));
        return switch (match.group(2) == null ? "s" : match.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> Duration.ofSeconds(amount);
        };
    }

    static long bytes(String text) {
        Matcher match = SIZE.matcher(text.strip());
        if (!match.matches()) {
            throw new IllegalArgumentException("it is no size; write 500M, 2G or 2GiB");
        }
        long amount = Long.parseLong(match.group(1));
        int shift = match.group(2) == null ? 0 : switch (match.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 10;
            case "m" -> 20;
            case "g" -> 30;
            default -> 40;
        };
        if (amount > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("it is more than any disk holds");
        }
        return amount << shift;
    }

    static String words(Duration duration) {
        return duration.toMillis() % 1000 != 0 ? duration.toMillis() + "ms" : duration.toSeconds() % 60 != 0 || duration.isZero() ? duration.toSeconds() + "s" : duration.toMinutes() % 60 != 0 ? duration.toMinutes() + "m" : duration.toHours() + "h";
    }
}
