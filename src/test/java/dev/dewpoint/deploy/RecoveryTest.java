package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a kill or a damaged disk left, brought to its one end. */
class RecoveryTest {
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
    void aDamagedLedgerIsRebuiltFromHistoryAndCurrentAndSaidSo() throws IOException {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        loop.turn();
        fixture.publish("v1.1.0", "two");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        Files.writeString(fixture.root.resolve(".dewpoint/ledger.json"), "{\"schema\":1,\"cur");
        DeployLoop rebuilt = fixture.open();
        assertThat(rebuilt.status().ledger().serving()).map(s -> s.tag().text()).contains("v1.1.0");
        assertThat(fixture.seen(Event.Remarked.class)).anySatisfy(e -> assertThat(e.remark()).contains("put aside").contains("v1.1.0--site.zip"));
        fixture.registry.withdraw("v1.1.0");
        rebuilt.turn();
        assertThat(fixture.page()).as("the mark was rebuilt too").isEqualTo("two");
    }

    @Test
    void aLedgerThatIsGoneIsRebuiltToo() throws IOException {
        fixture.twoReleases(fixture.open());
        Files.delete(fixture.root.resolve(".dewpoint/ledger.json"));
        fixture.registry.withdraw("v1.1.0");
        DeployLoop rebuilt = fixture.open();
        rebuilt.turn();
        assertThat(fixture.page()).as("never down").isEqualTo("two");
        assertThat(rebuilt.status().ledger().serving()).map(s -> s.tag().text()).contains("v1.1.0");
    }

    @Test
    void anAttemptThatWasCutOffBeforeTheSwitchIsInterruptedAndRetriedAtOnce() {
        fixture.publish("v1.0.0", "one");
        DeployLoop loop = fixture.open();
        Ledger cut = loop.status().ledger().attempting(new Ledger.Attempting("cut-off", Optional.empty(), new Tag("v1.0.0"), fixture.time.now(), Ledger.Step.STARTED, Optional.empty()));
        LedgerFile.open(fixture.root.resolve(".dewpoint/ledger.json")).file().write(cut);
        DeployLoop restarted = fixture.open();
        restarted.turn();
        assertThat(fixture.outcomes()).containsExactly("interrupted", "deployed");
        assertThat(restarted.history().last(5)).extracting(History.Record::outcome).containsExactly("deployed", "interrupted");
        fixture.open();
        assertThat(restarted.history().last(5)).hasSize(2);
    }

    @Test
    void anAttemptThatWasCutOffAfterTheSwitchIsCompletedOnceWithItsAfterHook() throws IOException {
        fixture.hooks(null, "echo ran >> hooks.log", false).publish("v1.0.0", "one");
        fixture.open().turn();
        Path records = fixture.root.resolve(".dewpoint");
        Served served = LedgerFile.open(records.resolve("ledger.json")).file().now().serving().orElseThrow();
        Ledger.Attempting switching = new Ledger.Attempting("cut-off", Optional.empty(), served.tag(), fixture.time.now(), Ledger.Step.SWITCHING, Optional.of(served));
        LedgerFile.open(records.resolve("ledger.json")).file().write(Ledger.empty().attempting(switching));
        DeployLoop restarted = fixture.open();
        assertThat(fixture.root.resolve("hooks.log")).hasContent("ran\nran");
        assertThat(restarted.status().ledger().serving()).contains(served);
        LedgerFile.open(records.resolve("ledger.json")).file().write(restarted.status().ledger().attempting(new Ledger.Attempting("cut-off-2", Optional.empty(), served.tag(), fixture.time.now(), Ledger.Step.AFTER_HOOK, Optional.of(served))));
        fixture.open();
        assertThat(fixture.root.resolve("hooks.log")).as("at most once").hasContent("ran\nran");
        assertThat(restarted.history().last(9)).extracting(History.Record::id).contains("cut-off", "cut-off-2").doesNotHaveDuplicates();
    }
}
