package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.artifact.Verify;
import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turn by turn through every station: what serves, what is recorded, what is told. */
class DeployLoopTest {
    @TempDir
    Path folder;

    private LoopFixture fixture;

    @BeforeEach
    void setUp() {
        fixture = new LoopFixture(folder);
    }

    @AfterEach
    void tearDown() {
        fixture.close();
    }

    @Test
    void w23bAReleaseArrivesAndTheNextOneReplacesItEachReportedOnce() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        assertThat(fixture.page()).isEqualTo("one");
        fixture.publish("v1.1.0", "two");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        assertThat(fixture.page()).isEqualTo("two");
        assertThat(loop.history().last(5)).extracting(History.Record::outcome).containsExactly("deployed", "deployed");
        assertThat(loop.status().ledger().serving()).map(Served::key).contains("v1.1.0--site.zip");
        loop.turn();
        assertThat(fixture.registry.reports()).extracting(shipment -> shipment.tag().text()).containsExactly("v1.0.0", "v1.1.0");
    }

    @Test
    void theStoryIsToldInOrder() {
        fixture.hooks("echo before", "echo after", false).publish("v1.0.0", "one");
        fixture.open().turn();
        assertThat(fixture.events).extracting(event -> event.getClass().getSimpleName())
                .containsExactly("AttemptStarted", "ArtifactCached", "HookEnded", "Extracted", "Switched", "HookEnded", "AttemptEnded");
    }

    @Test
    void aFurtherIdenticalPollWritesNothing() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        Map<String, Object> before = fixture.fingerprint();
        for (int i = 0; i < 10; i++) {
            fixture.time.advance(Duration.ofSeconds(10));
            loop.turn();
        }
        assertThat(fixture.fingerprint()).isEqualTo(before);
    }

    @Test
    void anIdenticalPollOfAFailingOrRefusedReleaseWritesNothingEither() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.registry.publish("v1.1.0", fixture.site("v1.1.0", "two"), Optional.of(LoopFixture.someDigest()));
        fixture.turns(loop, 3, Duration.ofMinutes(10));
        assertThat(fixture.outcomes()).endsWith("failed", "failed", "refused");
        Map<String, Object> before = fixture.fingerprint();
        fixture.turns(loop, 10, Duration.ofMinutes(10));
        assertThat(fixture.fingerprint()).isEqualTo(before);
    }

    @Test
    void w2AFailedDeployIsNotRememberedAsDone() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        Path hostile = fixture.zip("v1.1.0", "site.zip", Map.of("../escape", "x"));
        fixture.registry.publish("v1.1.0", hostile, Optional.of(LoopFixture.digest(hostile)));
        loop.turn();
        loop.turn();
        assertThat(fixture.outcomes()).containsExactly("deployed", "failed", "failed");
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(loop.status().ledger().serving()).map(s -> s.tag().text()).contains("v1.0.0");
        assertThat(folder.resolve("root/releases/escape")).doesNotExist();
    }

    @Test
    void w3APoisonedCacheHealsByANewDownload() throws IOException {
        fixture.publish("v1.0.0", "one");
        fixture.open().turn();
        Path cached = LoopFixture.onlyFile(fixture.root.resolve(".dewpoint/cache/sha256"));
        byte[] bytes = Files.readAllBytes(cached);
        bytes[bytes.length / 2] ^= 1;
        Files.write(cached, bytes);
        Files.delete(fixture.root.resolve(".dewpoint/ledger.json"));
        Files.delete(fixture.root.resolve(".dewpoint/history.jsonl"));
        Files.delete(fixture.root.resolve("current"));
        DeployLoop loop = fixture.open();
        loop.turn();
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(fixture.seen(Event.ArtifactCached.class)).extracting(Event.ArtifactCached::downloaded).containsExactly(true, false, true);
    }

    @Test
    void w4BytesThatDontMatchTheirDigestNeverServe() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.registry.publish("v1.1.0", fixture.site("v1.1.0", "two"), Optional.of(LoopFixture.someDigest()));
        fixture.turns(loop, 6, Duration.ofMinutes(10));
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(fixture.outcomes()).containsExactly("deployed", "failed", "failed", "refused");
        fixture.publish("v1.1.0", "two");
        loop.turn();
        assertThat(fixture.page()).as("another entry is tried").isEqualTo("two");
    }

    @Test
    void aRefusedReleaseIsTriedOnceMoreWhenSomeoneAsks() {
        fixture.registry.publish("v1.1.0", fixture.site("v1.1.0", "two"), Optional.of(LoopFixture.someDigest()));
        DeployLoop loop = fixture.open();
        fixture.turns(loop, 5, Duration.ofMinutes(10));
        assertThat(fixture.outcomes()).containsExactly("failed", "failed", "refused");
        assertThat(loop.carryOut(new Request.Deploy(Optional.of("v1.1.0"))).achieved()).isFalse();
        fixture.turns(loop, 3, Duration.ofMinutes(10));
        assertThat(fixture.outcomes()).as("once, not thrice").containsExactly("failed", "failed", "refused", "refused");
    }

    @Test
    void w8AFailingReleaseBacksOffAndIsTriedAsLongAsItIsTheNewest() {
        fixture.hooks("exit 1", null, true).publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        for (int second = 0; second < 600; second += 10) {
            loop.turn();
            fixture.time.advance(Duration.ofSeconds(10));
        }
        assertThat(fixture.outcomes()).as("attempts in 10 minutes").hasSizeBetween(6, 9).containsOnly("aborted");
        assertThat(fixture.registry.polls()).as("back-off never slows polling").isEqualTo(60);
    }

    @Test
    void w9AFailingReleaseLeavesNothingBehind() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        List<String> releases = fixture.releases();
        Path hostile = fixture.zip("v1.1.0", "site.zip", Map.of("a", "x", "b/../../c", "y"));
        fixture.registry.publish("v1.1.0", hostile);
        fixture.turns(loop, 20, Duration.ofMinutes(10));
        assertThat(fixture.releases()).isEqualTo(releases);
    }

    @Test
    void backOffSurvivesARestart() {
        fixture.hooks("exit 1", null, true).publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        fixture.turns(loop, 3, Duration.ofSeconds(15));
        int attempts = fixture.outcomes().size();
        fixture.open().turn();
        assertThat(fixture.outcomes()).hasSize(attempts);
    }

    @Test
    void w5AReplacedArtifactIsAnnouncedOnceAndNotFollowedUnlessAskedFor() {
        fixture.registry.publish("v1.0.0", fixture.site("v1.0.0", "one"));
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.registry.publish("v1.0.0", fixture.site("v1.0.0", "other bytes"));
        fixture.turns(loop, 3, Duration.ofSeconds(10));
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(fixture.seen(Event.EntryChanged.class)).hasSize(1);
        assertThat(loop.carryOut(new Request.Deploy(Optional.of("v1.0.0")))).isEqualTo(new Request.Reply(true, "deployed"));
        assertThat(fixture.page()).isEqualTo("other bytes");
    }

    @Test
    void bytesThatChangedUnderAVersionThatServedNeverServeUnasked() throws IOException {
        fixture.registry.publish("v1.0.0", fixture.site("v1.0.0", "one"));
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.registry.publish("v1.0.0", fixture.site("v1.0.0", "other bytes"));
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases"));
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve(".dewpoint/cache"));
        fixture.turns(loop, 8, Duration.ofMinutes(10));
        assertThat(fixture.outcomes()).as("nothing is offered, so the first digest is what counts").startsWith("deployed").endsWith("refused").containsOnlyOnce("deployed");
        assertThat(fixture.releases()).isEmpty();
    }

    @Test
    void requireRefusesWhatOffersNoChecksum() {
        fixture.verify(Verify.REQUIRE).registry.publish("v1.0.0", fixture.site("v1.0.0", "one"));
        fixture.open().turn();
        assertThat(fixture.outcomes()).containsExactly("failed");
        assertThat(fixture.root.resolve("current")).doesNotExist();
        fixture.publish("v1.0.1", "one");
        fixture.open().turn();
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void currentIsPutRightAndAReleaseThatVanishedIsMadeAgain() throws IOException {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        Files.delete(fixture.root.resolve("current"));
        loop.turn();
        assertThat(fixture.page()).isEqualTo("one");
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases"));
        loop.turn();
        assertThat(fixture.page()).isEqualTo("one");
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases"));
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve(".dewpoint/cache"));
        fixture.turns(loop, 2, Duration.ofSeconds(10));
        assertThat(fixture.page()).as("fetched again").isEqualTo("one");
    }

    @Test
    void w6TheRegistryIsNotNeededForWhatIsOnDisk() throws IOException {
        fixture.publish("v1.0.0", "one");
        fixture.open().turn();
        Files.delete(fixture.root.resolve("current"));
        fixture.registry.failWith(new Failure(Failure.Kind.UNREACHABLE, "list", "it is down"));
        fixture.open();
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void w24HooksRunAroundTheSwitchAndNotAgainAtTheNextStart() throws IOException {
        fixture.hooks("echo before $(readlink current) >> hooks.log", "echo after $(cat current/index.html) $DEWPOINT_HOOK_OUTCOME >> hooks.log", false).publish("v1.0.0", "one");
        fixture.open().turn();
        fixture.open().turn();
        assertThat(fixture.root.resolve("hooks.log")).hasContent("before\nafter one deployed");
    }

    @Test
    void aFailedBeforeHookIsToldAndTheDeployGoesOnUnlessAskedToAbort() {
        fixture.hooks("exit 7", null, false).publish("v1.0.0", "one");
        fixture.open().turn();
        assertThat(fixture.outcomes()).containsExactly("deployed");
        fixture.hooks("exit 7", null, true).publish("v1.1.0", "two");
        fixture.open().turn();
        assertThat(fixture.outcomes()).containsExactly("deployed", "aborted");
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void aFailedAfterHookIsANote() {
        fixture.hooks(null, "echo no; exit 3", false).publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        assertThat(loop.history().last(1).getFirst().why()).hasValueSatisfying(why -> assertThat(why).contains("after hook failed").contains("3"));
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void aPollThatFailsBacksOffObeysPatienceAndIsToldWhenItRecovers() {
        DeployLoop loop = fixture.open();
        fixture.registry.failWith(new Failure(Failure.Kind.UNREACHABLE, "list", "it is down"));
        Duration first = loop.turn();
        Duration second = loop.turn();
        for (int i = 0; i < 20; i++) {
            loop.turn();
        }
        Duration late = loop.turn();
        assertThat(first).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11));
        assertThat(second).isBetween(Duration.ofSeconds(18), Duration.ofSeconds(22));
        assertThat(late).isLessThanOrEqualTo(Duration.ofSeconds(330));
        fixture.registry.failWith(Failure.limited("list", "too many", Duration.ofSeconds(77)));
        assertThat(loop.turn()).isEqualTo(Duration.ofSeconds(77));
        fixture.registry.recover();
        loop.turn();
        assertThat(fixture.seen(Event.PollRecovered.class)).singleElement().satisfies(e -> assertThat(e.failures()).isEqualTo(24));
    }

    @Test
    void aBugInATurnFailsThatTurnAlone() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        fixture.registry.beforeTags(() -> {
            throw new IllegalStateException("a bug");
        });
        loop.turn();
        assertThat(fixture.seen(Event.PollFailed.class)).singleElement().satisfies(e -> assertThat(e.failure().kind()).isEqualTo(Failure.Kind.BUG));
        fixture.registry.beforeTags(() -> {});
        loop.turn();
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void aBugEndsASinglePollToo() throws Exception {
        fixture.registry.beforeTags(() -> {
            throw new IllegalStateException("a bug");
        });
        assertThat(fixture.open().once()).isEqualTo(new Request.Reply(false, "java.lang.IllegalStateException: a bug"));
    }

    @Test
    void aSinglePollThatIsToldToStopDeploysNothing() throws Exception {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.stop();
        assertThat(loop.once()).isEqualTo(new Request.Reply(false, "stopped"));
        assertThat(fixture.seen(Event.AttemptStarted.class)).isEmpty();
    }

    @Test
    void aMissingArtifactIsWarnedOfOnceAndAfterTheGraceToldOnceEvenAcrossARestart() {
        fixture.registry.announce("v1.0.0", fixture.time.now());
        DeployLoop loop = fixture.open();
        fixture.turns(loop, 5, Duration.ofMinutes(5));
        assertThat(fixture.seen(Event.ArtifactPending.class)).extracting(Event.ArtifactPending::first).containsExactly(true, false, false, false, false);
        fixture.turns(loop, 5, Duration.ofMinutes(5));
        fixture.turns(fixture.open(), 5, Duration.ofMinutes(5));
        assertThat(fixture.seen(Event.ArtifactMissing.class)).hasSize(1);
        assertThat(fixture.outcomes()).isEmpty();
        fixture.publish("v1.0.0", "late");
        fixture.open().turn();
        assertThat(fixture.page()).isEqualTo("late");
    }

    @Test
    void w1ASlotFollowsItsOwnReleases() {
        fixture.slot("blue").publish("v1.1.0+blue", "blue");
        fixture.publish("v1.2.0+green", "green");
        fixture.open().turn();
        assertThat(fixture.page()).isEqualTo("blue");
    }

    @Test
    void onlyTheNewestReleasesAreKept() {
        fixture.keep(2);
        DeployLoop loop = fixture.open();
        for (int i = 0; i < 5; i++) {
            fixture.publish("v1." + i + ".0", "page " + i);
            fixture.time.advance(Duration.ofSeconds(10));
            loop.turn();
        }
        assertThat(fixture.releases()).hasSize(2);
        assertThat(fixture.seen(Event.Cleaned.class)).isNotEmpty();
    }

    @Test
    void stoppingCutsAPollShortAlsoAfterAnAttemptWhoseEndFailed() throws Exception {
        fixture.publish("v1.0.0", "one");
        fixture.onEvent(event -> {
            if (event instanceof Event.AttemptEnded) {
                throw new IllegalStateException("a bug");
            }
        });
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.onEvent(_ -> {});
        stoppingEndsAPoll(loop);
    }

    @Test
    void stoppingCutsAPollShort() throws Exception {
        stoppingEndsAPoll(fixture.open());
        assertThat(fixture.seen(Event.PollFailed.class)).isEmpty();
    }

    private void stoppingEndsAPoll(DeployLoop loop) throws Exception {
        CompletableFuture<Void> polling = new CompletableFuture<>();
        fixture.registry.beforeTags(() -> {
            polling.complete(null);
            try {
                TimeUnit.MINUTES.sleep(5);
            } catch (InterruptedException e) {
                throw new Failure(Failure.Kind.TIMED_OUT, "list", "it was interrupted", e);
            }
        });
        Thread turning = Thread.ofVirtual().start(loop::run);
        polling.get(10, TimeUnit.SECONDS);
        loop.stop();
        loop.cutShort(turning);
        assertThat(turning.join(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void stoppingBetweenUnpackingAndTheSwitchLeavesNothingBehind() {
        fixture.publish("v1.0.0", "one");
        fixture.onEvent(event -> {
            if (event instanceof Event.Extracted) {
                Thread.currentThread().interrupt();
            }
        });
        fixture.open().turn();
        assertThat(fixture.outcomes()).containsExactly("interrupted");
        assertThat(fixture.releases()).isEmpty();
    }

    @Test
    void requestsWhileStoppingAreAnswered() throws Exception {
        DeployLoop loop = fixture.open();
        loop.stop();
        assertThat(loop.ask(new Request.Pause()).get(5, TimeUnit.SECONDS).achieved()).isFalse();
    }

    /** v1.0.0 with the page "one", then v1.1.0 with "two". */
}
