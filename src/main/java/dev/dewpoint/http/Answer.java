package dev.dewpoint.http;

import dev.dewpoint.failure.Failure;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import okhttp3.Headers;

/**
 * What came back. Reading {@code body} throws {@link Failure} when the network fails, so that an IOException inside a
 * receiver is always one of its own.
 */
public record Answer(int status, URI uri, Headers headers, List<Challenge> challenges, InputStream body, long length, Instant receivedAt) {
    /** Nobody is trusted to make us wait for longer. */
    private static final Duration LONGEST_PATIENCE = Duration.ofHours(1);

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** All values of a header that may stand several times. */
    public List<String> headers(String name) {
        return headers.values(name);
    }

    public boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Passes 2xx through; everything else becomes the failure that it means. */
    public Answer orFailure(String tried) {
        if (isSuccess()) {
            return this;
        }
        throw failure(tried);
    }

    public Failure failure(String tried) {
        String why = "it answered " + status + " at " + Origin.of(uri);
        Optional<Duration> patience = patience();
        if (status == 429 || status == 403 && (isRateLimited() || header("Retry-After").isPresent())) {
            return Failure.limited(tried, why + patience.map(p -> ", asking us to wait " + p.toSeconds() + " s").orElse(""), patience.orElse(Duration.ofMinutes(1)));
        }
        if (status == 503 && patience.isPresent()) {
            return Failure.limited(tried, why, patience.get());
        }
        return switch (status) {
            case 401, 403, 407 -> new Failure(Failure.Kind.DENIED, tried, why);
            case 404, 410 -> new Failure(Failure.Kind.MISSING, tried, why);
            default -> new Failure(Failure.Kind.UNREACHABLE, tried, why);
        };
    }

    private boolean isRateLimited() {
        return header("X-RateLimit-Remaining").filter("0"::equals).isPresent();
    }

    /** Retry-After in seconds or as a date, else the reset time of the rate limit; by the server's own clock. */
    private Optional<Duration> patience() {
        Instant serverNow = header("Date").flatMap(Answer::date).orElse(receivedAt);
        Optional<Duration> asked = header("Retry-After").flatMap(value -> seconds(value).map(Duration::ofSeconds).or(() -> date(value).map(at -> Duration.between(serverNow, at))));
        if (asked.isEmpty() && isRateLimited()) {
            asked = header("X-RateLimit-Reset").flatMap(Answer::seconds).map(epoch -> Duration.between(serverNow, Instant.ofEpochSecond(Math.min(epoch, 1L << 40))));
        }
        return asked.filter(wait -> !wait.isNegative() && !wait.isZero()).map(wait -> wait.compareTo(LONGEST_PATIENCE) > 0 ? LONGEST_PATIENCE : wait);
    }

    private static Optional<Long> seconds(String text) {
        try {
            return Optional.of(Long.parseLong(text.strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> date(String text) {
        try {
            return Optional.of(ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
