package dev.dewpoint.config;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code scheme://rest?option=value&…}. Options may stand literally or percent-encoded, as people type them. */
record Url(String scheme, String rest, Map<String, String> options) {

    static Url parse(String text) {
        int colon = text.indexOf("://");
        if (colon <= 0) {
            throw new IllegalArgumentException("it is no URL; it has the form scheme://place?option=value");
        }
        String after = text.substring(colon + 3);
        int question = after.indexOf('?');
        String rest = question < 0 ? after : after.substring(0, question);
        Map<String, String> options = question < 0 ? Map.of() : options(after.substring(question + 1));
        return new Url(text.substring(0, colon), rest, options);
    }

    /** {@code a=1&b=2}, decoded, in the order given. */
    static Map<String, String> options(String query) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String pair : query.split("&")) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            if (options.put(name, equals < 0 ? "" : decoded(pair.substring(equals + 1))) != null) {
                throw new IllegalArgumentException("the option " + name + " stands in it twice");
            }
        }
        return options;
    }

    Optional<String> option(String name) {
        return Optional.ofNullable(options.get(name)).filter(value -> !value.isEmpty());
    }

    boolean yes(String name) {
        String value = options.get(name);
        if (value == null) {
            return false;
        }
        return switch (value) {
            case "", "true", "1", "yes" -> true;
            case "false", "0", "no" -> false;
            default -> throw new IllegalArgumentException("the option " + name + " is true or false, not " + value);
        };
    }

    void allowOnly(Collection<String> known) {
        for (String name : options.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("it has no option " + name + Problems.didYouMean(name, known) + " (known: " + String.join(", ", known) + ")");
            }
        }
    }

    static String decoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            int high = raw[i] == '%' && i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(raw[i + 2], 16);
            if (low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(raw[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
