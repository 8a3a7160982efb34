package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Replica;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HealingTest extends WithReplicas {
    private Replica number(int number) {
        return fixture.there().stream().filter(replica -> replica.number() == number && replica.alive()).findFirst().orElseThrow();
    }

    @Test
    @DisplayName("W29: a replica that died is replaced, and the others stay")
    void aReplicaThatDiedIsReplacedAndTheOthersStay() {
        DeployLoop loop = serving(3);
        Replica one = number(1);
        Replica two = number(2);
        Replica three = number(3);
        fixture.time.advance(Duration.ofSeconds(5));
        fixture.launcher.die(two, true);
        loop.tend();
        assertThat(fixture.serving()).hasSize(3).contains(one.name(), three.name()).doesNotContain(two.name());
        fixture.until("the dead one is gone", () -> fixture.there().size() == 3);
        assertThat(number(2).id()).isNotEqualTo(two.id());
        assertThat(fixture.seen(Event.ReplicaDied.class)).singleElement().satisfies(died -> {
            assertThat(died.replica()).isEqualTo(two.name());
            assertThat(died.how()).isEqualTo("exit code 137 (signal 9)");
            assertThat(died.left()).isEqualTo(2);
        });
        assertThat(fixture.seen(Event.ReplicaHealed.class)).hasSize(1);
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void oneThatNobodyToldOfIsFoundWhenTheEngineIsBack() {
        DeployLoop loop = serving(2);
        Replica two = number(2);
        fixture.time.advance(Duration.ofSeconds(5));
        fixture.launcher.away(true);
        fixture.launcher.die(two, false);
        fixture.launcher.missed();
        loop.tend();
        assertThat(fixture.there()).hasSize(2);
        fixture.launcher.away(false);
        fixture.launcher.missed();
        loop.tend();
        assertThat(fixture.serving()).hasSize(2).doesNotContain(two.name());
    }

    @Test
    void anEngineThatStaysAwayIsAskedMoreAndMoreRarelyAndNotBecauseItFailed() {
        DeployLoop loop = serving(1);
        fixture.launcher.away(true);
        fixture.launcher.missed();
        Duration last = Duration.ZERO;
        for (int i = 0; i < 6; i++) {
            Duration next = loop.tend();
            assertThat(next).isGreaterThanOrEqualTo(last);
            last = next;
        }
        assertThat(last).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
        fixture.launcher.away(false);
        loop.tend();
        fixture.launcher.away(true);
        fixture.launcher.missed();
        assertThat(loop.tend()).as("it begins anew").isLessThan(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("W28: whoever died leaves; after three crashes and a good release nobody but those that live takes requests")
    void whoeverDiedLeaves() {
        DeployLoop loop = serving(2);
        for (int crash = 0; crash < 3; crash++) {
            fixture.time.advance(Duration.ofMinutes(2));
            List<Replica> dead = fixture.there();
            dead.forEach(replica -> fixture.launcher.die(replica, true));
            fixture.until("both are replaced", () -> {
                fixture.time.advance(Duration.ofSeconds(1));
                loop.tend();
                return fixture.serving().size() == 2 && fixture.there().stream().noneMatch(dead::contains);
            });
            assertThat(fixture.serving()).doesNotContainAnyElementsOf(dead.stream().map(Replica::name).toList());
        }
        fixture.publish("v2.0.0");
        fixture.time.advance(Duration.ofSeconds(10));
        loop.turn();
        fixture.until("the old ones are gone", () -> fixture.there().size() == 2);
        assertThat(fixture.served()).containsOnly(ReplicasFixture.digest("v2.0.0")).hasSize(2);
    }

    @Test
    @DisplayName("W41: news from the engine, from the proxy and questions come from many threads at once, and one thread decides")
    void newsComesFromManyThreads() throws Exception {
        DeployLoop loop = serving(3);
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> threads = IntStream.range(0, 8).mapToObj(i -> Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                switch (i % 4) {
                    case 0 -> fixture.launcher.missed();
                    case 1 -> fixture.there().stream().findFirst().ifPresent(replica -> loop.saw(new ProxyEvent.BackendReady("8000=app:app", replica.name(), fixture.time.now(), "status 200")));
                    case 2 -> assertThat(loop.status().ledger().serving()).isPresent();
                    default -> assertThat(loop.history().last(3)).isNotEmpty();
                }
            }
        })).toList();
        for (int round = 0; round < 10; round++) {
            fixture.time.advance(Duration.ofMinutes(2));
            fixture.there().stream().filter(Replica::alive).findFirst().ifPresent(replica -> fixture.launcher.die(replica, true));
            loop.tend();
            loop.turn();
        }
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        fixture.until("all are there", () -> {
            fixture.time.advance(Duration.ofSeconds(1));
            loop.tend();
            return fixture.serving().size() == 3 && fixture.there().size() == 3;
        });
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void idlePollsDontAskTheEngine() {
        DeployLoop loop = serving(3);
        fixture.until("the first has settled", () -> fixture.outcomes().size() == 1);
        int before = fixture.launcher.calls();
        for (int i = 0; i < 20; i++) {
            fixture.time.advance(Duration.ofSeconds(10));
            loop.turn();
            loop.tend();
        }
        assertThat(fixture.launcher.calls()).isEqualTo(before);
    }

    @Test
    void whatEndsAgainAndAgainIsTriedMoreAndMoreSlowlyAndToldOnce() {
        DeployLoop loop = serving(1);
        Digest one = ReplicasFixture.digest("v1.0.0");
        fixture.time.advance(Duration.ofMinutes(5));
        fixture.launcher.crashing(one);
        fixture.launcher.die(number(1), true);
        int starts = 0;
        for (int second = 0; second < 120; second++) {
            loop.tend();
            fixture.time.advance(Duration.ofSeconds(1));
        }
        starts = (int) fixture.seen(Event.Tending.class).stream().filter(event -> event.step() instanceof RolloutStep.Starting).count();
        assertThat(starts).isBetween(5, 10);
        assertThat(fixture.seen(Event.Degraded.class)).hasSize(1);
        fixture.launcher.heals(one);
        for (int second = 0; second < 150; second++) {
            loop.tend();
            fixture.time.advance(Duration.ofSeconds(1));
        }
        assertThat(fixture.serving()).hasSize(1);
        assertThat(fixture.seen(Event.Recovered.class)).hasSize(1);
    }

    @Test
    @DisplayName("W27: the next agent serves what runs, and starts what is missing")
    void theNextAgentTakesOverWhatRunsAndStartsWhatIsMissing() {
        serving(3);
        List<Replica> before = fixture.there();
        fixture.launcher.die(number(3), false);
        DeployLoop next = fixture.open();
        assertThat(fixture.serving()).hasSize(2);
        fixture.time.advance(Duration.ofSeconds(5));
        next.tend();
        assertThat(fixture.serving()).hasSize(3).contains(before.get(0).name(), before.get(1).name());
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void fewerAreKeptAndMoreAreStartedWithoutTouchingTheOthers() {
        serving(2);
        Replica one = number(1);
        DeployLoop more = fixture.replicas(3).open();
        fixture.time.advance(Duration.ofSeconds(5));
        more.tend();
        assertThat(fixture.serving()).hasSize(3).contains(one.name());
        DeployLoop fewer = fixture.replicas(1).open();
        fewer.tend();
        assertThat(fixture.serving()).containsExactly(one.name());
        fixture.until("the others are gone", () -> fixture.there().size() == 1);
    }

    @Test
    void otherOptionsWithTheSameImageAreARollout() {
        serving(1);
        Replica before = number(1);
        fixture.launcher.configuration("config-2");
        DeployLoop next = fixture.open();
        assertThat(fixture.serving()).containsExactly(before.name());
        fixture.time.advance(Duration.ofSeconds(5));
        next.turn();
        assertThat(fixture.outcomes()).containsExactly("deployed", "deployed");
        assertThat(fixture.serving()).hasSize(1).doesNotContain(before.name());
        fixture.until("the old one is gone", () -> fixture.there().size() == 1);
    }

    @Test
    void whatBelongsToNoReleaseThatServesIsEndedWhenTheNextAgentStarts() {
        serving(1);
        Replica stray = fixture.launcher.start(new dev.dewpoint.replica.Order(fixture.launcher.fetch(new dev.dewpoint.release.Artifact.Image("registry.test/app", new dev.dewpoint.release.Tag("v9.0.0"), ReplicasFixture.digest("v9.0.0"),
                dev.dewpoint.release.Platform.of("Linux", "amd64"), "x"), (_, _) -> {}), new dev.dewpoint.release.Tag("v9.0.0"), ReplicasFixture.digest("v9.0.0"), "another", 1, List.of(), fixture.time.now()));
        fixture.open();
        fixture.until("the stray one is gone", () -> fixture.there().stream().noneMatch(replica -> replica.id().equals(stray.id())));
        assertThat(fixture.serving()).hasSize(1);
    }

    @Test
    void anEngineThatIsNotThereYetIsWaitedFor() {
        serving(1);
        Replica before = number(1);
        fixture.launcher.away(true);
        DeployLoop next = fixture.open();
        next.turn();
        assertThat(fixture.serving()).isEmpty();
        fixture.launcher.away(false);
        next.turn();
        assertThat(fixture.serving()).containsExactly(before.name());
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void aReplicaThatFailsItsChecksForLongIsReplaced() {
        DeployLoop loop = serving(2);
        Replica one = number(1);
        fixture.time.advance(Duration.ofSeconds(5));
        fixture.launcher.answers(one, 500);
        fixture.until("the proxy has put it out", () -> fixture.serving().size() == 1);
        loop.tend();
        assertThat(fixture.there()).hasSize(2);
        fixture.until("it is replaced", () -> {
            fixture.time.advance(Duration.ofSeconds(1));
            loop.tend();
            return fixture.serving().size() == 2 && !fixture.serving().contains(one.name());
        });
        fixture.until("the sick one is gone", () -> fixture.there().size() == 2);
    }

    @Test
    void whatLoopsRightAfterItsSwitchGivesWayToWhatServedBefore() {
        DeployLoop loop = serving(1);
        Digest one = ReplicasFixture.digest("v1.0.0");
        fixture.time.advance(Duration.ofMinutes(5));
        Digest two = fixture.publish("v2.0.0");
        loop.turn();
        assertThat(fixture.served()).containsExactly(two);
        fixture.until("the old one is gone", () -> fixture.there().size() == 1);
        fixture.launcher.crashing(two);
        fixture.launcher.die(number(1), true);
        for (int second = 0; second < 20; second++) {
            loop.tend();
            fixture.time.advance(Duration.ofSeconds(1));
        }
        assertThat(fixture.served()).containsExactly(one);
        assertThat(fixture.outcomes()).containsExactly("deployed", "deployed", "deployed");
        fixture.time.advance(Duration.ofSeconds(60));
        loop.turn();
        assertThat(fixture.served()).containsExactly(one);
        assertThat(loop.status().ledger().isRefused("v2.0.0@" + two)).isTrue();
        fixture.publish("v2.0.1");
        loop.turn();
        assertThat(loop.status().ledger().serving().orElseThrow().tag().text()).isEqualTo("v2.0.1");
    }

    @Test
    void otherOptionsThatDontWorkLeaveTheOldReplicasInServiceAndAreTriedAgainMoreSlowly() {
        serving(1);
        Replica before = number(1);
        fixture.launcher.configuration("config-2");
        fixture.launcher.unhealthy(before.digest());
        DeployLoop next = fixture.open();
        for (int poll = 0; poll < 12; poll++) {
            fixture.time.advance(Duration.ofSeconds(10));
            next.turn();
        }
        assertThat(fixture.serving()).containsExactly(before.name());
        assertThat(next.status().ledger().serving().orElseThrow().tag().text()).isEqualTo("v1.0.0");
        assertThat(fixture.outcomes().stream().filter("failed"::equals).count()).isBetween(2L, 6L);
        fixture.launcher.heals(before.digest());
        for (int poll = 0; poll < 40; poll++) {
            fixture.time.advance(Duration.ofSeconds(10));
            next.turn();
        }
        assertThat(fixture.outcomes()).endsWith("deployed");
        assertThat(fixture.serving()).hasSize(1).doesNotContain(before.name());
    }

    @Test
    void whatCouldNotBeStoppedIsEndedOnceTheEngineIsBack() {
        DeployLoop loop = serving(1);
        Replica old = number(1);
        fixture.publish("v2.0.0");
        fixture.launcher.stopping(() -> fixture.launcher.away(true));
        loop.turn();
        fixture.until("it was tried", () -> fixture.seen(Event.Remarked.class).stream().anyMatch(remark -> remark.remark().contains("could not be stopped yet")));
        assertThat(fixture.there()).hasSize(2);
        fixture.launcher.stopping(() -> {});
        fixture.launcher.away(false);
        fixture.until("it is gone", () -> {
            loop.tend();
            return fixture.there().stream().noneMatch(replica -> replica.id().equals(old.id()));
        });
        assertThat(fixture.serving()).hasSize(1);
    }
}
