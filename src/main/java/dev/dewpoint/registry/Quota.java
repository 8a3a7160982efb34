package dev.dewpoint.registry;

import dev.dewpoint.http.Answer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * What GitHub says of the requests that are left. Who shows a token pays nothing for asking whether something has changed;
 * who doesn't pays for that too, and would be locked out for most of the hour after a few minutes.
 */
record Quota(long limit, long remaining, Duration untilReset) {
    /** For downloads and for what people ask for. */
    private static final long RESERVE = 10;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

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
