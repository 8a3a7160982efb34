package dev.dewpoint.registry;

import dev.dewpoint.http.Answer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is left of the requests that are granted to us. At GitHub, who shows a token pays nothing for asking whether something has changed;
 * who doesn't pays for that too, and would be locked out for most of the hour after a few minutes.
 */
record Quota(long limit, long remaining, Duration untilReset) {
    /** For downloads and for what people ask for. */
    private static final long RESERVE = 10;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private static final Pattern COUNT = Pattern.compile("\\s*([0-9]{1,15})(?:\\s*;(?:.*;)?\\s*w=([0-9]{1,9}).*|\\s*[;,].*)?\\s*");

    static Optional<Quota> of(Answer answer) {
        try {
            Optional<Long> limit = answer.header("X-RateLimit-Limit").map(Long::valueOf);
            Optional<Long> remaining = answer.header("X-RateLimit-Remaining").map(Long::valueOf);
            Optional<Instant> reset = answer.header("X-RateLimit-Reset").map(Long::valueOf).map(Instant::ofEpochSecond);
            if (limit.isEmpty() || remaining.isEmpty() || reset.isEmpty()) {
                return Optional.empty();
            }
            Instant now = answer.header("Date").map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant()).orElse(answer.receivedAt());
            return Optional.of(new Quota(limit.get(), remaining.get(), Duration.between(now, reset.get())));
        } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** As registries say it: {@code RateLimit-Remaining: 76;w=21600}, the window in seconds. */
    static Optional<Quota> ofRegistry(Answer answer) {
        Optional<Matcher> limit = answer.header("RateLimit-Limit").map(COUNT::matcher).filter(Matcher::matches);
        Optional<Matcher> remaining = answer.header("RateLimit-Remaining").map(COUNT::matcher).filter(Matcher::matches);
        if (remaining.isEmpty()) {
            return Optional.empty();
        }
        long left = Long.parseLong(remaining.get().group(1));
        Optional<String> reset = answer.header("RateLimit-Reset").map(String::strip).filter(text -> text.matches("[0-9]{1,9}"));
        long seconds = Long.parseLong(reset.or(() -> Optional.ofNullable(remaining.get().group(2))).orElse("60"));
        return Optional.of(new Quota(limit.map(match -> Long.parseLong(match.group(1))).orElse(left == 0 ? 1 : left), left, Duration.ofSeconds(seconds)));
    }

    /** How long to ask nothing, so that what is left lasts until there is more: zero while there is plenty. */
    Duration pause() {
        boolean plenty = remaining >= limit - limit / 4;
        if (plenty || untilReset.isNegative()) {
            return Duration.ZERO;
        }
        Duration share = remaining > RESERVE ? untilReset.dividedBy(remaining - RESERVE) : untilReset;
        return share.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : share;
    }
}
