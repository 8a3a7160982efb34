package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.urlMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.http.Ask;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R01 to R08: wherever a download is sent on to, the token stays where it belongs. */
class GitHubDownloadsTest {
    private final GitHubFixture fixture = new GitHubFixture();
    private GitHubRegistry registry;
    private URI location;

    @BeforeEach
    void begin() {
        registry = fixture.withToken();
        fixture.gitHub.accept(GitHubFixture.TOKEN);
        fixture.publish("v1.0.0");
        registry.tags();
        location = GitHubFixture.archive(((Resolution.Found) registry.resolve(GitHubFixture.version("v1.0.0"))).release()).location();
        fixture.gitHub.forgetRequests();
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    @Test
    void anAssetIsFetchedFromTheSecondOriginWithoutTheToken() {
        assertThat(download()).isEqualTo("v1.0.0");
        assertThat(fixture.gitHub.requests()).hasSize(1).allSatisfy(request -> assertThat(request.getHeader("Authorization")).isEqualTo("Bearer " + GitHubFixture.TOKEN));
        assertThat(fixture.gitHub.objectRequests()).hasSize(1).allSatisfy(GitHubDownloadsTest::withoutToken);
    }

    @Test
    void anAssetThatIsNotSentOnIsFetchedDirectly() {
        fixture.gitHub.withRedirects(false);
        assertThat(download()).isEqualTo("v1.0.0");
        assertThat(fixture.gitHub.objectRequests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void noKindOfRedirectCarriesTheTokenToAnotherPort(int status) {
        redirect(status, fixture.gitHub.objectsUrl() + "objects/none");
        assertThat(catchThrowableOfType(Failure.class, this::download)).isNotNull();
        assertThat(fixture.gitHub.objectRequests()).hasSize(1).allSatisfy(GitHubDownloadsTest::withoutToken);
    }

    @Test
    void anotherNameOfTheSameHostIsAnotherOrigin() {
        redirect(302, "http://localhost:" + fixture.gitHub.url().getPort() + "/objects/1");
        assertThat(catchThrowableOfType(Failure.class, this::download)).isNotNull();
        assertThat(fixture.gitHub.requests()).filteredOn(request -> request.getUrl().startsWith("/objects")).hasSize(1).allSatisfy(GitHubDownloadsTest::withoutToken);
    }

    @Test
    void theTokenComesBackOnlyAtItsOwnOrigin() {
        fixture.gitHub.objects().stubFor(any(urlMatching("/there")).atPriority(1).willReturn(aResponse().withStatus(302).withHeader("Location", fixture.gitHub.url() + "back")));
        redirect(302, fixture.gitHub.objectsUrl() + "there");
        fixture.gitHub.server().stubFor(any(urlMatching("/back")).atPriority(1).willReturn(aResponse().withBody("here")));
        assertThat(download()).isEqualTo("here");
        assertThat(fixture.gitHub.objectRequests()).hasSize(1).allSatisfy(GitHubDownloadsTest::withoutToken);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:pw@127.0.0.1:1/x", "http:///nowhere", "javascript:alert(1)"})
    void aPlaceThatIsNoPlaceIsRefused(String place) {
        redirect(302, place);
        Failure failure = catchThrowableOfType(Failure.class, this::download);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        assertThat(failure.getMessage()).doesNotContain("pw@").doesNotContain(GitHubFixture.TOKEN);
    }

    @Test
    void aCircleEndsAfterFewHops() {
        redirect(302, location.toString());
        assertThat(catchThrowableOfType(Failure.class, this::download).why()).isEqualTo("it was redirected more than 5 times");
        assertThat(fixture.gitHub.requests()).hasSize(6);
    }

    @Test
    void aChainBetweenTwoOriginsEndsAfterFewHops() {
        fixture.gitHub.objects().stubFor(any(urlMatching(".*")).atPriority(1).willReturn(aResponse().withStatus(307).withHeader("Location", location.toString())));
        redirect(307, fixture.gitHub.objectsUrl() + "x");
        assertThat(catchThrowableOfType(Failure.class, this::download).why()).isEqualTo("it was redirected more than 5 times");
        assertThat(fixture.gitHub.objectRequests()).hasSize(3).allSatisfy(GitHubDownloadsTest::withoutToken);
    }

    @Test
    void noRequestToTheApiNamesMoreThanItNeeds() {
        List<LoggedRequest> all = Stream.of(1, 2).flatMap(i -> {
            registry.tags();
            return fixture.gitHub.requests().stream();
        }).toList();
        assertThat(all).isNotEmpty().allSatisfy(request -> {
            assertThat(request.getHeader("User-Agent")).isEqualTo("dewpoint/test");
            assertThat(request.getHeader("Accept")).isEqualTo("application/vnd.github+json");
            assertThat(request.getHeader("Cookie")).isNull();
        });
    }

    private void redirect(int status, String to) {
        fixture.gitHub.server().stubFor(any(urlMatching(".*/assets/.*")).atPriority(1).willReturn(aResponse().withStatus(status).withHeader("Location", to)));
    }

    private String download() {
        Ask ask = Ask.get(location).header("Accept", "application/octet-stream").streamed();
        return fixture.http().exchange("download it", ask, answer -> new String(answer.orFailure("download it").body().readAllBytes(), StandardCharsets.UTF_8));
    }

    private static void withoutToken(LoggedRequest request) {
        assertThat(request.getHeaders().all()).noneSatisfy(header -> assertThat(header.values()).anySatisfy(value -> assertThat(value).contains(GitHubFixture.TOKEN)));
        assertThat(request.getHeader("Authorization")).isNull();
        assertThat(request.getUrl()).doesNotContain(GitHubFixture.TOKEN);
    }
}
