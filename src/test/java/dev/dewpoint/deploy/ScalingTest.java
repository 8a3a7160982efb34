package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.admin.AdminServer;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Another number of replicas while the agent runs. */
class ScalingTest extends WithReplicas {
    private static Request.Reply scale(DeployLoop loop, int replicas) {
        return loop.carryOut(new Request.Scale(replicas));
    }

    private List<String> ids() {
        return fixture.there().stream().map(Replica::id).toList();
    }

    private static List<String> reasons(ReplicasFixture fixture) {
        return fixture.seen(Event.Scaled.class).stream().map(Event.Scaled::why).toList();
    }

    @Test
    void moreAreAddedAndThoseThatServeStay() {
        DeployLoop loop = serving(2);
        List<String> before = ids();
        assertThat(scale(loop, 4)).isEqualTo(new Request.Reply(true, "4 replicas serve"));
        assertThat(fixture.serving()).hasSize(4);
        assertThat(ids()).hasSize(4).containsAll(before);
        assertThat(fixture.outcomes()).containsExactly("deployed");
        assertThat(fixture.seen(Event.ReplicaHealed.class)).as("nobody was replaced").isEmpty();
        assertThat(loop.roster().orElseThrow().wanted()).isEqualTo(4);
        assertThat(loop.roster().orElseThrow().ready()).isEqualTo(4);
    }

    @Test
    void fewerStayAndTheOthersEnd() {
        DeployLoop loop = serving(3);
        List<String> kept = fixture.there().stream().filter(replica -> replica.number() == 1).map(Replica::id).toList();
        Request.Reply reply = scale(loop, 1);
        assertThat(reply.achieved()).isTrue();
        assertThat(reply.message()).startsWith("1 replica serves; ").contains("-2", "-3", "nothing is in flight");
        assertThat(fixture.serving()).hasSize(1);
        fixture.until("the others are gone", () -> ids().equals(kept));
    }

    @Test
    void itHoldsAfterARestartAndNoLongerOnceTheFlagIsChanged() {
        DeployLoop loop = serving(2);
        scale(loop, 4);
        List<String> four = ids();
        DeployLoop next = fixture.open();
        next.turn();
        next.tend();
        assertThat(ids()).containsExactlyInAnyOrderElementsOf(four);
        assertThat(fixture.serving()).hasSize(4);
        assertThat(reasons(fixture)).last().asString().contains("holds until --replicas is changed");
        DeployLoop flagged = fixture.replicas(3).open();
        flagged.turn();
        flagged.tend();
        assertThat(fixture.serving()).hasSize(3);
        assertThat(reasons(fixture)).last().asString().contains("--replicas was 2", "is 3 now");
        DeployLoop again = fixture.replicas(2).open();
        again.tend();
        assertThat(fixture.serving()).as("what was dropped doesn't come back").hasSize(2);
        assertThat(again.status().ledger().scale()).isEmpty();
    }

    @Test
    void theConfiguredNumberIsNoWish() {
        DeployLoop loop = serving(2);
        scale(loop, 3);
        scale(loop, 2);
        assertThat(loop.status().ledger().scale()).isEmpty();
        assertThat(fixture.serving()).hasSize(2);
    }

    @Test
    void theNextReleaseHasAsManyAsWereAskedFor() {
        DeployLoop loop = serving(1);
        scale(loop, 3);
        Digest two = fixture.publish("v2.0.0");
        loop.turn();
        assertThat(fixture.served()).containsExactly(two, two, two);
        assertThat(fixture.steps()).contains(new RolloutStep.Began(3));
        assertThat(fixture.seen(Event.AttemptEnded.class).getLast().replicas()).hasValue(3);
    }

    @Test
    void whatIsAskedForDuringARolloutIsDoneAfterIt() throws Exception {
        DeployLoop loop = serving(2);
        Digest two = fixture.publish("v2.0.0");
        AtomicReference<CompletableFuture<Request.Reply>> reply = new AtomicReference<>();
        fixture.onEvent(event -> {
            if (event instanceof Event.Rollout rollout && rollout.step() instanceof RolloutStep.Checking && reply.get() == null) {
                reply.set(loop.ask(new Request.Scale(3)));
            }
        });
        Thread turning = Thread.ofVirtual().start(loop::run);
        fixture.until("it was asked", () -> reply.get() != null);
        assertThat(reply.get().get(20, TimeUnit.SECONDS)).isEqualTo(new Request.Reply(true, "3 replicas serve"));
        assertThat(fixture.served()).containsExactly(two, two, two);
        assertThat(fixture.steps()).contains(new RolloutStep.Completed(2, fixture.steps().stream().filter(RolloutStep.Completed.class::isInstance).map(step -> ((RolloutStep.Completed) step).took()).toList().getLast()));
        loop.stop();
        turning.join();
    }

    @Test
    void whyTheyAreNotThereIsSaidAndItIsTriedAgain() {
        DeployLoop loop = serving(1);
        fixture.launcher.crashing(ReplicasFixture.digest("v1.0.0"));
        Request.Reply reply = scale(loop, 6);
        assertThat(reply.achieved()).isFalse();
        assertThat(reply.message()).startsWith("1 of 6 replicas serve: ").contains("it ended before it was ready", "6 stay wanted");
        fixture.time.advance(Duration.ofSeconds(5));
        loop.tend();
        assertThat(fixture.outcomes()).as("the release that serves is not to blame").containsExactly("deployed");
        fixture.launcher.heals(ReplicasFixture.digest("v1.0.0"));
        fixture.until("they are there", () -> {
            fixture.time.advance(Duration.ofSeconds(1));
            loop.tend();
            return fixture.serving().size() == 6;
        });
    }

    @Test
    void beforeAnythingServesItIsKeptForTheFirstRelease() {
        DeployLoop loop = fixture.open();
        assertThat(scale(loop, 2)).satisfies(reply -> {
            assertThat(reply.achieved()).isFalse();
            assertThat(reply.message()).contains("nothing serves yet", "2 stay wanted");
        });
        fixture.publish("v1.0.0");
        loop.turn();
        assertThat(fixture.serving()).hasSize(2);
    }

    @Test
    void anEngineThatIsAwayIsSaidAndTheWishIsKept() {
        DeployLoop loop = serving(1);
        fixture.launcher.away(true);
        Request.Reply reply = scale(loop, 2);
        assertThat(reply.achieved()).isFalse();
        assertThat(reply.message()).contains("the engine is away", "2 stay wanted");
        fixture.launcher.away(false);
        loop.tend();
        assertThat(fixture.serving()).hasSize(2);
    }

    @Test
    void whatCanNotBeRecordedIsNotDone() throws Exception {
        DeployLoop loop = serving(2);
        Path ledger = folder.resolve("root/.dewpoint/ledger.json");
        Files.delete(ledger);
        Files.createDirectories(ledger.resolve("in-the-way"));
        Request.Reply reply = scale(loop, 4);
        assertThat(reply.achieved()).isFalse();
        assertThat(reply.message()).contains("ledger.json");
        loop.tend();
        assertThat(fixture.serving()).hasSize(2);
        assertThat(loop.roster().orElseThrow().wanted()).isEqualTo(2);
    }

    @Test
    void numbersOutOfBoundsAreNoRequest() {
        assertThatThrownBy(() -> new Request.Scale(0)).hasMessageContaining("from 1 to 100");
        assertThatThrownBy(() -> new Request.Scale(101)).hasMessageContaining("from 1 to 100");
        assertThat(new Request.Scale(100).replicas()).isEqualTo(100);
    }

    @Test
    void filesHaveNoReplicas() {
        try (LoopFixture files = new LoopFixture(folder.resolve("files"))) {
            Request.Reply reply = files.open().carryOut(new Request.Scale(2));
            assertThat(reply.achieved()).isFalse();
            assertThat(reply.message()).contains("no replicas here", "dewpoint container");
        }
    }

    @Test
    void theAdminApiListsThemScalesThemAndRefusesNonsense() throws Exception {
        DeployLoop loop = serving(2);
        Thread turning = Thread.ofVirtual().start(loop::run);
        Path root = folder.resolve("root");
        try (AdminServer server = AdminServer.start(Map.of("app", loop), "1.0", root, OptionalInt.empty(), UnaryOperator.identity())) {
            assertThat(server.url()).startsWith("http://127.0.0.1:");
            AdminClient client = new AdminClient(root);
            int calls = fixture.launcher.calls();
            JsonNode containers = client.containers(Optional.empty()).body().path("containers");
            assertThat(fixture.launcher.calls()).as("the engine isn't asked").isEqualTo(calls);
            assertThat(containers).hasSize(2);
            Replica one = fixture.there().stream().filter(replica -> replica.number() == 1).findFirst().orElseThrow();
            assertThat(containers.get(0).path("name").asText()).isEqualTo(one.name());
            assertThat(containers.get(0).path("id").asText()).isEqualTo(one.id());
            assertThat(containers.get(0).path("app").asText()).isEqualTo("app");
            assertThat(containers.get(0).path("version").asText()).isEqualTo("v1.0.0");
            assertThat(containers.get(0).path("replica").asInt()).isEqualTo(1);
            assertThat(containers.get(0).path("addresses").get(0).asText()).isEqualTo("127.0.0.1:" + one.doors().get(FakeLauncher.INSIDE).getPort());
            assertThat(containers.get(0).path("ready").asBoolean()).isTrue();
            assertThat(containers.get(0).path("in_flight").asInt(-1)).isZero();
            assertThat(client.status(Optional.empty()).body().at("/apps/0/replicas").toString()).isEqualTo("{\"ready\":2,\"wanted\":2}");
            AdminClient.Answer scaled = client.scale(Optional.empty(), 3);
            assertThat(scaled.message()).isEqualTo("3 replicas serve");
            assertThat(scaled.achieved()).isTrue();
            assertThat(client.status(Optional.empty()).body().at("/apps/0/replicas").toString()).isEqualTo("{\"ready\":3,\"wanted\":3}");
            for (int nonsense : new int[] {0, -1, 101}) {
                assertThat(client.scale(Optional.of("app"), nonsense).message()).contains("from 1 to 100");
            }
            assertThat(client.act("scale", Optional.of("app"), Optional.empty()).message()).as("no body").contains("from 1 to 100");
            assertThat(client.containers(Optional.of("another")).body().path("containers")).isEmpty();
        }
        loop.stop();
        turning.join();
    }

    @Test
    void whileOneReleaseTakesTheOthersPlaceBothAreListedWithTheirVersions() {
        DeployLoop loop = fixture.replicas(2).strategy(Rollouts.Strategy.ROLLING).open();
        fixture.publish("v1.0.0");
        loop.turn();
        fixture.publish("v2.0.0");
        List<String> versions = new ArrayList<>();
        fixture.onEvent(event -> {
            if (event instanceof Event.Rollout rollout && rollout.step() instanceof RolloutStep.Joined joined && joined.backends() == 4) {
                loop.roster().orElseThrow().entries().forEach(entry -> versions.add(entry.version().orElseThrow().text() + " " + entry.number()));
            }
        });
        loop.turn();
        assertThat(versions).containsExactlyInAnyOrder("v1.0.0 1", "v1.0.0 2", "v2.0.0 1", "v2.0.0 2");
        assertThat(loop.roster().orElseThrow().entries()).hasSize(2);
    }
}
