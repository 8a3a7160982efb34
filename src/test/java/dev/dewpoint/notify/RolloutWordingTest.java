package dev.dewpoint.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.deploy.Deployment;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.ManualTime;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What people are told of containers, word for word. */
class RolloutWordingTest {
    private static final Digest DIGEST = Digest.parse("sha256:" + "ab".repeat(32)).orElseThrow();

    private final ManualTime time = new ManualTime();
    private final Wording wording = new Wording("web-1", new Redaction(List.of(new Secret("canary-secret"))));
    private final Deployment deployment = new Deployment("a", "shop", "container", Optional.of(new Tag("v1.2.2")), new Tag("v1.2.3"), ManualTime.START, Optional.empty());

    @Test
    void aRolloutIsNamedByItsStrategy() {
        assertThat(Stream.of("swap", "rolling update", "hold").map(way -> told(new Event.AttemptStarted(deployment, time.now(), Optional.of(way))).title()))
                .containsExactly("Starting swap deployment: v1.2.2 → v1.2.3", "Starting rolling update deployment: v1.2.2 → v1.2.3", "Starting hold deployment: v1.2.2 → v1.2.3");
    }

    @Test
    void theStoryOfAnUpdateReadsAsAgreed() {
        List<Event> events = List.of(
                new Event.AgentStarted("shop", time.now(), "container", "0.1.0", Optional.of(new Tag("v1.2.2"))),
                new Event.AttemptStarted(deployment, time.now(), Optional.of("swap")),
                step(new RolloutStep.Pulled("ghcr.io/acme/shop:v1.2.3", DIGEST, true, Duration.ofSeconds(3))),
                step(new RolloutStep.Started("shop-1-1", "127.0.0.1:32768")),
                step(new RolloutStep.Ready("shop-1-1", "http://127.0.0.1:32768/health", "status 200", Duration.ofMillis(45))),
                step(new RolloutStep.Updated("http://localhost:32768", 1)),
                new Event.Cleaned(deployment, time.now(), List.of("one", "two"), 7),
                new Event.AttemptEnded(deployment, time.now(), new Outcome.Deployed(Optional.empty()), Duration.ofSeconds(15), 0, OptionalInt.of(3)));

        assertThat(events.stream().map(this::told).map(Notice::title)).containsExactly(
                "Automatic shipping started by Dewpoint (v0.1.0: container)",
                "Starting swap deployment: v1.2.2 → v1.2.3",
                "Pulled image ghcr.io/acme/shop:v1.2.3 (digest: " + DIGEST + ")",
                "Container started with localhost-only port mapping (127.0.0.1:32768)",
                "Health check passed for new container (200 OK, 45ms)",
                "Proxy backend updated to http://localhost:32768",
                "Cleaned up 2 old images (kept last 7 versions)",
                "Deployment completed successfully (total: 15s)");
        assertThat(events.stream().skip(2).limit(5).map(this::told)).allSatisfy(notice -> {
            assertThat(notice.importance()).isEqualTo(Notice.Importance.PROGRESS);
            assertThat(notice.attempt()).contains("a");
        });
        assertThat(told(events.get(5)).lines()).containsExactly("Replicas: 1");
        assertThat(told(events.getLast()).lines()).containsExactly("3 replicas serve");
        assertThat(told(events.get(2)).took()).contains(Duration.ofSeconds(3));
    }

    @Test
    void aReplicaThatIsNotReadyIsShownWithItsLastOutput() {
        Notice failed = told(step(new RolloutStep.NotReady("shop-1-2", "it ended before it was ready: exit code 1", 4, "listening\npanic: canary-secret is no password")));
        assertThat(failed.title()).isEqualTo("New container of v1.2.3 did not become ready");
        assertThat(failed.lines()).containsExactly("shop-1-2: it ended before it was ready: exit code 1");
        assertThat(failed.outputs()).singleElement().satisfies(output -> assertThat(output.text()).startsWith("listening\npanic: ").doesNotContain("canary"));
        assertThat(failed.importance()).isEqualTo(Notice.Importance.ERROR);
        assertThat(told(step(new RolloutStep.NotReady("shop-1-2", "it was not ready within 30s: status 503", 4, " \n"))).outputs()).isEmpty();
        Notice back = told(step(new RolloutStep.RollingBack("it was not ready within 30s: status 503")));
        assertThat(back.title()).isEqualTo("Rolling back deployment");
        assertThat(back.lines()).containsExactly("it was not ready within 30s: status 503");
    }

    @Test
    void whatBefallsReplicasThatServeIsToldOutsideOfAttempts() {
        List<Event> events = List.of(new Event.ReplicaDied("shop", time.now(), "shop-1-2", "exit code 137 (signal 9)", 2, 3), new Event.ReplicaHealed("shop", time.now(), "shop-2-2", 3, 3),
                new Event.Degraded("shop", time.now(), 1, 3, "3 of them ended within a short time"), new Event.Recovered("shop", time.now(), 3));
        assertThat(events.stream().map(this::told).map(Notice::title)).containsExactly("Replica died: shop-1-2", "Replica replaced: shop-2-2", "Replicas end again and again: 1 of 3 serve", "Recovered: all 3 replicas serve");
        assertThat(events.stream().map(this::told).map(Notice::word)).containsExactly("replica-died", "replica-healed", "degraded", "recovered");
        assertThat(told(events.getFirst()).lines()).containsExactly("exit code 137 (signal 9)", "2 of 3 are left; it is replaced");
        assertThat(told(events.get(2)).lines()).hasSize(2).last().asString().contains("docker logs", "dewpoint rollback");
        assertThat(events.stream().map(this::told)).allSatisfy(notice -> assertThat(notice.attempt()).isEmpty());
        assertThat(wording.of(new Event.Tending("shop", time.now(), new RolloutStep.Started("shop-2-2", "127.0.0.1:1")), new Telling.Plain())).as("the log alone").isEmpty();
    }

    @Test
    void stepsThatSayNothingNewMakeNoNotice() {
        Stream<RolloutStep> silent = Stream.of(new RolloutStep.Began(3), new RolloutStep.Pulling("x"), new RolloutStep.Pulled("x", DIGEST, false, Duration.ZERO), new RolloutStep.Found(0), new RolloutStep.Starting("x", "127.0.0.1::8080", 1, 3),
                new RolloutStep.Checking("x", "http://127.0.0.1:1/"), new RolloutStep.Joined("x", 1), new RolloutStep.Stopping("x"), new RolloutStep.Removing("x"), new RolloutStep.Completed(3, Duration.ZERO));
        assertThat(silent).allSatisfy(step -> assertThat(wording.of(step(step), new Telling.Plain())).isEmpty());
    }

    @Test
    void replicasOfOneAttemptDoNotHideEachOther() {
        Set<String> ids = new HashSet<>();
        for (String replica : List.of("shop-1-1", "shop-1-2", "shop-1-3")) {
            ids.add(told(step(new RolloutStep.Started(replica, "127.0.0.1:1"))).id());
            ids.add(told(step(new RolloutStep.Ready(replica, "", "accepts connections", Duration.ofSeconds(2)))).id());
        }
        assertThat(ids).hasSize(6);
        assertThat(told(step(new RolloutStep.Ready("x", "", "accepts connections", Duration.ofSeconds(2)))).title()).isEqualTo("Health check passed for new container (accepts connections, 2s)");
    }

    private Event step(RolloutStep step) {
        return new Event.Rollout(deployment, time.now(), step);
    }

    private Notice told(Event event) {
        return wording.of(event, new Telling.Plain()).orElseThrow();
    }
}
