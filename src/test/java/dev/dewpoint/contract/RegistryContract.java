package dev.dewpoint.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.Resolution;
import dev.dewpoint.registry.Shipment;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Selection;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import dev.dewpoint.release.VersionOrder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every registry does alike. The platform is linux/amd64. */
public abstract class RegistryContract {
    protected static final String ARTIFACT = "app_linux_amd64.tar.gz";
    private static final Instant SHIPPED = Instant.parse("2026-01-15T10:30:45.123456789Z");

    protected abstract Registry registry();

    /** A release with these files, complete and old enough to be taken. */
    protected abstract void publish(String tag, Map<String, String> files);

    /** One more file, or another content for one. */
    protected abstract void put(String tag, String file, String content);

    protected abstract void withdraw(String tag);

    /** Until {@link #mend} the registry can't be read. */
    protected abstract void damage();

    protected abstract void mend();

    /** What reading an unchanged listing costs, in whatever it is counted; the first time may cost more. */
    protected abstract long cost();

    @Test
    void theNewestIsFoundWithItsArtifact() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        publish("v1.10.0", Map.of(ARTIFACT, "ten"));
        publish("v1.9.0", Map.of(ARTIFACT, "nine"));
        Release release = newest();
        assertThat(release.version().tag().text()).isEqualTo("v1.10.0");
        assertThat(release.artifact().fileName()).isEqualTo(fileName());
        checkArtifact(release, "ten");
    }

    @Test
    void theBuildsOfSlotsAreListedSideBySide() {
        String green = slotted("v1.2.0", "green");
        String blue = slotted("v1.2.0", "blue");
        publish(green, Map.of(ARTIFACT, "green"));
        publish(blue, Map.of(ARTIFACT, "blue!"));
        assertThat(tags()).containsExactlyInAnyOrder(green, blue);
        assertThat(found(blue).artifact().announcement()).isNotEqualTo(found(green).artifact().announcement());
    }

    @Test
    void theListingIsTheSameEveryTime() {
        for (int i = 0; i < 20; i++) {
            publish("v1." + i * 7 % 20 + ".0", Map.of(ARTIFACT, "x"));
        }
        List<Candidate> first = registry().tags();
        assertThat(first).hasSize(20);
        assertThat(registry().tags()).isEqualTo(first);
    }

    @Test
    void anArtifactThatIsMissingIsNotThereYet() {
        publish("v1.0.0", Map.of("README.md", "hello"));
        assertThat(notYet("v1.0.0").publishedAt()).isPresent();
    }

    @Test
    void anArtifactThatComesLaterIsFound() {
        publish("v1.0.0", Map.of("README.md", "hello"));
        notYet("v1.0.0");
        put("v1.0.0", ARTIFACT, "late");
        assertThat(found("v1.0.0").artifact().fileName()).isEqualTo(fileName());
    }

    @Test
    void aReleaseThatNobodyListsIsNotThere() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        registry().tags();
        assertThat(registry().resolve(version("v9.9.9"))).isInstanceOf(Resolution.NotYet.class);
    }

    /** W5: the same tag with other bytes is another announcement. */
    @Test
    void w5aReplacedArtifactIsAnnouncedAnew() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        String before = found("v1.0.0").artifact().announcement();
        assertThat(found("v1.0.0").artifact().announcement()).isEqualTo(before);
        put("v1.0.0", ARTIFACT, "two");
        assertThat(found("v1.0.0").artifact().announcement()).isNotEqualTo(before);
    }

    @Test
    void aWithdrawnReleaseIsListedNoLonger() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        publish("v1.1.0", Map.of(ARTIFACT, "two"));
        assertThat(tags()).containsExactlyInAnyOrder("v1.0.0", "v1.1.0");
        withdraw("v1.1.0");
        assertThat(tags()).containsExactly("v1.0.0");
        assertThat(registry().resolve(version("v1.1.0"))).isInstanceOf(Resolution.NotYet.class);
    }

    @Test
    void aWithdrawnReleaseThatComesBackIsListedAgain() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        String before = found("v1.0.0").artifact().announcement();
        withdraw("v1.0.0");
        assertThat(tags()).isEmpty();
        publish("v1.0.0", Map.of(ARTIFACT, "two"));
        assertThat(found("v1.0.0").artifact().announcement()).isNotEqualTo(before);
    }

    @Test
    void anUnchangedListingIsCheap() {
        for (int i = 0; i < 30; i++) {
            publish("v1." + i + ".0", Map.of(ARTIFACT, "x"));
        }
        registry().tags();
        long before = cost();
        registry().tags();
        assertThat(cost() - before).isLessThanOrEqualTo(1);
    }

    @Test
    void aFailureIsNoShorterListingAndPasses() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        publish("v1.1.0", Map.of(ARTIFACT, "two"));
        List<String> before = tags();
        damage();
        assertThatThrownBy(() -> registry().tags()).isInstanceOf(Failure.class).hasMessageStartingWith("Tried to ");
        assertThatThrownBy(() -> registry().tags()).isInstanceOf(Failure.class);
        mend();
        assertThat(tags()).isEqualTo(before);
        assertThat(found("v1.1.0").artifact().fileName()).isEqualTo(fileName());
    }

    /** W47: what a report leaves is neither an artifact nor a change of one. */
    @Test
    void w47aReportIsNoArtifactAndChangesNone() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        Artifact before = found("v1.0.0").artifact();
        registry().report(new Shipment(new Tag("v1.0.0"), "assets", "host-1", SHIPPED));
        assertThat(found("v1.0.0").artifact()).isEqualTo(before);
        assertThat(found("v1.0.0").otherArtifacts()).isEmpty();
    }

    /** How the tag of a slot's build is spelled. */
    protected String slotted(String version, String slot) {
        return version + "+" + slot;
    }

    /** What an artifact is called. */
    protected String fileName() {
        return ARTIFACT;
    }

    protected void checkArtifact(Release release, String content) {
        assertThat(release.publishedAt()).isPresent();
        assertThat(archive(release).size()).hasValue(content.length());
    }

    protected static Artifact.Archive archive(Release release) {
        assertThat(release.artifact()).isInstanceOf(Artifact.Archive.class);
        return (Artifact.Archive) release.artifact();
    }

    protected final Artifact.Archive archive(String tag) {
        return archive(found(tag));
    }

    protected final List<String> tags() {
        return registry().tags().stream().map(candidate -> candidate.tag().text()).toList();
    }

    protected final Release newest() {
        Selection selection = new Selection(VersionOrder.semver(), false, Optional.empty(), Optional.empty());
        return found(selection.newest(registry().tags()).orElseThrow().tag().text());
    }

    /** Lists and resolves, as a poll does. */
    protected final Resolution resolved(String tag) {
        registry().tags();
        return registry().resolve(version(tag));
    }

    protected final Release found(String tag) {
        Resolution resolution = resolved(tag);
        assertThat(resolution).isInstanceOf(Resolution.Found.class);
        return ((Resolution.Found) resolution).release();
    }

    protected final Resolution.NotYet notYet(String tag) {
        Resolution resolution = resolved(tag);
        assertThat(resolution).isInstanceOf(Resolution.NotYet.class);
        return (Resolution.NotYet) resolution;
    }

    protected static Version version(String tag) {
        return VersionOrder.semver().inImageTags(Optional.empty()).parse(new Tag(tag)).orElseThrow();
    }
}
