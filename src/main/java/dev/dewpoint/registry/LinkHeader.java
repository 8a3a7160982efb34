package dev.dewpoint.registry;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the next page is ({@code Link: <…>; rel="next"}). Commas may stand in the address, and other parameters before {@code rel}. */
final class LinkHeader {
    private static final Pattern LINK = Pattern.compile("<([^<>]*)>([^<]*)");
    private static final Pattern NEXT = Pattern.compile("(?i);\\s*rel\\s*=\\s*(\"([^\"]*\\s)?next(\\s[^\"]*)?\"|next\\b)");

    private LinkHeader() {}

    static Optional<String> next(List<String> values) {
        Matcher link = LINK.matcher(String.join(", ", values));
        while (link.find()) {
            if (NEXT.matcher(link.group(2)).find()) {
                return Optional.of(link.group(1));
            }
        }
        return Optional.empty();
    }

    /** Whether there is a next page of which it doesn't become clear where. */
    static boolean isGarbled(List<String> values) {
        return next(values).isEmpty() && values.stream().anyMatch(value -> NEXT.matcher(value).find());
    }
}
