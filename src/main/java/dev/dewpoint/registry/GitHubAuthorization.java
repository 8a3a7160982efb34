package dev.dewpoint.registry;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What GitHub gets to see of us. An app's token is fetched when it is first needed and renewed before it expires. */
public final class GitHubAuthorization implements Credentials.Authorization {
    private static final Duration EARLY = Duration.ofMinutes(5);
    private static final Duration USUAL_LIFETIME = Duration.ofHours(1);
    private static final Duration SKEW_THAT_MATTERS = Duration.ofSeconds(30);
    private static final Duration BACKDATED = Duration.ofSeconds(60);
    private static final Duration VALID = Duration.ofMinutes(10);

    /** {@code lifetime} counts from {@code sinceNanos}: the other side's clock may be another than ours. */
    private record Installation(String token, long sinceNanos, Duration lifetime) {}

    /** What came of one try to get a token; {@code serverNow} is set if it was refused and the clocks differ. */
    private record Tried(Optional<Installation> installation, Optional<Instant> serverNow) {}

    private final Http http;
    private final GitHubAccess access;
    private final Time time;
    private Optional<Installation> installation = Optional.empty();

    /** {@code http} has no credentials for the API's origin: an app's requests for tokens bring their own. */
    public static GitHubAuthorization of(GitHubAccess access, Http http, Time time) {
        return new GitHubAuthorization(access, http, time);
    }

    private GitHubAuthorization(GitHubAccess access, Http http, Time time) {
        this.access = access;
        this.http = http;
        this.time = time;
    }

    /** Where it belongs: the API, and the host that takes uploads. */
    public static List<Origin> origins(GitHubAccess access) {
        return Stream.of(access.api(), access.uploads()).map(Origin::of).distinct().toList();
    }

    @Override
    public Optional<String> header() {
        return switch (access.as()) {
            case GitHubAccess.As.Anonymous _ -> Optional.empty();
            case GitHubAccess.As.Token token -> Optional.of("Bearer " + token.token().value());
            case GitHubAccess.As.App app -> Optional.of("Bearer " + token(app));
        };
    }

    /** One at a time: whoever comes meanwhile gets what the first one fetched. */
    private synchronized String token(GitHubAccess.As.App app) {
        if (installation.isPresent() && remaining(installation.get()).compareTo(EARLY) > 0) {
            return installation.get().token();
        }
        try {
            installation = Optional.of(fetch(app));
        } catch (Failure failure) {
            if (installation.isEmpty() || remaining(installation.get()).compareTo(SKEW_THAT_MATTERS) < 0) {
                throw failure;
            }
        }
        return installation.get().token();
    }

    private Duration remaining(Installation of) {
        return of.lifetime().minus(time.since(of.sinceNanos()));
    }

    /** A clock of ours that is wrong makes a token that is refused; then once more by the clock of the other side. */
    private Installation fetch(GitHubAccess.As.App app) {
        String tried = "get a token for GitHub App " + app.id();
        Tried byOurs = exchange(tried, app, time.now(), false);
        return byOurs.installation().or(() -> exchange(tried, app, byOurs.serverNow().orElseThrow(), true).installation()).orElseThrow();
    }

    private Tried exchange(String tried, GitHubAccess.As.App app, Instant now, boolean last) {
        Ask ask = GitHubApi.headed(Ask.post(access.api().resolve("app/installations/" + app.installation() + "/access_tokens"), "application/json", new byte[0]))
                .header("Authorization", "Bearer " + jwt(app, now));
        return http.exchange(tried, ask, answer -> {
            if (answer.isSuccess()) {
                return new Tried(Optional.of(installation(tried, answer)), Optional.empty());
            }
            Optional<Instant> serverNow = serverTime(answer).filter(there -> Duration.between(now, there).abs().compareTo(SKEW_THAT_MATTERS) > 0);
            if (answer.status() == 401 && serverNow.isPresent() && !last) {
                return new Tried(Optional.empty(), serverNow);
            }
            throw refusal(tried, app, answer);
        });
    }

    private static Failure refusal(String tried, GitHubAccess.As.App app, Answer answer) {
        Failure general = answer.failure(tried);
        if (general.kind() != Failure.Kind.DENIED && general.kind() != Failure.Kind.MISSING) {
            return general;
        }
        String saying = " (" + answer.status() + GitHubApi.message(answer).map(text -> ", saying: " + text).orElse("") + ")";
        String why = answer.status() == 401 ? "its key was not accepted; check that GITHUB_APP_PRIVATE_KEY belongs to GITHUB_APP_ID, and this host's clock"
                : answer.status() == 404 ? "it has no installation " + app.installation() + "; check GITHUB_APP_INSTALLATION_ID"
                : "installation " + app.installation() + " was refused; check that it isn't suspended";
        return new Failure(Failure.Kind.DENIED, tried, why + saying);
    }

    private Installation installation(String tried, Answer answer) {
        List<Optional<String>> texts = GitHubApi.json(tried, answer, in -> ReleaseReader.texts(in, List.of("token", "expires_at")));
        String token = texts.get(0).filter(text -> !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c <= '~'))
                .orElseThrow(() -> new Failure(Failure.Kind.UNREACHABLE, tried, "the answer holds no token"));
        Instant there = serverTime(answer).orElseGet(time::now);
        Duration lifetime = texts.get(1).flatMap(GitHubAuthorization::instant).map(until -> Duration.between(there, until)).orElse(USUAL_LIFETIME);
        return new Installation(token, time.nanos(), lifetime);
    }

    private static Optional<Instant> serverTime(Answer answer) {
        try {
            return answer.header("Date").map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static String jwt(GitHubAccess.As.App app, Instant now) {
        String claims = "{\"iat\":" + now.minus(BACKDATED).getEpochSecond() + ",\"exp\":" + now.plus(VALID).getEpochSecond() + ",\"iss\":\"" + app.id() + "\"}";
        String signed = base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.US_ASCII)) + "." + base64(claims.getBytes(StandardCharsets.US_ASCII));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(app.key());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "sign for GitHub App " + app.id(), "its private key can't sign", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
