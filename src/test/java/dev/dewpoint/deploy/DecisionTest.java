package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.registry.Resolution;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Constraint;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Selection;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import dev.dewpoint.release.VersionOrder;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of what is done when. Every sentence of the contract about deciding has its line here. */
class DecisionTest {
    private static final Instant NOW = Instant.parse("2026-01-15T10:30:45Z");
    private static final String SOURCE = "ghr://owner/repo";
    private static final Digest ONE = digest('1');
    private static final Digest TWO = digest('2');

    @Test
    void nothingAnnouncedChangesNothing() {
        assertThat(decide(serving("v1.0.0"), List.of(), Optional.empty(), true)).isInstanceOf(Decision.Idle.class);
        assertThat(decide(Ledger.empty(), List.of(), Optional.empty(), true)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void theFirstReleaseIsDeployed() {
        assertThat(decide(Ledger.empty(), tags("v1.0.0", "junk", "v0.9.0"), found("v1.0.0", ONE), true)).isEqualTo(new Decision.Deploy(release("v1.0.0", ONE)));
    }

    @Test
    void aNewerReleaseIsDeployedAndAnEqualOneSkipped() {
        assertThat(decide(serving("v1.0.0"), tags("v1.0.0", "v1.1.0"), found("v1.1.0", TWO), true)).isInstanceOf(Decision.Deploy.class);
        assertThat(decide(serving("v1.0.0"), tags("v1.0.0"), found("v1.0.0", ONE), true)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void theSameVersionUnderAnotherSpellingIsTheSameVersion() {
        assertThat(decide(serving("v1.0.0"), tags("1.0.0"), found("1.0.0", TWO), true)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void aShorterListingNeverLeadsDown() {
        assertThat(decide(serving("v1.1.0"), tags("v1.0.0"), Optional.empty(), true)).isInstanceOf(Decision.Idle.class);
        assertThat(target(serving("v1.1.0"), tags("v1.0.0"), policy())).isInstanceOf(Decision.Target.Stay.class);
    }

    @Test
    void aConstraintThatExcludesWhatServesDoesNotLeadDown() {
        Policy bounded = policy(new Selection(VersionOrder.semver(), false, Optional.empty(), Optional.of(Constraint.parse("<2"))));
        assertThat(target(serving("v2.1.0"), tags("v1.9.0", "v2.1.0"), bounded)).isInstanceOf(Decision.Target.Stay.class);
    }

    @Test
    void theMarkHoldsEvenWhenAnOlderOneServesByRollback() {
        Ledger rolledBack = serving("v1.1.0").pinned(Optional.of(new Ledger.Pin(tag("v1.1.0"), tag("v1.2.0"), SOURCE)));
        Ledger marked = withMark(rolledBack, SOURCE, "v1.2.0");
        assertThat(target(marked, tags("v1.2.0", "v1.1.0"), policy())).isInstanceOf(Decision.Target.Stay.class);
        assertThat(target(marked, tags("v1.2.1", "v1.2.0"), policy())).isInstanceOf(Decision.Target.Look.class);
    }

    @Test
    void resumeAfterARollbackFollowsTheNewestAgain() {
        Ledger resumed = withMark(serving("v1.1.0"), SOURCE, "v1.2.0");
        assertThat(decide(resumed, tags("v1.2.0", "v1.1.0"), found("v1.2.0", TWO), true)).isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void anotherSourceIsNotCompared() {
        Policy elsewhere = new Policy("app", "assets", "file:///srv", selection(), Duration.ofSeconds(10), Duration.ofMinutes(30), 7, DeployHooks.none(), false, false);
        Decision.Target target = Decision.target(serving("v3.0.0"), tags("v1.0.0"), elsewhere);
        assertThat(Decision.decide(serving("v3.0.0"), target, found("v1.0.0", TWO), true, elsewhere, NOW)).isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void anotherSlotIsNotCompared() {
        Policy blue = policy(new Selection(VersionOrder.semver(), false, Optional.of("blue"), Optional.empty()));
        Decision.Target target = Decision.target(serving("v3.0.0+green"), tags("v1.0.0+blue", "v3.0.0+green"), blue);
        assertThat(Decision.decide(serving("v3.0.0+green"), target, found("v1.0.0+blue", TWO), true, blue, NOW)).isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void w1TheSlotIsChosenBeforeTheNewest() {
        Policy blue = policy(new Selection(VersionOrder.semver(), false, Optional.of("blue"), Optional.empty()));
        Decision.Target target = Decision.target(Ledger.empty(), tags("v1.2.0+green", "v1.1.0+blue"), blue);
        assertThat(target).isEqualTo(new Decision.Target.Look(version("v1.1.0+blue")));
    }

    @Test
    void pausedMeansPaused() {
        assertThat(decide(serving("v1.0.0").paused(true), tags("v2.0.0"), Optional.empty(), true)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void whatIsRecordedAndNotThereIsHealedFirst() {
        assertThat(decide(serving("v1.0.0"), tags("v1.0.0"), found("v1.0.0", ONE), false)).isInstanceOf(Decision.Heal.class);
        assertThat(decide(serving("v1.0.0").paused(true), List.of(), Optional.empty(), false)).isInstanceOf(Decision.Heal.class);
    }

    @Test
    void aFailingReleaseIsRetriedAtTheNextPollThenBacksOff() {
        Ledger once = serving("v1.0.0").failed(new Ledger.Retry(announcement("v1.1.0", TWO), 1, NOW), Optional.empty());
        assertThat(decide(once, tags("v1.1.0"), found("v1.1.0", TWO), true)).isInstanceOf(Decision.Deploy.class);
        Ledger twice = serving("v1.0.0").failed(new Ledger.Retry(announcement("v1.1.0", TWO), 2, NOW.plusSeconds(10)), Optional.empty());
        assertThat(decide(twice, tags("v1.1.0"), found("v1.1.0", TWO), true)).isInstanceOf(Decision.Defer.class);
        assertThat(Decision.decide(twice, target(twice, tags("v1.1.0"), policy()), found("v1.1.0", TWO), true, policy(), NOW.plusSeconds(11))).isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void backoffBelongsToTheReleaseAndANewOneIsTriedAtOnce() {
        Ledger failing = serving("v1.0.0").failed(new Ledger.Retry(announcement("v1.1.0", TWO), 5, NOW.plusSeconds(80)), Optional.empty());
        assertThat(decide(failing, tags("v1.1.1", "v1.1.0"), found("v1.1.1", ONE), true)).isInstanceOf(Decision.Deploy.class);
        assertThat(decide(failing, tags("v1.1.0"), found("v1.1.0", ONE), true)).as("the same version announced anew").isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void aClockThatJumpedDoesNotTurnMinutesIntoYears() {
        Ledger failing = serving("v1.0.0").failed(new Ledger.Retry(announcement("v1.1.0", TWO), 5, NOW.plus(Duration.ofDays(3650))), Optional.empty());
        assertThat(decide(failing, tags("v1.1.0"), found("v1.1.0", TWO), true)).isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void backoffDoublesFromTenToThreeHundredSecondsWithinItsJitter() {
        long[] seconds = {0, 10, 20, 40, 80, 160, 300, 300, 300};
        for (int failures = 1; failures <= seconds.length; failures++) {
            assertThat(Decision.backoff(failures, 0.5).toSeconds()).as("after %s failures", failures).isEqualTo(seconds[failures - 1]);
            assertThat(Decision.backoff(failures, 0).toMillis()).isEqualTo(Math.round(seconds[failures - 1] * 800));
            assertThat(Decision.backoff(failures, 0.999999).toMillis()).isLessThanOrEqualTo(seconds[failures - 1] * 1200);
        }
        assertThat(Decision.backoff(1_000_000, 0.5)).isEqualTo(Decision.LONGEST_BACKOFF);
    }

    @Test
    void threeStrikesRefuseTheEntryAndOnlyThatEntry() {
        Ledger struck = serving("v1.0.0");
        for (int i = 0; i < Ledger.STRIKES_TO_REFUSE; i++) {
            struck = struck.failed(new Ledger.Retry(announcement("v1.1.0", TWO), i + 1, NOW), Optional.of(announcement("v1.1.0", TWO)));
        }
        assertThat(decide(struck, tags("v1.1.0"), found("v1.1.0", TWO), true)).isInstanceOf(Decision.Idle.class);
        assertThat(decide(struck, tags("v1.1.0"), found("v1.1.0", ONE), true)).isInstanceOf(Decision.Deploy.class);
        assertThat(decide(struck.forgiven(announcement("v1.1.0", TWO), SOURCE, tag("v1.1.0"), "app.tgz"), tags("v1.1.0"), found("v1.1.0", TWO), true)).isInstanceOf(Decision.Deploy.class);
    }

    @Test
    void w5AnEntryThatChangedUnderTheServingVersionIsToldOnceAndNotFollowed() {
        Ledger serving = serving("v1.0.0");
        Decision first = decide(serving, tags("v1.0.0"), found("v1.0.0", TWO), true);
        assertThat(first).isInstanceOf(Decision.Refuse.class);
        assertThat(decide(serving.noted("changed", announcement("v1.0.0", TWO)), tags("v1.0.0"), found("v1.0.0", TWO), true)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void theSameBytesUploadedAgainAreNoChange() {
        Release again = new Release(version("v1.0.0"), new Artifact.Archive("app.tgz", URI.create("https://x/other"), OptionalLong.empty(), Optional.of(ONE), "another entry", List.of()), Optional.empty(),
                Optional.empty(), List.of());
        assertThat(decide(serving("v1.0.0"), tags("v1.0.0"), Optional.of(new Resolution.Found(again)), true)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void aMissingArtifactIsAwaitedForTheGraceAndThenMissing() {
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), pending(Duration.ofMinutes(5)), true)).isInstanceOf(Decision.Await.class);
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), pending(Duration.ofMinutes(29)), true)).isInstanceOf(Decision.Await.class);
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), pending(Duration.ofMinutes(30)), true)).isInstanceOf(Decision.Missing.class);
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), pending(Duration.ofHours(2)), true)).isInstanceOf(Decision.Missing.class);
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), pending(Duration.ofDays(-3650)), true)).as("published in ten years").isInstanceOf(Decision.Missing.class);
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), Optional.of(new Resolution.NotYet("no artifact", Optional.empty(), Optional.empty())), true)).isInstanceOf(Decision.Missing.class);
    }

    @Test
    void anArtifactThatIsStillBeingWrittenIsAwaitedHoweverOldTheReleaseIs() {
        Optional<Resolution> settling = Optional.of(new Resolution.NotYet("young", Optional.of(NOW.minus(Duration.ofDays(1))), Optional.of(Duration.ofSeconds(2))));
        assertThat(decide(serving("v1.0.0"), tags("v1.1.0"), settling, true)).isInstanceOf(Decision.Await.class);
    }

    @Test
    void whatServesMayLoseItsArtifactInTheRegistry() {
        assertThat(decide(serving("v1.0.0"), tags("v1.0.0"), pending(Duration.ofHours(2)), true)).isInstanceOf(Decision.Idle.class);
    }

    /** Over random histories of publishing, deleting and partial listings, what serves never goes down by itself. */
    @Test
    void theVersionNeverGoesDownOverRandomTagHistories() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int history = 0; history < 2_000; history++) {
            List<String> published = new ArrayList<>();
            Ledger ledger = Ledger.empty();
            Optional<Version> highest = Optional.empty();
            for (int step = 0; step < 25; step++) {
                published.add("v" + random.nextInt(4) + "." + random.nextInt(4) + "." + random.nextInt(4) + (random.nextInt(6) == 0 ? "-rc." + random.nextInt(3) : ""));
                List<String> listed = new ArrayList<>(published);
                Collections.shuffle(listed, random);
                listed = listed.subList(0, random.nextInt(listed.size() + 1));
                listed = Stream.concat(listed.stream(), Stream.of("latest", "v1", "-v9.9.9")).toList();
                Decision.Target target = target(ledger, tags(listed.toArray(String[]::new)), policy());
                if (target instanceof Decision.Target.Look look) {
                    Decision decision = Decision.decide(ledger, target, found(look.version().tag().text(), ONE), true, policy(), NOW);
                    if (decision instanceof Decision.Deploy deploy && random.nextInt(5) > 0) {
                        Version next = deploy.release().version();
                        Optional<Version> before = highest;
                        assertThat(before.isEmpty() || next.compareTo(before.get()) > 0).as("%s after %s, seed %s", next, before, seed).isTrue();
                        ledger = Attempt.recorded(ledger, served(next.tag().text(), ONE), policy());
                        highest = Optional.of(next);
                    }
                }
            }
        }
    }

    private static Decision decide(Ledger ledger, List<Candidate> candidates, Optional<Resolution> resolution, boolean inPlace) {
        return Decision.decide(ledger, target(ledger, candidates, policy()), resolution, inPlace, policy(), NOW);
    }

    private static Decision.Target target(Ledger ledger, List<Candidate> candidates, Policy policy) {
        return Decision.target(ledger, candidates, policy);
    }

    private static Ledger serving(String tag) {
        return Attempt.recorded(Ledger.empty(), served(tag, ONE), policy());
    }

    private static Ledger withMark(Ledger ledger, String key, String mark) {
        return new Ledger(ledger.serving(), ledger.before(), ledger.attempting(), Map.of(key, tag(mark)), ledger.firstSeen(), ledger.retry(), ledger.strikes(), ledger.pin(), ledger.paused(), ledger.noted(), ledger.scale());
    }

    private static Served served(String tag, Digest digest) {
        return new Served(tag(tag), "app.tgz", digest, "20260115T103045Z", SOURCE, announcement(tag, digest), NOW);
    }

    private static Optional<Resolution> found(String tag, Digest digest) {
        return Optional.of(new Resolution.Found(release(tag, digest)));
    }

    private static Release release(String tag, Digest digest) {
        return new Release(version(tag), new Artifact.Archive("app.tgz", URI.create("https://x/" + tag), OptionalLong.empty(), Optional.of(digest), announcement(tag, digest), List.of()), Optional.empty(), Optional.empty(), List.of());
    }

    private static Optional<Resolution> pending(Duration age) {
        return Optional.of(new Resolution.NotYet("no artifact fits", Optional.of(NOW.minus(age)), Optional.empty()));
    }

    private static String announcement(String tag, Digest digest) {
        return tag + " " + digest;
    }

    private static List<Candidate> tags(String... texts) {
        return Stream.of(texts).flatMap(text -> Tag.parse(text).stream()).map(tag -> new Candidate(tag, Optional.empty(), false)).toList();
    }

    private static Tag tag(String text) {
        return Tag.parse(text).orElseThrow();
    }

    private static Version version(String text) {
        return VersionOrder.semver().parse(tag(text)).orElseThrow();
    }

    private static Selection selection() {
        return new Selection(VersionOrder.semver(), false, Optional.empty(), Optional.empty());
    }

    private static Policy policy() {
        return policy(selection());
    }

    private static Policy policy(Selection selection) {
        return new Policy("app", "assets", SOURCE, selection, Duration.ofSeconds(10), Duration.ofMinutes(30), 7, DeployHooks.none(), false, false);
    }

    private static Digest digest(char c) {
        return new Digest(Digest.Algorithm.SHA256, String.valueOf(c).repeat(64));
    }
}
