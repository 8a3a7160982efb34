package dev.dewpoint.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Challenge;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import dev.dewpoint.registry.OciAuthorization.Purpose;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** One repository's part of a registry's API: who asks is shown when it is asked for, and refusals come in words. */
final class OciApi {
    private static final int LARGEST_REFUSAL = 64 << 10;
    private static final int LONGEST_MESSAGE = 200;

    /** What came of a request: a value, or the wish to know who asks. */
    private record Reply<T>(T value, Optional<List<Challenge>> challenges) {}

    private final OciRepository repository;
    private final OciAuthorization authorization;
    private final Http http;

    OciApi(OciRepository repository, OciAuthorization authorization, Http http) {
        this.repository = repository;
        this.authorization = authorization;
        this.http = http;
    }

    OciRepository repository() {
        return repository;
    }

    /** {@code receiver} sees answers of 2xx and those statuses that it says it knows. */
    <T> T exchange(String tried, Ask ask, Purpose purpose, List<Integer> known, Http.Receiver<T> receiver) {
        Reply<T> first = once(tried, ask, purpose, known, receiver);
        if (first.challenges().isEmpty()) {
            return first.value();
        }
        authorization.asked(tried, purpose, first.challenges().get());
        Reply<T> second = once(tried, ask, purpose, known, receiver);
        if (second.challenges().isPresent()) {
            authorization.forget();
            throw new Failure(Failure.Kind.DENIED, tried, denied() + " (401)" + authorization.remedy());
        }
        return second.value();
    }

    private <T> Reply<T> once(String tried, Ask ask, Purpose purpose, List<Integer> known, Http.Receiver<T> receiver) {
        Ask shown = authorization.header(purpose).map(header -> ask.header("Authorization", header)).orElse(ask);
        return exchanged(tried, shown, answer -> {
            boolean here = Origin.of(answer.uri()).equals(repository.origin());
            if (answer.status() == 401 && here) {
                return new Reply<>(null, Optional.of(answer.challenges()));
            }
            if (!answer.isSuccess() && !known.contains(answer.status())) {
                throw here ? refusal(tried, answer) : elsewhere(tried, answer);
            }
            return new Reply<>(receiver.receive(answer), Optional.empty());
        });
    }

    private <T> T exchanged(String tried, Ask ask, Http.Receiver<T> receiver) {
        try {
            return http.exchange(tried, ask, receiver);
        } catch (Failure failure) {
            if (failure.getCause() instanceof SSLException tls) {
                throw new Failure(failure.kind(), tried, failure.why() + "; for an authority of your own add ?ca=FILE to --registry, for a registry without TLS ?insecure=true", tls);
            }
            throw failure;
        }
    }

    /** Whoever we were sent on to gets no login, whatever it asks for. */
    private Failure elsewhere(String tried, Answer answer) {
        Failure general = answer.failure(tried);
        return general.kind() == Failure.Kind.DENIED
                ? new Failure(Failure.Kind.DENIED, tried, "we were sent on to " + Origin.of(answer.uri()) + ", which refuses us (" + answer.status() + "); a login for " + repository.host() + " is shown nowhere else")
                : general;
    }

    private Failure refusal(String tried, Answer answer) {
        Failure general = answer.failure(tried);
        String saying = saying(answer, authorization.secrets());
        return switch (general.kind()) {
            case LIMITED -> general;
            case DENIED -> {
                authorization.forget();
                yield new Failure(Failure.Kind.DENIED, tried, denied() + " (" + answer.status() + saying + ")" + authorization.remedy());
            }
            case MISSING -> new Failure(Failure.Kind.MISSING, tried, repository.name() + " does not exist" + (authorization.isAnonymous() ? ", or is private: no login is given" : ", or the login can't see it") + " (" + answer.status() + saying + ")");
            case UNREACHABLE, TIMED_OUT, UNSETTLED, CORRUPT, MISCONFIGURED, EXHAUSTED, BUG, APP -> new Failure(general.kind(), tried, general.why() + saying);
        };
    }

    private String denied() {
        return authorization.isAnonymous() ? "nobody may read " + repository.name() + " without a login" : "the login for " + repository.host() + " may not read " + repository.name() + ", or has expired";
    }

    /** What the registry itself says about a refusal, as the end of a sentence. */
    static String saying(Answer answer, List<Secret> secrets) {
        try {
            JsonNode told = OciJson.read(answer.body().readNBytes(LARGEST_REFUSAL));
            JsonNode first = told.path("errors").path(0);
            String text = (first.path("code").asText("") + " " + first.path("message").asText(told.path("details").asText(""))).strip();
            return text.isEmpty() ? "" : ", saying: " + shown(new Redaction(secrets).apply(text));
        } catch (IOException | Failure unreadable) {
            return "";
        }
    }

    /** Text from outside, on one line and not too long. */
    static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        int end = line.length() <= LONGEST_MESSAGE ? line.length() : line.offsetByCodePoints(0, Math.min(LONGEST_MESSAGE, line.codePointCount(0, line.length())));
        return line.substring(0, end);
    }
}
