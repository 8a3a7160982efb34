package dev.dewpoint.replica.docker;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units as docker writes them; empty where it would refuse them. */
final class Amount {
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([bkmgtp]?)(?:i?b)?");
    private static final String UNITS = "bkmgtp";
    private static final Pattern SPAN = Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
    private static final Map<String, Long> NANOS = Map.of("ns", 1L, "us", 1_000L, "µs", 1_000L, "ms", 1_000_000L, "s", 1_000_000_000L, "m", 60_000_000_000L, "h", 3_600_000_000_000L);
    private static final BigDecimal BILLION = BigDecimal.valueOf(1_000_000_000);
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private Amount() {}

    /** {@code 512m}, {@code 1.5g}, {@code 64KiB}: units of 1024. */
    static OptionalLong bytes(String text) {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            return OptionalLong.empty();
        }
        int power = size.group(2).isEmpty() ? 0 : UNITS.indexOf(size.group(2));
        return whole(new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1024).pow(power)));
    }

    /** Processors in billionths. */
    static OptionalLong nanoCpus(String text) {
        return text.matches("\\d{1,9}(\\.\\d{1,9})?") ? whole(new BigDecimal(text).multiply(BILLION)).stream().filter(cpus -> cpus > 0).findFirst() : OptionalLong.empty();
    }

    /** {@code 1m30s}, {@code 500ms}. */
    static Optional<Duration> duration(String text) {
        if (text.equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        Matcher span = SPAN.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int at = 0;
        while (at < text.length() && span.find() && span.start() == at) {
            String number = span.group(1).endsWith(".") ? span.group(1) + "0" : span.group(1);
            nanos = nanos.add(new BigDecimal(number).multiply(BigDecimal.valueOf(NANOS.get(span.group(2)))));
            at = span.end();
        }
        OptionalLong whole = at == text.length() && at > 0 ? whole(nanos) : OptionalLong.empty();
        return whole.isPresent() ? Optional.of(Duration.ofNanos(whole.getAsLong())) : Optional.empty();
    }

    static OptionalInt integer(String text, int least, int most) {
        if (!text.matches("[+-]?\\d{1,10}")) {
            return OptionalInt.empty();
        }
        long number = Long.parseLong(text);
        return number < least || number > most ? OptionalInt.empty() : OptionalInt.of((int) number);
    }

    /** What stands between commas, as a line of CSV: a field in quotes may hold commas, {@code ""} in it is a quote. Empty where quotes don't close. */
    static Optional<List<String>> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                field.append('"');
                i++;
            } else if (c == '"' && (quoted || field.isEmpty())) {
                quoted = !quoted;
            } else if (c == '"') {
                return Optional.empty();
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return quoted ? Optional.empty() : Optional.of(fields);
    }

    private static OptionalLong whole(BigDecimal number) {
        BigDecimal whole = number.setScale(0, RoundingMode.DOWN);
        return whole.compareTo(MOST) > 0 ? OptionalLong.empty() : OptionalLong.of(whole.longValueExact());
    }
}
