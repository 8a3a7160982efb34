package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people ask for, and that it holds: rollback, pin, pause. */
class OperatorTest {
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
    void rollBackGoesBackWithoutTheRegistryAndPinsUntilSomethingHigherAppears() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.publish("v1.1.0", "two");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        fixture.registry.failWith(new Failure(Failure.Kind.UNREACHABLE, "list", "it is down"));
        assertThat(loop.carryOut(new Request.RollBack(Optional.empty()))).isEqualTo(new Request.Reply(true, "deployed"));
        assertThat(fixture.page()).isEqualTo("one");
        fixture.registry.recover();
        fixture.turns(loop, 3, Duration.ofSeconds(10));
        assertThat(fixture.page()).as("pinned").isEqualTo("one");
        DeployLoop restarted = fixture.open();
        restarted.turn();
        assertThat(fixture.page()).as("pinned after a restart too").isEqualTo("one");
        fixture.publish("v1.1.1", "three");
        restarted.turn();
        assertThat(fixture.page()).isEqualTo("three");
    }

    @Test
    void rollBackToWhatServesIsRefused() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        assertThat(loop.carryOut(new Request.RollBack(Optional.empty())).message()).contains("nothing has served here before");
        assertThat(loop.carryOut(new Request.RollBack(Optional.of("v1.0.0"))).message()).contains("serves now");
    }

    @Test
    void rollBackWithoutItsDirectoryUsesTheCache() throws IOException {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        String first = fixture.releases().getFirst();
        fixture.publish("v1.1.0", "two");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases").resolve(first));
        assertThat(loop.carryOut(new Request.RollBack(Optional.of("1.0.0"))).achieved()).isTrue();
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void rollBackToADamagedArtifactFailsWithTheRemedyAndIsNoStrike() throws IOException {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        Path cached = LoopFixture.onlyFile(fixture.root.resolve(".dewpoint/cache/sha256"));
        fixture.publish("v1.1.0", "two");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        byte[] bytes = Files.readAllBytes(cached);
        bytes[10] ^= 1;
        Files.write(cached, bytes);
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases").resolve(fixture.releases().getFirst()));
        Request.Reply reply = loop.carryOut(new Request.RollBack(Optional.empty()));
        assertThat(reply.achieved()).isFalse();
        assertThat(reply.message()).contains("dewpoint deploy v1.0.0");
        assertThat(loop.status().ledger().strikes()).isEmpty();
        assertThat(fixture.page()).isEqualTo("two");
        assertThat(loop.carryOut(new Request.Deploy(Optional.of("v1.0.0"))).achieved()).isTrue();
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void nothingHalfFetchedIsLeftOnceAnotherReleaseServes() throws IOException {
        fixture.publish("v1.0.0", "one");
        Path orphan = fixture.root.resolve(".dewpoint/cache/partial/me-0123.partial");
        Files.createDirectories(orphan.getParent());
        Files.writeString(orphan, "half");
        fixture.open().turn();
        assertThat(orphan).doesNotExist();
    }

    @Test
    void deployOfAnOlderVersionPinsItAndResumeUnpins() {
        fixture.publish("v1.0.0", "one");
        fixture.publish("v1.1.0", "two");
        DeployLoop loop = fixture.open();
        loop.turn();
        assertThat(loop.carryOut(new Request.Deploy(Optional.of("v1.0.0"))).achieved()).isTrue();
        loop.turn();
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(loop.status().state()).isEqualTo("pinned");
        assertThat(loop.carryOut(new Request.Resume()).achieved()).isTrue();
        loop.turn();
        assertThat(fixture.page()).isEqualTo("two");
    }

    @Test
    void aCrashAfterTheSwitchOfARollbackDoesNotUndoIt() {
        fixture.twoReleases(fixture.open());
        fixture.onEvent(event -> {
            if (event instanceof Event.AttemptEnded) {
                throw new IllegalStateException("killed here");
            }
        });
        fixture.open().carryOut(new Request.RollBack(Optional.empty()));
        assertThat(fixture.page()).isEqualTo("one");
        DeployLoop restarted = fixture.onEvent(_ -> {}).open();
        fixture.turns(restarted, 2, Duration.ofSeconds(10));
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(restarted.status().state()).isEqualTo("pinned");
    }

    @Test
    void aPinEndsWithTheHigherVersionThatItWaitedFor() {
        DeployLoop loop = fixture.open();
        fixture.twoReleases(loop);
        loop.carryOut(new Request.RollBack(Optional.empty()));
        fixture.publish("v1.2.0", "three");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        assertThat(fixture.page()).isEqualTo("three");
        assertThat(loop.status().state()).isEqualTo("serving");
    }

    @Test
    void aPinOfOneSourceDoesNotHoldAnother() {
        DeployLoop loop = fixture.open();
        fixture.twoReleases(loop);
        loop.carryOut(new Request.RollBack(Optional.empty()));
        fixture.registry.withdraw("v1.0.0").withdraw("v1.1.0");
        fixture.publish("v0.1.0", "elsewhere");
        fixture.source("fake://other").open().turn();
        assertThat(fixture.page()).isEqualTo("elsewhere");
    }

    @Test
    void rollBackToAnotherSourceLeavesTheMarkOfTheOneFollowed() {
        fixture.publish("v5.0.0", "old source");
        fixture.open().turn();
        fixture.registry.withdraw("v5.0.0");
        fixture.publish("v1.0.0", "one");
        fixture.time.advance(Duration.ofSeconds(10));
        DeployLoop loop = fixture.source("fake://other").open();
        loop.turn();
        assertThat(loop.carryOut(new Request.RollBack(Optional.empty())).achieved()).isTrue();
        loop.turn();
        assertThat(fixture.page()).as("pinned").isEqualTo("old source");
        fixture.publish("v1.1.0", "two");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        assertThat(fixture.page()).as("above the one that was left").isEqualTo("two");
    }

    @Test
    void whatIsPinnedAndLostIsFetchedAgain() throws IOException {
        DeployLoop loop = fixture.open();
        fixture.twoReleases(loop);
        loop.carryOut(new Request.RollBack(Optional.empty()));
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases"));
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve(".dewpoint/cache"));
        fixture.turns(loop, 2, Duration.ofSeconds(10));
        assertThat(fixture.page()).isEqualTo("one");
        assertThat(loop.status().state()).isEqualTo("pinned");
    }

    @Test
    void whatWasMadeAgainIsNotWhatServedBefore() throws IOException {
        DeployLoop loop = fixture.open();
        fixture.twoReleases(loop);
        dev.dewpoint.host.Durable.deleteTree(fixture.root.resolve("releases").resolve(fixture.releases().getLast()));
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        assertThat(fixture.page()).isEqualTo("two");
        assertThat(loop.carryOut(new Request.RollBack(Optional.empty())).achieved()).isTrue();
        assertThat(fixture.page()).isEqualTo("one");
    }

    @Test
    void pauseHoldsAcrossARestart() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        loop.carryOut(new Request.Pause());
        fixture.publish("v1.1.0", "two");
        fixture.open().turn();
        assertThat(fixture.page()).isEqualTo("one");
    }
}
