package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.testing.FakeGitHub;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GitHubAuthorizationTest {
    private static final JsonNode JWT = Vectors.of("github_auth.json").root().path("jwt");

    private final FakeGitHub gitHub = FakeGitHub.start();
    private final ManualTime time = new ManualTime(Instant.now().truncatedTo(ChronoUnit.SECONDS));
    private final Http http = new Http(Time.system(), Credentials.none(), "dewpoint/test", Duration.ofSeconds(10));

    @AfterEach
    void end() {
        http.close();
        gitHub.close();
    }

    @Test
    void nobodyShowsNothingAndATokenIsShownAsItIs() {
        assertThat(as(new GitHubAccess.As.Anonymous()).header()).isEmpty();
        assertThat(as(new GitHubAccess.As.Token(new Secret("ghp_x"))).header()).contains("Bearer ghp_x");
        assertThat(gitHub.requests()).isEmpty();
    }

    @Test
    void anAppSignsForItsTokenAsGitHubWantsIt() throws IOException, GeneralSecurityException {
        assertThat(app().header()).contains("Bearer ghs_installation789012number1");
        LoggedRequest request = gitHub.requests().getFirst();
        assertThat(request.getUrl()).isEqualTo("/app/installations/789012/access_tokens");
        String[] parts = request.getHeader("Authorization").substring("Bearer ".length()).split("\\.");
        assertThat(decoded(parts[0]).path("alg").asText()).isEqualTo(JWT.path("alg").asText());
        JsonNode claims = decoded(parts[1]);
        assertThat(claims.path("iss").asText()).isEqualTo("123456");
        assertThat(JWT.path("iat").asText() + " " + JWT.path("exp").asText()).isEqualTo("now-60s now+10m");
        assertThat(claims.path("iat").asLong()).isEqualTo(time.now().getEpochSecond() - 60);
        assertThat(claims.path("exp").asLong()).isEqualTo(time.now().getEpochSecond() + 600);
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(RsaKeys.PAIR.getPublic());
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
    }

    @Test
    void anAppsTokenIsKeptAndRenewedFiveMinutesBeforeItExpires() {
        gitHub.appTokensExpireAt(time.now().plus(1, ChronoUnit.HOURS));
        int early = JWT.path("token_refresh_before_expiry_s").asInt();
        GitHubAuthorization app = app();
        String first = app.header().orElseThrow();
        time.advance(Duration.ofHours(1).minusSeconds(early + 30));
        assertThat(app.header()).contains(first);
        time.advance(Duration.ofSeconds(60));
        assertThat(app.header().orElseThrow()).isNotEqualTo(first);
        assertThat(gitHub.requests()).hasSize(2);
    }

    @Test
    void aTokenThatIsStillGoodIsUsedWhileARenewalFails() {
        gitHub.appTokensExpireAt(time.now().plus(1, ChronoUnit.HOURS));
        GitHubAuthorization app = app();
        String first = app.header().orElseThrow();
        StubMapping fault = gitHub.server().stubFor(post(urlMatching("/app/.*")).atPriority(1).willReturn(aResponse().withStatus(503)));
        time.advance(Duration.ofMinutes(57));
        assertThat(app.header()).contains(first);
        time.advance(Duration.ofMinutes(3));
        assertThat(catchThrowableOfType(Failure.class, app::header).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        gitHub.server().removeStub(fault);
        gitHub.appTokensExpireAt(time.now().plus(1, ChronoUnit.HOURS));
        assertThat(app.header().orElseThrow()).isNotEqualTo(first);
    }

    @Test
    void whoeverComesDuringARenewalGetsTheSameToken() throws InterruptedException {
        GitHubAuthorization app = app();
        Set<Optional<String>> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch together = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    together.await();
                    seen.add(app.header());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        together.countDown();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
        }
        assertThat(seen).hasSize(1);
        assertThat(gitHub.requests()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"401, GITHUB_APP_PRIVATE_KEY belongs to GITHUB_APP_ID", "403, it isn't suspended", "404, check GITHUB_APP_INSTALLATION_ID"})
    void aRefusalSaysWhichSettingToLookAt(int status, String remedy) {
        gitHub.server().stubFor(post(urlMatching("/app/.*")).atPriority(1).willReturn(aResponse().withStatus(status).withBody("{\"message\":\"no\"}")));
        Failure failure = catchThrowableOfType(Failure.class, app()::header);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.DENIED);
        assertThat(failure.getMessage()).startsWith("Tried to get a token for GitHub App 123456, but ").contains(remedy).contains("(" + status + ", saying: no)").doesNotContain("eyJ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{}", "{\"token\":\"\"}", "{\"token\":5}", "{\"token\":\"a\\nb\"}", "[]", "<html>", "{\"token\":\"abc", "{\"token\":null}"})
    void anAnswerWithoutATokenIsAFailure(String body) {
        gitHub.server().stubFor(post(urlMatching("/app/.*")).atPriority(1).willReturn(aResponse().withStatus(201).withBody(body)));
        assertThat(catchThrowableOfType(Failure.class, app()::header).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
    }

    @Test
    void aClockOfOursThatIsWrongIsPutRightByTheOtherSides() throws IOException {
        gitHub.server().stubFor(post(urlMatching("/app/.*")).atPriority(1).inScenario("clock").whenScenarioStateIs(Scenario.STARTED).willSetStateTo("told")
                .willReturn(aResponse().withStatus(401).withHeader("Date", "Thu, 15 Jan 2026 10:30:45 GMT").withBody("{\"message\":\"'Expiration time' claim ('exp') is too far in the future\"}")));
        assertThat(app().header()).isPresent();
        assertThat(gitHub.requests()).hasSize(2);
        String jwt = gitHub.requests().getLast().getHeader("Authorization").substring("Bearer ".length());
        assertThat(decoded(jwt.split("\\.")[1]).path("iat").asLong()).isEqualTo(Instant.parse("2026-01-15T10:29:45Z").getEpochSecond());
    }

    @Test
    void aKeyThatIsRefusedByEveryClockIsAskedForTwiceOnly() {
        gitHub.server().stubFor(post(urlMatching("/app/.*")).atPriority(1).willReturn(aResponse().withStatus(401).withHeader("Date", "Thu, 15 Jan 2026 10:30:45 GMT")));
        assertThat(catchThrowableOfType(Failure.class, app()::header).kind()).isEqualTo(Failure.Kind.DENIED);
        assertThat(gitHub.requests()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"302, 0", "303, 1", "307, 1", "308, 1"})
    void whatAnAppSignedStaysAtTheApi(int status, int followed) {
        gitHub.server().stubFor(post(urlMatching("/app/.*")).atPriority(1).willReturn(aResponse().withStatus(status).withHeader("Location", gitHub.objectsUrl() + "x")));
        assertThat(catchThrowableOfType(Failure.class, app()::header)).isNotNull();
        assertThat(gitHub.objectRequests()).hasSize(followed).allSatisfy(request -> assertThat(request.getHeader("Authorization")).isNull());
        assertThat(gitHub.requests()).hasSize(1).allSatisfy(request -> assertThat(request.getHeader("Authorization")).startsWith("Bearer eyJ"));
    }

    private GitHubAuthorization app() {
        return as(new GitHubAccess.As.App(123456, 789012, RsaKeys.PAIR.getPrivate()));
    }

    private GitHubAuthorization as(GitHubAccess.As as) {
        return GitHubAuthorization.of(new GitHubAccess(gitHub.url(), as), http, time);
    }

    private static JsonNode decoded(String part) throws IOException {
        return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(part));
    }
}
