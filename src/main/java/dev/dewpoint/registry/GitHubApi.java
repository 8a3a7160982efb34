package dev.dewpoint.registry;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One repository's part of GitHub's REST API: its addresses, its headers, and its refusals in words. */
final class GitHubApi {
    /** Reads an answer's JSON; an IOException means that it isn't what it should be. */
    @FunctionalInterface
    interface Reading<T> {
        T read(InputStream json) throws IOException;
    }

    private static final String VERSION = "2022-11-28";
    private static final int LARGEST_REFUSAL = 64 << 10;
    private static final int LONGEST_MESSAGE = 200;
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final Http http;
    private final GitHubAccess access;
    private final String owner;
    private final String repository;
    private final Origin origin;

    GitHubApi(Http http, GitHubAccess access, String owner, String repository) {
        if (List.of(".", "..").contains(owner) || List.of(".", "..").contains(repository)) {
            throw new IllegalArgumentException("no owner and no repository is called . or ..");
        }
        this.http = http;
        this.access = access;
        this.owner = owner;
        this.repository = repository;
        this.origin = Origin.of(access.api());
    }

    /** {@code owner/repository}, as people write it. */
    String name() {
        return owner + "/" + repository;
    }

    URI uri(String path) {
        return access.api().resolve("repos/" + name() + "/" + path);
    }

    URI uploadUri(String path) {
        return access.uploads().resolve("repos/" + name() + "/" + path);
    }

    /** What {@code reference} in an answer from {@code base} leads to, if it stays where we are. */
    URI sameOrigin(String tried, URI base, String reference) {
        try {
            // URI.resolve takes a mere query for one of the folder
            URI uri = base.resolve(reference.startsWith("?") ? base.getRawPath() + reference : reference);
            if (Origin.of(uri).equals(origin)) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "it leads to a further page at something that is no URL", e);
        }
        throw new Failure(Failure.Kind.UNREACHABLE, tried, "it leads to a further page at another place than " + origin);
    }

    /** Empty if nothing has changed since {@code etag}. */
    <T> Optional<T> get(String tried, Ask ask, Optional<String> etag, Http.Receiver<T> receiver) {
        Ask headed = headed(ask);
        return http.exchange(tried, etag.map(tag -> headed.header("If-None-Match", tag)).orElse(headed), answer -> {
            if (!Origin.of(answer.uri()).equals(origin)) {
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "it was sent on to " + Origin.of(answer.uri()) + ", which is not " + origin);
            }
            if (answer.status() == 304 && etag.isPresent()) {
                return Optional.empty();
            }
            if (!answer.isSuccess()) {
                throw refusal(tried, answer, "read");
            }
            return Optional.of(receiver.receive(answer));
        });
    }

    void post(String tried, Ask ask) {
        http.exchange(tried, headed(ask), answer -> {
            if (!answer.isSuccess()) {
                throw refusal(tried, answer, "write to");
            }
            return answer.status();
        });
    }

    static <T> T json(String tried, Answer answer, Reading<T> reading) {
        try {
            return reading.read(answer.body());
        } catch (IOException e) {
            String type = answer.header("Content-Type").map(value -> value.toLowerCase(Locale.ROOT)).filter(value -> !value.contains("json")).map(value -> " (it is " + shown(value) + ")").orElse("");
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the answer of " + Origin.of(answer.uri()) + " could not be understood" + type + ": " + shown(reason(e)), e);
        }
    }

    static Ask headed(Ask ask) {
        return ask.header("Accept", "application/vnd.github+json").header("X-GitHub-Api-Version", VERSION);
    }

    /** What GitHub itself says about a refusal. */
    static Optional<String> message(Answer answer) {
        try {
            byte[] body = answer.body().readNBytes(LARGEST_REFUSAL);
            return ReleaseReader.texts(new ByteArrayInputStream(body), List.of("message")).getFirst().map(GitHubApi::shown);
        } catch (IOException | Failure unreadable) {
            return Optional.empty();
        }
    }

    private Failure refusal(String tried, Answer answer, String verb) {
        Failure general = answer.failure(tried);
        if (general.kind() == Failure.Kind.LIMITED) {
            return general;
        }
        Optional<String> message = message(answer);
        if (answer.status() == 403 && message.filter(text -> text.toLowerCase(Locale.ROOT).contains("rate limit")).isPresent()) {
            return Failure.limited(tried, general.why() + saying(message), PAUSE);
        }
        boolean anonymous = access.as() instanceof GitHubAccess.As.Anonymous;
        String why = answer.status() == 401 ? anonymous ? "it wants a token and none is given" : "the token is wrong or expired"
                : answer.status() == 403 ? anonymous ? "nobody may " + verb + " " + name() + " without a token" : "the token may not " + verb + " " + name()
                : answer.status() == 404 ? name() + " does not exist, " + (anonymous ? "or is private: no token is given" : "or the token can't see it")
                : "";
        return why.isEmpty() ? new Failure(general.kind(), tried, general.why() + saying(message))
                : new Failure(general.kind(), tried, why + " (" + answer.status() + saying(message) + ")");
    }

    private static String saying(Optional<String> message) {
        return message.map(text -> ", saying: " + text).orElse("");
    }

    private static String reason(IOException e) {
        return e instanceof com.fasterxml.jackson.core.JsonProcessingException wrong ? wrong.getOriginalMessage() : String.valueOf(e.getMessage());
    }

    /** Text from outside, on one line and not too long. */
    private static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return new String(line.substring(0, Math.min(line.length(), LONGEST_MESSAGE)).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
