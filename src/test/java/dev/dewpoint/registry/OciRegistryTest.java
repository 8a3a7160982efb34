package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.contract.RegistryContract;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.testing.Image;
import dev.dewpoint.testing.RegistryServer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Against a real registry. */
class OciRegistryTest extends RegistryContract {
    private static final String FOREIGN = "linux/arm64/v8";
    private static RegistryServer server;

    private final OciFixture fixture = new OciFixture();
    private String repository;
    private OciRegistry registry;
    private int asked;

    @BeforeAll
    static void open() {
        server = RegistryServer.open();
    }

    @AfterAll
    static void shut() {
        server.close();
    }

    @BeforeEach
    void begin(TestInfo test) {
        repository = "team/" + test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
        registry = fixture.anonymous(server.host() + "/" + repository);
        // so that it exists
        server.push(repository, "first", Image.scratch());
        server.delete(repository, "first");
        asked = server.requests().size();
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    @Test
    void anImageIsFoundWithItsDigestAndWhereToPullIt() {
        Digest digest = server.push(repository, "v1.0.0", Image.scratch().file("app", "one"));
        Artifact.Image image = (Artifact.Image) found("v1.0.0").artifact();
        assertThat(image.manifest()).isEqualTo(digest);
        assertThat(image.reference()).isEqualTo(server.host() + "/" + repository + ":v1.0.0");
        assertThat(image.pinned()).isEqualTo(server.host() + "/" + repository + "@" + digest);
        assertThat(asked()).containsExactly("GET tags/list?n=10000 200", "HEAD manifests/v1.0.0 200", "GET manifests/" + digest + " 200", "GET blobs/* 200");
    }

    /** W42: an idle poll is one request, and it isn't one for a manifest. */
    @Test
    void w42AnIdlePollIsOneRequestAndAMovedTagIsSeenWithinTenMinutes() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        found("v1.0.0");
        asked();
        for (int poll = 0; poll < 60; poll++) {
            fixture.time.advance(Duration.ofSeconds(9));
            found("v1.0.0");
        }
        assertThat(asked()).hasSize(60).containsOnly("GET tags/list?n=10000 200");
        Digest moved = server.push(repository, "v1.0.0", Image.scratch().file("app", "two"));
        fixture.time.advance(Duration.ofMinutes(1));
        assertThat(found("v1.0.0").artifact().digest()).contains(moved);
        assertThat(asked()).startsWith("GET tags/list?n=10000 200", "HEAD manifests/v1.0.0 200");
        fixture.time.advance(Duration.ofMinutes(10));
        assertThat(found("v1.0.0").artifact().digest()).contains(moved);
        assertThat(asked()).as("what a digest names is read once").containsExactly("GET tags/list?n=10000 200", "HEAD manifests/v1.0.0 200");
    }

    @Test
    void anotherTagMakesItLookAgain() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        found("v1.0.0");
        Digest moved = server.push(repository, "v1.0.0", Image.scratch().file("app", "two"));
        server.tag(repository, "latest", moved);
        asked();
        assertThat(found("v1.0.0").artifact().digest()).contains(moved);
        assertThat(asked()).contains("HEAD manifests/v1.0.0 200");
    }

    @Test
    void ofAnIndexThisPlatformsImageIsTheArtifact() {
        Digest ours = server.push(repository, "a", Image.scratch().file("app", "amd64"));
        Digest other = server.push(repository, "b", Image.scratch().platform(FOREIGN).file("app", "arm64"));
        server.pushIndex(repository, "v1.0.0", platforms(FOREIGN, other, "linux/amd64", ours, "unknown/unknown", other));
        assertThat(found("v1.0.0").artifact().digest()).contains(ours);
    }

    @Test
    void anIndexThatChangedAroundOurImageAnnouncesNothing() {
        Digest ours = server.push(repository, "a", Image.scratch().file("app", "amd64"));
        Digest other = server.push(repository, "b", Image.scratch().platform(FOREIGN).file("app", "arm64"));
        Digest before = server.pushIndex(repository, "v1.0.0", platforms("linux/amd64", ours));
        Artifact artifact = found("v1.0.0").artifact();
        Digest after = server.pushIndex(repository, "v1.0.0", platforms("linux/amd64", ours, FOREIGN, other));
        fixture.time.advance(Duration.ofMinutes(11));
        assertThat(after).isNotEqualTo(before);
        assertThat(found("v1.0.0").artifact()).isEqualTo(artifact);
        Digest rebuilt = server.push(repository, "c", Image.scratch().file("app", "amd64, again"));
        server.pushIndex(repository, "v1.0.0", platforms("linux/amd64", rebuilt, FOREIGN, other));
        assertThat(found("v1.0.0").artifact().announcement()).isNotEqualTo(artifact.announcement());
    }

    @Test
    void anImageWithoutOurPlatformIsNotThereYetAndSaysForWhichThereAreSome() {
        Digest arm = server.push(repository, "a", Image.scratch().platform(FOREIGN));
        Digest old = server.push(repository, "b", Image.scratch().platform("linux/arm/v7"));
        server.pushIndex(repository, "v1.0.0", platforms(FOREIGN, arm, "linux/arm/v7", old));
        assertThat(notYet("v1.0.0").why()).isEqualTo("of v1.0.0 there is no image for linux/amd64; there are images for linux/arm64/v8, linux/arm/v7");
        assertThat(notYet("v1.0.0").publishedAt()).as("the grace begins when it is seen").contains(fixture.time.now());
        server.tag(repository, "v1.1.0", arm);
        assertThat(notYet("v1.1.0").why()).contains("there are images for linux/arm64/v8");
    }

    @Test
    void aTagWhoseManifestVanishedIsNotThereYet() {
        Digest digest = server.push(repository, "v1.0.0", Image.scratch().file("app", "one"));
        registry.tags();
        server.delete(repository, digest);
        assertThat(registry.resolve(version("v1.0.0"))).isInstanceOf(Resolution.NotYet.class);
        server.push(repository, "v1.0.0", Image.scratch().file("app", "one"));
        assertThat(found("v1.0.0").artifact().digest()).contains(digest);
    }

    @Test
    void fifteenHundredTagsAreOneListing() {
        Digest digest = server.push(repository, "v0.0.1", Image.scratch());
        server.pushMany(repository, IntStream.range(0, 1500).mapToObj(i -> "v1." + i + ".0").toList(), digest);
        assertThat(registry.tags()).hasSize(1501).isEqualTo(registry.tags());
        assertThat(newest().version().tag().text()).isEqualTo("v1.1499.0");
    }

    @Override
    protected Registry registry() {
        return registry;
    }

    /** Without the artifact it is an image for another platform. */
    @Override
    protected void publish(String tag, Map<String, String> files) {
        Image image = files.containsKey(ARTIFACT) ? Image.scratch() : Image.scratch().platform(FOREIGN);
        for (Map.Entry<String, String> file : files.entrySet()) {
            image = image.file(file.getKey(), file.getValue());
        }
        server.push(repository, tag, image);
    }

    @Override
    protected void put(String tag, String file, String content) {
        publish(tag, Map.of(file, content));
        fixture.time.advance(Duration.ofMinutes(10));
    }

    @Override
    protected void withdraw(String tag) {
        server.delete(repository, tag);
    }

    @Override
    protected void damage() {
        server.damage(repository);
    }

    @Override
    protected void mend() {
        server.mend(repository);
    }

    @Override
    protected long cost() {
        asked();
        return asked;
    }

    @Override
    protected String slotted(String version, String slot) {
        return version + "_" + slot;
    }

    @Override
    protected String fileName() {
        return repository.substring("team/".length());
    }

    @Override
    protected void checkArtifact(Release release, String content) {
        assertThat(release.artifact().digest()).isPresent();
    }

    /** Since the last time, without the repository, and blobs without their digest. */
    private List<String> asked() {
        List<String> all = server.requests();
        List<String> ours = all.subList(asked, all.size()).stream().filter(line -> line.contains("/" + repository + "/"))
                .map(line -> line.replace("/v2/" + repository + "/", "").replaceAll("blobs/\\S+", "blobs/*")).toList();
        asked = all.size();
        return ours;
    }

    private static Map<String, Digest> platforms(Object... pairs) {
        Map<String, Digest> platforms = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            platforms.put((String) pairs[i], (Digest) pairs[i + 1]);
        }
        return platforms;
    }
}
