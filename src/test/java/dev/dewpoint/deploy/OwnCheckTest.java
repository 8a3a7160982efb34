package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Replica;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replica that passes the proxy's check and says itself that it is not well. */
class OwnCheckTest extends WithReplicas {
    @BeforeEach
    void checkThemselves() {
        fixture.launcher.checkThemselves();
    }

    private DeployLoop servingForAWhile(int replicas) {
        DeployLoop loop = serving(replicas);
        fixture.time.advance(Duration.ofSeconds(5));
        return loop;
    }

    @Test
    void itLeavesTheProxyAndComesBackWhenItIsWellAgain() {
        DeployLoop loop = servingForAWhile(2);
        Replica one = fixture.there().getFirst();
        fixture.launcher.says(one, Launcher.Says.UNREADY);
        Duration due = loop.tend();
        assertThat(due).isLessThanOrEqualTo(Duration.ofSeconds(10));
        assertThat(fixture.serving()).hasSize(1).doesNotContain(one.name());
        assertThat(loop.roster().orElseThrow().entries()).filteredOn(entry -> !entry.ready()).singleElement().satisfies(entry -> assertThat(entry.name()).isEqualTo(one.name()));
        fixture.time.advance(Duration.ofSeconds(5));
        fixture.launcher.says(one, Launcher.Says.READY);
        loop.tend();
        assertThat(fixture.serving()).hasSize(2).contains(one.name());
        fixture.time.advance(Duration.ofSeconds(60));
        loop.tend();
        assertThat(fixture.there()).hasSize(2).contains(one);
        assertThat(fixture.seen(Event.ReplicaSays.class)).extracting(Event.ReplicaSays::ready).containsExactly(false, true);
    }

    @Test
    void itIsReplacedAfterTheSamePatienceAsOneThatFailsTheProxysCheck() {
        DeployLoop loop = servingForAWhile(2);
        Replica one = fixture.there().getFirst();
        fixture.launcher.says(one, Launcher.Says.UNREADY);
        loop.tend();
        fixture.time.advance(Duration.ofSeconds(9));
        loop.tend();
        assertThat(fixture.there()).hasSize(2);
        fixture.time.advance(Duration.ofSeconds(2));
        loop.tend();
        assertThat(fixture.serving()).hasSize(2).doesNotContain(one.name());
        fixture.until("it is gone", () -> fixture.there().size() == 2 && !fixture.there().contains(one));
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void whatNobodyHeardOfIsAskedForWhenTheEngineIsBack() {
        DeployLoop loop = servingForAWhile(2);
        Replica one = fixture.there().getFirst();
        fixture.launcher.saysUnheard(one, Launcher.Says.UNREADY);
        loop.tend();
        assertThat(fixture.serving()).hasSize(2);
        fixture.launcher.missed();
        loop.tend();
        assertThat(fixture.serving()).hasSize(1);
        DeployLoop next = fixture.open();
        fixture.launcher.missed();
        next.tend();
        assertThat(fixture.serving()).as("after a restart too").hasSize(1).doesNotContain(one.name());
    }

    @Test
    void anEngineThatIsAwayIsAskedAgain() {
        DeployLoop loop = servingForAWhile(2);
        Replica one = fixture.there().getFirst();
        fixture.launcher.says(one, Launcher.Says.UNREADY);
        fixture.launcher.away(true);
        loop.tend();
        assertThat(fixture.serving()).hasSize(2);
        fixture.launcher.away(false);
        loop.tend();
        assertThat(fixture.serving()).hasSize(1).doesNotContain(one.name());
    }

    @Test
    void theLastOneLeavesTooAndIsMissed() {
        DeployLoop loop = servingForAWhile(1);
        Replica one = fixture.there().getFirst();
        fixture.launcher.says(one, Launcher.Says.UNREADY);
        loop.tend();
        assertThat(fixture.serving()).isEmpty();
        fixture.launcher.says(one, Launcher.Says.READY);
        loop.tend();
        assertThat(fixture.serving()).containsExactly(one.name());
    }

    @Test
    void nobodyIsAskedWhileNothingHappens() {
        DeployLoop loop = servingForAWhile(2);
        loop.tend();
        int calls = fixture.launcher.calls();
        for (int i = 0; i < 20; i++) {
            fixture.time.advance(Duration.ofSeconds(10));
            loop.turn();
            loop.tend();
        }
        assertThat(fixture.launcher.calls()).isEqualTo(calls);
    }
}
