package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import dev.dewpoint.release.Platform;
import dev.dewpoint.testing.ManualTime;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubQuotaTest {
    private final GitHubFixture fixture = new GitHubFixture();

    @AfterEach
    void end() {
        fixture.close();
    }

    /** Without a token even an unchanged answer costs one of 60 requests an hour. */
    @Test
    void whoHasFewRequestsLeftMakesThemLast() {
        ManualTime time = ManualTime.start();
        GitHubRegistry sparing = new GitHubRegistry(fixture.http(), new GitHubAccess(fixture.gitHub.url(), new GitHubAccess.As.Anonymous()), "octo", "app", new Platform("linux", "amd64"), Optional.empty(), time);
        fixture.always(quota("60", "45"));
        assertThat(sparing.tags()).hasSize(1);
        StubMapping few = fixture.always(quota("60", "40"));
        assertThat(sparing.tags()).as("plenty is left").hasSize(1);
        fixture.gitHub.forgetRequests();
        time.advance(Duration.ofSeconds(99));
        assertThat(sparing.tags()).hasSize(1);
        assertThat(sparing.resolve(GitHubFixture.version("v8.0.0"))).isInstanceOf(Resolution.NotYet.class);
        assertThat(fixture.urls()).as("3,000 seconds for the 30 beyond the reserve").isEmpty();
        time.advance(Duration.ofSeconds(1));
        fixture.mend(few);
        fixture.always(quota("60", "3"));
        sparing.tags();
        time.advance(Duration.ofMinutes(4));
        sparing.tags();
        assertThat(fixture.urls()).hasSize(1);
        time.advance(Duration.ofMinutes(1));
        sparing.tags();
        assertThat(fixture.urls()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "99999999999999999999", "many"})
    void aQuotaThatMakesNoSenseIsNoReasonToWait(String remaining) {
        fixture.always(quota("60", remaining).withHeader("X-RateLimit-Reset", "-9223372036854775808"));
        GitHubRegistry registry = fixture.anonymous();
        registry.tags();
        fixture.gitHub.forgetRequests();
        registry.tags();
        assertThat(fixture.urls()).hasSize(1);
    }

    /** Fifty minutes before there is more. */
    private static ResponseDefinitionBuilder quota(String limit, String remaining) {
        return aResponse().withBody("[{\"id\":1,\"tag_name\":\"v8.0.0\"}]").withHeader("Date", "Thu, 15 Jan 2026 10:30:45 GMT")
                .withHeader("X-RateLimit-Limit", limit).withHeader("X-RateLimit-Remaining", remaining).withHeader("X-RateLimit-Reset", "1768476045");
    }
}
