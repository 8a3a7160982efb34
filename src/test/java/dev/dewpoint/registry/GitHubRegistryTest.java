package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.urlMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.contract.RegistryContract;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GitHubRegistryTest extends RegistryContract {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private final GitHubFixture fixture = new GitHubFixture();
    private final GitHubRegistry registry = fixture.withToken();
    private StubMapping fault;

    @AfterEach
    void end() {
        fixture.close();
    }

    /** W48: while nothing changes, a poll is one conditional request with an empty answer. */
    @Test
    void w48anIdlePollIsOneRequestWithoutABody() {
        for (int i = 0; i < 250; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(ARTIFACT, bytes("x")), false, BEGIN.plusSeconds(i));
        }
        List<Candidate> first = registry.tags();
        assertThat(first).hasSize(250);
        fixture.gitHub.forgetRequests();
        for (int i = 0; i < 5; i++) {
            assertThat(registry.tags()).isSameAs(first);
            assertThat(registry.resolve(version("v1.249.0"))).isInstanceOf(Resolution.Found.class);
        }
        List<ServeEvent> idle = fixture.gitHub.server().getAllServeEvents();
        assertThat(idle).hasSize(5).allSatisfy(event -> {
            assertThat(event.getResponse().getStatus()).isEqualTo(304);
            assertThat(event.getResponse().getBody()).isNullOrEmpty();
            assertThat(event.getRequest().getHeader("If-None-Match")).isNotEmpty();
        });
    }

    @Test
    void theFirstListingReadsEveryPage() {
        for (int i = 0; i < 1250; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        assertThat(tags()).hasSize(1250).startsWith("v1.1249.0").endsWith("v1.0.0");
        assertThat(fixture.urls()).hasSize(13).first().isEqualTo("/repos/octo/app/releases?per_page=100");
    }

    @Test
    void aNewReleaseCostsOnePage() {
        for (int i = 0; i < 350; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        tags();
        fixture.gitHub.forgetRequests();
        fixture.gitHub.publish("v2.0.0", Map.of(ARTIFACT, bytes("x")), false, BEGIN.plusSeconds(1000));
        assertThat(tags()).hasSize(351).startsWith("v2.0.0", "v1.349.0").endsWith("v1.0.0");
        assertThat(fixture.urls()).hasSize(1);
    }

    @Test
    void soManyNewOnesThatTheFirstPageIsAnotherCostEveryPage() {
        for (int i = 0; i < 150; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        tags();
        fixture.gitHub.forgetRequests();
        for (int i = 0; i < 120; i++) {
            fixture.gitHub.publish("v2." + i + ".0", Map.of(), false, BEGIN.plusSeconds(1000 + i));
        }
        assertThat(tags()).hasSize(270).startsWith("v2.119.0").endsWith("v1.0.0").doesNotHaveDuplicates();
        assertThat(fixture.urls()).hasSize(3);
    }

    @Test
    void aReleaseDeletedFromTheFirstPageIsGoneThoughPagesFollow() {
        for (int i = 0; i < 250; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        tags();
        fixture.gitHub.forgetRequests();
        fixture.gitHub.withdraw("v1.249.0").withdraw("v1.200.0");
        assertThat(tags()).hasSize(248).startsWith("v1.248.0").doesNotContain("v1.200.0").endsWith("v1.0.0");
        assertThat(fixture.urls()).hasSize(1);
    }

    @Test
    void whenPageTwoFailsTheLastTruthAndItsEtagStay() {
        for (int i = 0; i < 150; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        List<String> before = tags();
        String etag = fixture.gitHub.requests().size() == 2 ? lastEtagSent() : "";
        for (int i = 0; i < 130; i++) {
            fixture.gitHub.publish("v2." + i + ".0", Map.of(ARTIFACT, bytes("x")), false, BEGIN.plusSeconds(1000 + i));
        }
        StubMapping broken = fixture.gitHub.server().stubFor(any(urlMatching(".*[?&]page=2.*")).atPriority(1).willReturn(aResponse().withStatus(502)));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(registry::tags).isInstanceOf(Failure.class).hasMessageContaining("502");
            assertThat(lastEtagSent()).isEqualTo(etag);
            assertThat(registry.resolve(version("v2.129.0"))).isInstanceOf(Resolution.NotYet.class);
        }
        fixture.mend(broken);
        assertThat(tags()).hasSize(280).containsAll(before);
    }

    @Test
    void draftsAreNotListedAndAppearWhenTheyArePublished() {
        fixture.publish("v1.0.0");
        fixture.gitHub.draft("v2.0.0", Map.of(ARTIFACT, bytes("x")));
        assertThat(tags()).containsExactly("v1.0.0");
        fixture.gitHub.withdraw("v2.0.0");
        fixture.publish("v2.0.0");
        assertThat(tags()).containsExactly("v2.0.0", "v1.0.0");
    }

    @Test
    void gitHubsOwnMarkOfAPreReleaseIsKept() {
        fixture.gitHub.publish("v1.0.0", Map.of(), true, BEGIN);
        fixture.gitHub.publish("v1.1.0-rc.1", Map.of(), false, BEGIN.plusSeconds(1));
        assertThat(registry.tags().stream().collect(Collectors.toMap(candidate -> candidate.tag().text(), Candidate::preRelease))).isEqualTo(Map.of("v1.0.0", true, "v1.1.0-rc.1", false));
        assertThat(registry.tags()).filteredOn(Candidate::preRelease).extracting(Candidate::publishedAt).containsExactly(Optional.of(BEGIN));
    }

    @Test
    void whatIsKnownOfAnArtifactComesFromTheListingAlone() {
        Map<String, byte[]> files = new TreeMap<>(Map.of(ARTIFACT, bytes("linux"), "app_darwin_arm64.tar.gz", bytes("mac"), "checksums.txt", bytes("sums"), ARTIFACT + ".sha256", bytes("sum"),
                "app-full_linux_amd64.tar.gz", bytes("more")));
        fixture.gitHub.publish("v1.0.0", files, false, BEGIN);
        Release release = found("v1.0.0");
        Artifact.Archive archive = archive(release);
        assertThat(archive.location().toString()).matches(fixture.gitHub.url() + "repos/octo/app/releases/assets/\\d+");
        assertThat(archive.digest()).hasValueSatisfying(digest -> assertThat(digest.toString()).startsWith("sha256:"));
        assertThat(archive.size()).hasValue(5);
        assertThat(archive.checksums()).extracting(Artifact.Checksums::fileName).containsExactly(ARTIFACT + ".sha256", "checksums.txt");
        assertThat(archive.checksums()).allSatisfy(file -> assertThat(file.location().toString()).startsWith(fixture.gitHub.url() + "repos/octo/app/releases/assets/"));
        assertThat(release.otherArtifacts()).containsExactly("app-full_linux_amd64.tar.gz");
        assertThat(release.page()).contains(URI.create("https://github.com/octo/app/releases/tag/v1.0.0"));
        assertThat(release.publishedAt()).contains(BEGIN);
        assertThat(fixture.urls()).hasSize(1);
    }

    @Test
    void withoutADigestThereIsNone() {
        fixture.gitHub.withDigests(false);
        fixture.publish("v1.0.0");
        assertThat(found("v1.0.0").artifact().digest()).isEmpty();
    }

    @Test
    void anArtifactThatIsBeingUploadedIsNotThereYet() {
        fixture.gitHub.publish("v1.0.0", Map.of("app.tar.gz", bytes("for every platform")), false, BEGIN);
        fixture.gitHub.upload("v1.0.0", ARTIFACT, bytes("half"), "open");
        assertThat(notYet("v1.0.0").why()).isEqualTo(ARTIFACT + " is still being uploaded");
        assertThat(notYet("v1.0.0").publishedAt()).contains(BEGIN);
        fixture.gitHub.upload("v1.0.0", ARTIFACT, bytes("whole"));
        assertThat(found("v1.0.0").artifact().fileName()).isEqualTo(ARTIFACT);
    }

    @Test
    void anArtifactAddedToAReleaseOfAFurtherPageIsSeenByOneConditionalRequestAPoll() {
        fixture.gitHub.publish("v9.0.0+build", Map.of(), false, BEGIN.minusSeconds(1));
        for (int i = 0; i < 120; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        assertThat(notYet("v9.0.0+build").publishedAt()).contains(BEGIN.minusSeconds(1));
        assertThat(registry.resolve(version("v9.0.0+build"))).isInstanceOf(Resolution.NotYet.class);
        assertThat(fixture.urls()).filteredOn(url -> url.contains("/tags/")).containsExactly("/repos/octo/app/releases/tags/v9.0.0%2Bbuild");
        notYet("v9.0.0+build");
        LoggedRequest second = fixture.gitHub.requests().getLast();
        assertThat(second.getHeader("If-None-Match")).isNotEmpty();
        fixture.gitHub.upload("v9.0.0+build", ARTIFACT, bytes("late"));
        assertThat(found("v9.0.0+build").artifact().fileName()).isEqualTo(ARTIFACT);
        assertThat(archive("v9.0.0+build").size()).hasValue(4);
    }

    @Test
    void aReleaseOfAFurtherPageThatWasDeletedIsListedNoLongerAfterItWasLookedAt() {
        fixture.gitHub.publish("v9.0.0", Map.of(), false, BEGIN.minusSeconds(1));
        for (int i = 0; i < 120; i++) {
            fixture.gitHub.publish("v1." + i + ".0", Map.of(), false, BEGIN.plusSeconds(i));
        }
        tags();
        fixture.gitHub.withdraw("v9.0.0");
        assertThat(tags()).contains("v9.0.0");
        assertThat(registry.resolve(version("v9.0.0"))).isInstanceOf(Resolution.NotYet.class);
        assertThat(tags()).hasSize(120).doesNotContain("v9.0.0");
    }

    @Test
    void withoutEntityTagsAPollReadsTheFirstPage() {
        fixture.gitHub.withEtags(false);
        fixture.publish("v1.0.0");
        assertThat(tags()).containsExactly("v1.0.0");
        fixture.publish("v1.1.0");
        assertThat(tags()).containsExactly("v1.1.0", "v1.0.0");
    }

    @Test
    void thePatternOfTheOperatorDecidesAndNeverTakesANote() {
        GitHubRegistry all = fixture.registry(new GitHubAccess.As.Anonymous(), Optional.of(new ArtifactPattern("*.txt")));
        fixture.gitHub.publish("v1.0.0", Map.of(ARTIFACT, bytes("x")), false, BEGIN);
        all.tags();
        all.report(new Shipment(new Tag("v1.0.0"), "assets", "h", BEGIN));
        all.tags();
        assertThat(all.resolve(version("v1.0.0"))).isInstanceOfSatisfying(Resolution.NotYet.class,
                pending -> assertThat(pending.why()).isEqualTo("there is no file called *.txt; there are " + ARTIFACT));
    }

    /** W46: what is reported about an Enterprise server's release goes to that server. */
    @Test
    void w46theReportGoesToTheServerThatTheReleaseCameFrom() {
        fixture.gitHub.accept(GitHubFixture.TOKEN);
        fixture.publish("v1.0.0+b1");
        tags();
        registry.report(new Shipment(new Tag("v1.0.0+b1"), "assets", "web-1", Instant.parse("2026-01-15T10:30:45.123456789Z")));
        assertThat(fixture.gitHub.uploaded()).containsExactly(Map.entry("shipped_to_web-1_assets_at_20260115T103045.123456789Z.txt",
                "v1.0.0+b1 was shipped to web-1 by dewpoint assets at 2026-01-15T10:30:45.123456789Z\n"));
        assertThat(fixture.gitHub.requests().getLast().getHeader("Authorization")).isEqualTo("Bearer " + GitHubFixture.TOKEN);
        assertThat(fixture.urls().getLast()).startsWith("/api/uploads/repos/octo/app/releases/");
    }

    @Test
    void aReportOfAReleaseThatIsNotKnownAsksForItFirst() {
        fixture.publish("v1.0.0");
        registry.report(new Shipment(new Tag("v1.0.0"), "assets", "web-1", BEGIN));
        assertThat(fixture.gitHub.uploaded()).hasSize(1);
        assertThatThrownBy(() -> registry.report(new Shipment(new Tag("v2.0.0"), "assets", "web-1", BEGIN))).isInstanceOfSatisfying(Failure.class,
                failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.MISSING));
    }

    @Test
    void uploadsGoWhereEachGitHubTakesThem() {
        assertThat(uploads("https://api.github.com/")).isEqualTo("https://uploads.github.com/");
        assertThat(uploads("https://github.example.com/api/v3/")).isEqualTo("https://github.example.com/api/uploads/");
        assertThat(uploads("https://api.octocorp.ghe.com/")).isEqualTo("https://uploads.octocorp.ghe.com/");
        assertThat(uploads("http://127.0.0.1:8080/")).isEqualTo("http://127.0.0.1:8080/api/uploads/");
        assertThat(GitHubAuthorization.origins(new GitHubAccess(GitHubAccess.PUBLIC, new GitHubAccess.As.Anonymous()))).extracting(Object::toString)
                .containsExactly("https://api.github.com:443", "https://uploads.github.com:443");
        assertThat(GitHubAuthorization.origins(new GitHubAccess(URI.create("https://github.example.com/api/v3/"), new GitHubAccess.As.Anonymous()))).extracting(Object::toString)
                .containsExactly("https://github.example.com:443");
    }

    private static String uploads(String api) {
        return new GitHubAccess(URI.create(api), new GitHubAccess.As.Anonymous()).uploads().toString();
    }

    private String lastEtagSent() {
        fixture.gitHub.forgetRequests();
        try {
            registry.tags();
        } catch (Failure expected) {
            // what was asked is what matters
        }
        return String.valueOf(fixture.gitHub.requests().getFirst().getHeader("If-None-Match"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    protected Registry registry() {
        return registry;
    }

    @Override
    protected void publish(String tag, Map<String, String> files) {
        fixture.gitHub.publish(tag, files.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, file -> bytes(file.getValue()))));
    }

    @Override
    protected void put(String tag, String file, String content) {
        fixture.gitHub.upload(tag, file, bytes(content));
    }

    @Override
    protected void withdraw(String tag) {
        fixture.gitHub.withdraw(tag);
    }

    @Override
    protected void damage() {
        fault = fixture.always(aResponse().withStatus(500));
    }

    @Override
    protected void mend() {
        fixture.mend(fault);
    }

    @Override
    protected long cost() {
        return fixture.gitHub.requests().size();
    }
}
