package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import dev.dewpoint.release.VersionOrder;
import dev.dewpoint.testing.FakeGitHub;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A fake GitHub, and a registry that follows it as Main would put it together. */
final class GitHubFixture implements AutoCloseable {
    static final String TOKEN = "ghp_0123456789abcdefghij";
    static final String ARTIFACT = "app_linux_amd64.tar.gz";

    final FakeGitHub gitHub = FakeGitHub.start();
    private final Duration silence;
    private final Http anonymous;
    private Http http;

    GitHubFixture() {
        this(Duration.ofSeconds(10));
    }

    /** {@code silence}: how long its answers are waited for. */
    GitHubFixture(Duration silence) {
        this.silence = silence;
        this.anonymous = new Http(Time.system(), Credentials.none(), "dewpoint/test", silence);
        this.http = anonymous;
    }

    GitHubRegistry anonymous() {
        return registry(new GitHubAccess.As.Anonymous(), Optional.empty());
    }

    GitHubRegistry withToken() {
        return registry(new GitHubAccess.As.Token(new Secret(TOKEN)), Optional.empty());
    }

    GitHubRegistry registry(GitHubAccess.As as, Optional<ArtifactPattern> pattern) {
        GitHubAccess access = new GitHubAccess(gitHub.url(), as);
        GitHubAuthorization authorization = GitHubAuthorization.of(access, anonymous, Time.system());
        Credentials credentials = Credentials.none();
        for (Origin origin : GitHubAuthorization.origins(access)) {
            credentials = credentials.with(origin, authorization);
        }
        closeCurrent();
        http = new Http(Time.system(), credentials, "dewpoint/test", silence);
        return new GitHubRegistry(http, access, "octo", "app", new Platform("linux", "amd64"), pattern, Time.system());
    }

    /** The client of the registry made last. */
    Http http() {
        return http;
    }

    /** Answers everything until it is removed. */
    StubMapping always(ResponseDefinitionBuilder answer) {
        return gitHub.server().stubFor(any(anyUrl()).atPriority(1).willReturn(answer));
    }

    void mend(StubMapping fault) {
        gitHub.server().removeStub(fault);
    }

    void publish(String... tags) {
        for (String tag : tags) {
            gitHub.publish(tag, Map.of(ARTIFACT, tag.getBytes(StandardCharsets.UTF_8)));
        }
    }

    List<String> urls() {
        return gitHub.requests().stream().map(LoggedRequest::getUrl).toList();
    }

    static List<String> tags(Registry registry) {
        return registry.tags().stream().map(candidate -> candidate.tag().text()).toList();
    }

    static Artifact.Archive archive(Release release) {
        return (Artifact.Archive) release.artifact();
    }

    static Version version(String tag) {
        return VersionOrder.semver().parse(new Tag(tag)).orElseThrow();
    }

    @Override
    public void close() {
        closeCurrent();
        anonymous.close();
        gitHub.close();
    }

    private void closeCurrent() {
        if (http != anonymous) {
            http.close();
        }
    }
}
