package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RolloutTest extends WithReplicas {
    private static List<String> words(List<RolloutStep> steps) {
        return steps.stream().flatMap(step -> switch (step) {
            case RolloutStep.Began s -> Stream.of("began " + s.replicas());
            case RolloutStep.Pulling _ -> Stream.of("pulling");
            case RolloutStep.Found s -> Stream.of("found " + s.replicas());
            case RolloutStep.Starting s -> Stream.of("starting " + s.number() + "/" + s.total());
            case RolloutStep.Started _ -> Stream.of("started");
            case RolloutStep.Ready _ -> Stream.of("ready");
            case RolloutStep.Joined s -> Stream.of("joined " + s.backends());
            case RolloutStep.Completed s -> Stream.of("completed " + s.replicas());
            case RolloutStep.Stopping _ -> Stream.of("stopping");
            case RolloutStep.NotReady _ -> Stream.of("not ready");
            case RolloutStep.RollingBack _ -> Stream.of("rolling back");
            case RolloutStep.Removing _ -> Stream.of("removing");
            case RolloutStep.Pulled _, RolloutStep.Checking _, RolloutStep.Updated _, RolloutStep.Ran _ -> Stream.of();
        }).toList();
    }

    @Test
    void rollingStartsOneAfterTheOtherAndEachJoinsAsSoonAsItIsReady() {
        DeployLoop loop = fixture.replicas(3).strategy(Rollouts.Strategy.ROLLING).open();
        Digest one = fixture.publish("v1.0.0");
        loop.turn();
        assertThat(words(fixture.steps())).containsExactly("began 3", "pulling", "found 0", "starting 1/3", "started", "ready", "joined 1", "starting 2/3", "started", "ready", "joined 2", "starting 3/3", "started",
                "ready", "joined 3", "completed 3");
        assertThat(fixture.served()).containsExactly(one, one, one);
        assertThat(fixture.outcomes()).containsExactly("deployed");
    }

    @Test
    void swapStartsAllAtOnceAndTheyJoinTogether() {
        DeployLoop loop = fixture.replicas(3).open();
        fixture.publish("v1.0.0");
        loop.turn();
        List<String> told = words(fixture.steps());
        assertThat(told.subList(0, 3)).containsExactly("began 3", "pulling", "found 0");
        assertThat(told.subList(3, 12)).containsExactlyInAnyOrder("starting 1/3", "starting 2/3", "starting 3/3", "started", "started", "started", "ready", "ready", "ready");
        assertThat(told.subList(12, told.size())).containsExactly("joined 1", "joined 2", "joined 3", "completed 3");
    }

    @ParameterizedTest
    @EnumSource(Rollouts.Strategy.class)
    void theNextReleaseTakesTheOthersPlaceAndTheOldOnesEnd(Rollouts.Strategy strategy) {
        DeployLoop loop = fixture.replicas(2).strategy(strategy).open();
        fixture.publish("v1.0.0");
        loop.turn();
        List<Replica> old = fixture.there();
        Digest two = fixture.publish("v2.0.0");
        loop.turn();
        assertThat(fixture.served()).containsExactly(two, two);
        fixture.until("the old ones are gone", () -> fixture.launcher.stopped.containsAll(old.stream().map(Replica::name).toList()));
        fixture.until("only the new ones are there", () -> fixture.there().size() == 2);
        assertThat(fixture.outcomes()).containsExactly("deployed", "deployed");
        assertThat(loop.status().ledger().serving().orElseThrow().tag().text()).isEqualTo("v2.0.0");
    }

    @ParameterizedTest
    @EnumSource(Rollouts.Strategy.class)
    void aReleaseThatDoesNotBecomeReadyLeavesNothingBehindAndTheOldOneServes(Rollouts.Strategy strategy) {
        DeployLoop loop = fixture.replicas(2).strategy(strategy).open();
        Digest one = fixture.publish("v1.0.0");
        loop.turn();
        Digest two = fixture.publish("v2.0.0");
        fixture.launcher.unhealthy(two);
        loop.turn();
        assertThat(fixture.outcomes()).containsExactly("deployed", "failed");
        assertThat(fixture.served()).containsExactly(one, one);
        fixture.until("nothing of it is there", () -> fixture.there().stream().noneMatch(replica -> replica.digest().equals(two)));
        assertThat(words(fixture.steps())).contains("not ready", "removing", "rolling back");
        RolloutStep.NotReady told = fixture.steps().stream().filter(RolloutStep.NotReady.class::isInstance).map(RolloutStep.NotReady.class::cast).findFirst().orElseThrow();
        assertThat(told.why()).contains("not ready within 30s").contains("503");
        assertThat(told.output()).startsWith("the last words of");
        assertThat(loop.status().ledger().serving().orElseThrow().tag().text()).isEqualTo("v1.0.0");
        assertThat(loop.status().ledger().retry()).isPresent();
    }

    @Test
    void aReplicaThatEndsBeforeItIsReadyEndsTheAttemptAtOnce() {
        DeployLoop loop = fixture.open();
        fixture.launcher.crashing(fixture.publish("v1.0.0"));
        loop.turn();
        assertThat(fixture.seen(Event.AttemptEnded.class).getFirst().outcome().reason().orElseThrow()).contains("it ended before it was ready: exit code 3");
        assertThat(fixture.seen(Event.AttemptEnded.class).getFirst().took()).isLessThan(Duration.ofSeconds(5));
        assertThat(fixture.there()).isEmpty();
    }

    @Test
    void inRollingThoseThatHadJoinedLeaveAgainWhenALaterOneFails() {
        DeployLoop loop = fixture.replicas(2).strategy(Rollouts.Strategy.ROLLING).open();
        Digest one = fixture.publish("v1.0.0");
        loop.turn();
        Digest two = fixture.publish("v2.0.0");
        List<String> mixed = new ArrayList<>();
        fixture.onEvent(event -> {
            if (event instanceof Event.Rollout rollout && rollout.step() instanceof RolloutStep.Joined) {
                mixed.addAll(fixture.serving());
                fixture.launcher.unhealthy(two);
            }
        });
        loop.turn();
        assertThat(mixed).hasSize(3);
        assertThat(fixture.outcomes()).containsExactly("deployed", "failed");
        assertThat(fixture.served()).containsExactly(one, one);
        fixture.until("nothing of it is there", () -> fixture.there().size() == 2);
    }

    @Test
    @DisplayName("W38: the end of the agent ends a rollout and removes what it had started")
    void theEndOfTheAgentEndsARolloutAndRemovesWhatItHadStarted() throws Exception {
        DeployLoop loop = fixture.open();
        Digest one = fixture.publish("v1.0.0");
        loop.turn();
        fixture.launcher.unhealthy(fixture.publish("v2.0.0"));
        Thread turning = Thread.currentThread();
        fixture.onEvent(event -> {
            if (event instanceof Event.Rollout rollout && rollout.step() instanceof RolloutStep.Checking) {
                loop.stop();
                loop.cutShort(turning);
            }
        });
        loop.turn();
        Thread.interrupted();
        assertThat(fixture.outcomes()).containsExactly("deployed", "interrupted");
        assertThat(fixture.served()).containsExactly(one);
        fixture.until("nothing of it is there", () -> fixture.there().size() == 1);
    }

    @Test
    void rollingBackNeedsNoRegistry() {
        DeployLoop loop = fixture.open();
        Digest one = fixture.publish("v1.0.0");
        loop.turn();
        fixture.publish("v2.0.0");
        loop.turn();
        fixture.registry.beforeTags(() -> {
            throw new AssertionError("the registry was asked");
        });
        Request.Reply reply = loop.carryOut(new Request.RollBack(java.util.Optional.empty()));
        assertThat(reply.achieved()).as(reply.message()).isTrue();
        assertThat(fixture.served()).containsExactly(one);
    }
}
