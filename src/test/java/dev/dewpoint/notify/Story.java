package dev.dewpoint.notify;

import dev.dewpoint.deploy.Deployment;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.hook.HookContext;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.ManualTime;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The events of an app called shop. */
final class Story {
    static final Digest DIGEST = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));

    private final Time time;

    Story(Time time) {
        this.time = time;
    }

    Deployment attempt(String id) {
        return attempt(id, "v1.2.2", "v1.2.3");
    }

    Deployment attempt(String id, String from, String to) {
        return new Deployment(id, "shop", "assets", Optional.of(new Tag(from)), new Tag(to), ManualTime.START, Optional.of(URI.create("https://github.com/acme/shop/releases/tag/" + to)));
    }

    Event agentStarted() {
        return new Event.AgentStarted("shop", time.now(), "assets", "0.1.0", Optional.of(new Tag("v1.2.2")));
    }

    Event agentStopped() {
        return new Event.AgentStopped("shop", time.now(), "SIGTERM");
    }

    Event started(String id) {
        return new Event.AttemptStarted(attempt(id), time.now(), Optional.empty());
    }

    Event fetched(String id) {
        return new Event.ArtifactCached(attempt(id), time.now(), "v1.2.3--shop.tar.gz", DIGEST, 2_500_000, true, "checksums.txt", Duration.ofSeconds(3));
    }

    Event ended(String id, Outcome outcome, int failuresInARow) {
        return new Event.AttemptEnded(attempt(id), time.now(), outcome, Duration.ofSeconds(15), failuresInARow, OptionalInt.empty());
    }

    Event deployed(String id) {
        return ended(id, new Outcome.Deployed(Optional.empty()), 0);
    }

    Event failed(String id, Failure.Kind kind, String why, int failuresInARow) {
        return ended(id, new Outcome.Failed(Outcome.Stage.FETCH, kind, why, kind.remedy()), failuresInARow);
    }

    /** An attempt that goes well. */
    List<Event> success(String id) {
        return List.of(started(id), fetched(id), deployed(id));
    }

    Event pollFailed(int inARow, Instant since, Failure.Kind kind) {
        return new Event.PollFailed("shop", time.now(), new Failure(kind, "list the tags of acme/shop", "it answered 500"), inARow, since, Duration.ofSeconds(40));
    }

    Event pollRecovered(int failures, Instant since) {
        return new Event.PollRecovered("shop", time.now(), failures, since);
    }

    Event skipped() {
        return new Event.DeploySkipped("shop", time.now(), Optional.empty(), "it serves already");
    }

    Event remarked(String remark) {
        return new Event.Remarked("shop", time.now(), remark, Event.Weight.ALERT);
    }

    /** By really running it. */
    Event hook(String id, Hook.Kind kind, String command, Path root) throws InterruptedException {
        ChildEnvironment environment = ChildEnvironment.of(Map.of("PATH", "/usr/bin:/bin"), List.of());
        HookContext context = new HookContext("shop", "v1.2.3", Optional.of("v1.2.2"), "v1.2.3", Optional.of(DIGEST), "shop.tar.gz", Optional.empty(), root, "");
        HookResult result = new Hooks(new Commands(Time.system()), environment, Duration.ofSeconds(20)).run(new Hook(kind, command), context);
        return new Event.HookEnded(attempt(id), time.now(), result);
    }
}
