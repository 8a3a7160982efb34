package dev.dewpoint.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Challenge;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one registry gets to see of us. Nothing before it asks; then what it asked for, and a token for as long as it
 * lives, so that an unchanged listing stays one request.
 */
final class OciAuthorization {
    /** A registry may want another scope for a listing than for an image. */
    enum Purpose { TAGS, IMAGES }

    private static final Set<String> HARMLESS = Set.of("pull", "metadata_read");
    private static final Duration USUAL_LIFETIME = Duration.ofSeconds(60);
    private static final Duration LONGEST_LIFETIME = Duration.ofHours(12);
    private static final Duration EARLY = Duration.ofSeconds(10);
    private static final long LARGEST_ANSWER = 1 << 20;

    /** How it was asked for. */
    private sealed interface Way {
        record Basic(RegistryCredential.Password password) implements Way {}

        record Bearer(URI realm, Optional<String> service, String scope) implements Way {}
    }

    private record Token(Secret value, long sinceNanos, Duration lifetime) {}

    private final OciRepository repository;
    private final RegistryCredentials credentials;
    private final Http http;
    private final Time time;
    private final Map<Purpose, Way> ways = new EnumMap<>(Purpose.class);
    private final Map<Way.Bearer, Token> tokens = new HashMap<>();
    private Optional<RegistryCredential> shown = Optional.empty();

    /** {@code http} has no credentials of its own. */
    OciAuthorization(OciRepository repository, RegistryCredentials credentials, Http http, Time time) {
        this.repository = repository;
        this.credentials = credentials;
        this.http = http;
        this.time = time;
    }

    /** The header now. Empty until the registry has asked for one. */
    Optional<String> header(Purpose purpose) {
        Way way = ways.getOrDefault(purpose, ways.values().stream().findFirst().orElse(null));
        return Optional.ofNullable(way).map(known -> switch (known) {
            case Way.Basic basic -> basic.password().basic();
            case Way.Bearer bearer -> "Bearer " + token(bearer).value();
        });
    }

    /** The registry refused what was shown, and said how it wants to be asked. */
    void asked(String tried, Purpose purpose, List<Challenge> challenges) {
        Optional<Challenge> bearer = challenges.stream().filter(challenge -> challenge.is("Bearer")).findFirst();
        if (bearer.isPresent()) {
            Way.Bearer way = bearer(tried, bearer.get());
            tokens.remove(way);
            ways.put(purpose, way);
        } else if (challenges.stream().anyMatch(challenge -> challenge.is("Basic"))) {
            ways.put(purpose, new Way.Basic(password(tried)));
        } else {
            String schemes = challenges.stream().map(Challenge::scheme).distinct().collect(Collectors.joining(", "));
            throw new Failure(Failure.Kind.DENIED, tried, schemes.isEmpty() ? "it refuses us (401) without saying how it wants to be asked" : "it wants to be asked by " + OciApi.shown(schemes) + ", and Dewpoint speaks Bearer and Basic");
        }
    }

    /** What was shown doesn't do: the next time nothing is shown, so that the registry asks again. */
    void forget() {
        ways.clear();
        tokens.clear();
    }

    /** Whether no login was shown so far: none is known, or none was asked for. */
    boolean isAnonymous() {
        return shown.isEmpty();
    }

    /** What no message may hold. */
    List<Secret> secrets() {
        List<Secret> secrets = new ArrayList<>(tokens.values().stream().map(Token::value).toList());
        shown.ifPresent(credential -> {
            secrets.add(credential.secret());
            if (credential instanceof RegistryCredential.Password password) {
                secrets.add(new Secret(password.basic().substring("Basic ".length())));
            }
        });
        return secrets;
    }

    private Optional<RegistryCredential> login() {
        shown = credentials.forHost(repository.host());
        return shown;
    }

    private RegistryCredential.Password password(String tried) {
        return switch (login().orElse(null)) {
            case RegistryCredential.Password password -> password;
            case RegistryCredential.IdentityToken _ -> throw new Failure(Failure.Kind.DENIED, tried, "it wants a user name and password, and Docker's config.json holds an identity token for " + repository.host());
            case null -> throw new Failure(Failure.Kind.DENIED, tried, "it wants a user name and password and none is given" + remedy());
        };
    }

    /** Where a login is looked for, as the end of a sentence. */
    String remedy() {
        return "; run `docker login " + (repository.isAtDockerHub() ? "" : repository.host() + " ").strip() + "` as the agent's user, or set DOCKER_USERNAME and DOCKER_PASSWORD" + (repository.host().equals("ghcr.io") ? " or GITHUB_TOKEN" : "");
    }

    private Way.Bearer bearer(String tried, Challenge challenge) {
        String realm = challenge.parameter("realm").orElseThrow(() -> new Failure(Failure.Kind.DENIED, tried, "it wants a token and doesn't say from where (its challenge has no realm)"));
        return new Way.Bearer(OciRealm.checked(tried, repository, realm), challenge.parameter("service"), scope(challenge.parameter("scope")));
    }

    /** Of what the registry asks for only what concerns this repository and changes nothing. */
    private String scope(Optional<String> asked) {
        String prefix = "repository:" + repository.path() + ":";
        String actions = asked.stream().flatMap(text -> Arrays.stream(text.split(" "))).filter(one -> one.startsWith(prefix))
                .flatMap(one -> Arrays.stream(one.substring(prefix.length()).split(","))).filter(HARMLESS::contains).distinct().collect(Collectors.joining(","));
        return prefix + (actions.isEmpty() ? "pull" : actions);
    }

    private Secret token(Way.Bearer way) {
        Token known = tokens.get(way);
        if (known == null || time.since(known.sinceNanos()).compareTo(known.lifetime()) >= 0) {
            known = fetch(way);
            tokens.put(way, known);
        }
        return known.value();
    }

    private Token fetch(Way.Bearer way) {
        String tried = "get a token for " + repository.name() + " at " + Origin.of(way.realm());
        Optional<RegistryCredential> credential = login();
        Ask ask = ask(way, credential).atMost(LARGEST_ANSWER);
        return http.exchange(tried, ask, answer -> {
            if (!answer.isSuccess()) {
                throw refusal(tried, answer, credential.isPresent());
            }
            try {
                return token(tried, OciJson.read(answer.body().readAllBytes()));
            } catch (IOException e) {
                // without the cause: it may quote the token
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "the answer could not be understood");
            }
        });
    }

    private static Ask ask(Way.Bearer way, Optional<RegistryCredential> credential) {
        String service = way.service().map(name -> "service=" + encoded(name) + "&").orElse("");
        String parameters = service + "scope=" + encoded(way.scope());
        String query = way.realm().getRawQuery() == null ? "?" : "&";
        return switch (credential.orElse(null)) {
            case RegistryCredential.IdentityToken identity -> Ask.post(way.realm(), "application/x-www-form-urlencoded",
                    ("grant_type=refresh_token&client_id=dewpoint&" + parameters + "&refresh_token=" + encoded(identity.secret().value())).getBytes(StandardCharsets.US_ASCII)).staying();
            case RegistryCredential.Password password -> Ask.get(URI.create(way.realm() + query + parameters)).header("Authorization", password.basic());
            case null -> Ask.get(URI.create(way.realm() + query + parameters));
        };
    }

    private Failure refusal(String tried, Answer answer, boolean known) {
        Failure general = answer.failure(tried);
        if (general.kind() != Failure.Kind.DENIED) {
            return general;
        }
        String login = known ? "the login for " + repository.host() + " was refused, or may not read this repository; renew it" : "nobody may read it without a login, or it does not exist";
        return new Failure(Failure.Kind.DENIED, tried, login + " (" + answer.status() + OciApi.saying(answer, secrets()) + ")" + remedy());
    }

    private Token token(String tried, JsonNode answer) {
        String value = answer.path("token").asText(answer.path("access_token").asText(""));
        if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the answer holds no token");
        }
        JsonNode seconds = answer.path("expires_in");
        Duration told = seconds.isNumber() ? Duration.ofSeconds(Math.clamp(seconds.asLong(), 0, LONGEST_LIFETIME.toSeconds())) : USUAL_LIFETIME;
        Duration early = told.dividedBy(10).compareTo(EARLY) < 0 ? told.dividedBy(10) : EARLY;
        return new Token(new Secret(value), time.nanos(), told.minus(early));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
