package dev.dewpoint.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.deploy.Deployment;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Log;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.ManualTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The messages of containers are a contract: people grep for them. */
class RolloutLogTest {
    private static final Digest DIGEST = Digest.parse("sha256:" + "ab".repeat(32)).orElseThrow();
    private static final Duration SOME = Duration.ofMillis(1234);

    private final ManualTime time = ManualTime.start();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Deployment deployment = new Deployment("id", "shop", "container", Optional.empty(), new Tag("v1.2.3"), time.now(), Optional.empty());
    private final StoryLog story = new StoryLog(new Log(time, out, Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity()), time, Optional.empty(), "abc", UnaryOperator.identity());

    @Test
    void everyStepHasItsMessageAndItsFields() {
        List<RolloutStep> steps = List.of(new RolloutStep.Began(3), new RolloutStep.Pulling("h/shop:v1.2.3"), new RolloutStep.Pulled("h/shop:v1.2.3", DIGEST, true, SOME), new RolloutStep.Found(0), new RolloutStep.Starting("shop-1-1", "127.0.0.1::8080", 1, 3),
                new RolloutStep.Started("shop-1-1", "127.0.0.1:32768"), new RolloutStep.Checking("shop-1-1", "http://127.0.0.1:32768/health"), new RolloutStep.Ready("shop-1-1", "http://127.0.0.1:32768/health", "status 200", SOME),
                new RolloutStep.Joined("shop-1-1", 1), new RolloutStep.Updated("http://localhost:32768", 1), new RolloutStep.Stopping("shop-0-1"), new RolloutStep.NotReady("shop-1-2", "exit code 1", 4, "bang"), new RolloutStep.RollingBack("exit code 1"),
                new RolloutStep.Removing("shop-1-2"), new RolloutStep.Completed(3, SOME));
        assertThat(told(steps.stream().<Event>map(step -> new Event.Rollout(deployment, time.now(), step)).toList())).containsExactly(
                "INFO: Starting container deployment replicas=\"3\"",
                "INFO: Pulling new image image=\"h/shop:v1.2.3\"",
                "INFO: Image pull complete image=\"h/shop:v1.2.3\" digest=\"" + DIGEST + "\" fetched=\"true\" duration=\"1.2s\"",
                "INFO: Image pull notification message=\"Pulled image h/shop:v1.2.3 (digest: " + DIGEST + ")\"",
                "INFO: Found existing containers count=\"0\"",
                "INFO: Starting new container name=\"shop-1-1\" port_mapping=\"127.0.0.1::8080\" replica=\"1\" total=\"3\"",
                "INFO: Container started container=\"shop-1-1\" mapped_port=\"127.0.0.1:32768\"",
                "INFO: Health checking new container container=\"shop-1-1\" url=\"http://127.0.0.1:32768/health\"",
                "INFO: Health check passed container=\"shop-1-1\" url=\"http://127.0.0.1:32768/health\" status=\"status 200\" duration=\"1.2s\"",
                "INFO: Container added to load balancer container=\"shop-1-1\" backend_count=\"1\"",
                "INFO: Updating proxy backend new_backend=\"http://localhost:32768\"",
                "INFO: Proxy backend updated successfully backends=\"1\"",
                "INFO: Stopping old container gracefully container=\"shop-0-1\"",
                "ERROR: Health check failed container=\"shop-1-2\" error=\"exit code 1\" attempts=\"4\" output=\"bang\"",
                "WARN: Rolling back deployment reason=\"exit code 1\"",
                "INFO: Removing failed container container=\"shop-1-2\"",
                "INFO: Container deployment completed new_containers=\"3\" duration=\"1.2s\"");
    }

    @Test
    void anImageThatWasHereMakesNoNotification() {
        assertThat(told(List.of(new Event.Rollout(deployment, time.now(), new RolloutStep.Pulled("x", DIGEST, false, SOME))))).singleElement().asString().startsWith("INFO: Image pull complete").contains("fetched=\"false\"");
    }

    @Test
    void theSameIsSaidOutsideOfAttempts() {
        List<String> lines = told(List.of(new Event.Tending("shop", "container", time.now(), new RolloutStep.Started("shop-2-1", "127.0.0.1:1")), new Event.ReplicaDied("shop", time.now(), "shop-1-1", "exit code 1", 2, 3), new Event.ReplicaHealed("shop", time.now(), "shop-2-1", 3, 3),
                new Event.Degraded("shop", time.now(), 1, 3, "it ended"), new Event.Recovered("shop", time.now(), 3)));
        assertThat(lines).satisfiesExactly(one -> assertThat(one).startsWith("INFO: Container started "), one -> assertThat(one).startsWith("WARN: Replica died ").contains("left=\"2\" wanted=\"3\""), one -> assertThat(one).startsWith("INFO: Replica replaced "),
                one -> assertThat(one).startsWith("ERROR: Replicas end again and again "), one -> assertThat(one).startsWith("INFO: All replicas are back "));
    }

    @Test
    void scalingAndAContainersOwnCheckHaveTheirLines() {
        assertThat(told(List.of(new Event.Scaled("shop", time.now(), 3, 5, "someone asks"), new Event.ReplicaSays("shop", time.now(), "shop-1-1", false), new Event.ReplicaSays("shop", time.now(), "shop-1-1", true),
                new Event.AttemptStarted(deployment, time.now(), Optional.of("swap"))))).containsExactly(
                "INFO: Scaling app=\"shop\" from=\"3\" to=\"5\" reason=\"someone asks\"", "WARN: Replica is unhealthy by its own check app=\"shop\" replica=\"shop-1-1\"",
                "INFO: Replica is healthy again by its own check app=\"shop\" replica=\"shop-1-1\"", "INFO: Deployment started app=\"shop\" from=\"none\" to=\"v1.2.3\" attempt=\"id\" strategy=\"swap\"");
    }

    @Test
    void theEndsOfAnAttemptAreThoseOfImages() {
        List<Event> events = new ArrayList<>();
        for (Outcome.Stage stage : List.of(Outcome.Stage.FETCH, Outcome.Stage.START)) {
            events.add(new Event.AttemptEnded(deployment, time.now(), new Outcome.Failed(stage, Failure.Kind.APP, "why", "remedy"), SOME, 1, OptionalInt.empty()));
        }
        events.add(new Event.AttemptEnded(deployment, time.now(), new Outcome.Deployed(Optional.empty()), SOME, 0, OptionalInt.empty()));
        events.add(new Event.Cleaned(deployment, time.now(), List.of("h/shop@sha256:a", "h/shop@sha256:b"), 7));
        assertThat(told(events).stream().map(line -> line.replaceAll(" \\w+=.*", ""))).containsExactly("ERROR: Image pull failed", "ERROR: Deployment failed", "ERROR: Container start failed", "ERROR: Deployment failed",
                "INFO: Deployment completed successfully", "INFO: Cleaning up old images", "INFO: Removed 2 old images");
    }

    /** Without the time of each line. */
    private List<String> told(List<Event> events) {
        events.forEach(story::saw);
        return out.toString(StandardCharsets.UTF_8).lines().map(line -> line.substring(line.indexOf(' ') + 1)).toList();
    }
}
