package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What happened. Log, notices, metrics and the live page are made from these and from nothing else. */
public sealed interface Event {
    String app();

    Instant at();

    /** Events of one attempt, from its start to its outcome. */
    sealed interface OfAttempt extends Event {
        Deployment deployment();

        @Override
        default String app() {
            return deployment().app();
        }
    }

    record AgentStarted(String app, Instant at, String kind, String version, Optional<Tag> serving) implements Event {}

    record AgentStopped(String app, Instant at, String why) implements Event {}

    /** The registry could not be listed or resolved. {@code inARow} counts from 1; {@code since} is the first of them. */
    record PollFailed(String app, Instant at, Failure failure, int inARow, Instant since, Duration nextTry) implements Event {}

    record PollRecovered(String app, Instant at, int failures, Instant since) implements Event {}

    /** Announced, and its artifact not there yet; {@code first} is true once a release. */
    record ArtifactPending(String app, Instant at, Tag tag, String why, Duration graceLeft, boolean first) implements Event {}

    /** The grace is over. Once a release. */
    record ArtifactMissing(String app, Instant at, Tag tag, String why) implements Event {}

    record DeploySkipped(String app, Instant at, Optional<Tag> tag, String reason) implements Event {}

    /** The entry of the release that serves has changed in the registry. Once a change; not followed. */
    record EntryChanged(String app, Instant at, Tag tag, String detail) implements Event {}

    /** Something people should know that no attempt belongs to. */
    record Remarked(String app, Instant at, String remark, Weight weight) implements Event {}

    /** Who has to know: whoever searches, whoever reads the log, whoever is on duty. */
    enum Weight { DETAIL, WARNING, ALERT }

    /** {@code way}: how replicas take each other's place, if there are any. */
    record AttemptStarted(Deployment deployment, Instant at, Optional<String> way) implements OfAttempt {}

    /** At most one a second; total is empty where the other side doesn't say. */
    record Downloading(Deployment deployment, Instant at, String file, long bytes, Optional<Long> total, long bytesPerSecond) implements OfAttempt {}

    record ArtifactCached(Deployment deployment, Instant at, String key, Digest digest, long bytes, boolean downloaded, String proof, Duration took) implements OfAttempt {}

    record HookEnded(Deployment deployment, Instant at, HookResult result) implements OfAttempt {}

    record Extracted(Deployment deployment, Instant at, Path into, long bytes, int entries) implements OfAttempt {}

    record Switched(Deployment deployment, Instant at, Path link, Path target) implements OfAttempt {}

    record Rollout(Deployment deployment, Instant at, RolloutStep step) implements OfAttempt {}

    /** The same outside of an attempt: a replica is replaced, added or taken away. */
    record Tending(String app, Instant at, RolloutStep step) implements Event {}

    /** So many replicas are wanted from now on. */
    record Scaled(String app, Instant at, int from, int to, String why) implements Event {}

    /** Its own check fails, or passes again. */
    record ReplicaSays(String app, Instant at, String replica, boolean ready) implements Event {}

    /** So many of the wanted are left. */
    record ReplicaDied(String app, Instant at, String replica, String how, int left, int wanted) implements Event {}

    record ReplicaHealed(String app, Instant at, String replica, int ready, int wanted) implements Event {}

    /** Replicas end again and again. Once until {@link Recovered}. */
    record Degraded(String app, Instant at, int ready, int wanted, String why) implements Event {}

    record Recovered(String app, Instant at, int replicas) implements Event {}

    /** The terminal one. {@code replicas}: how many serve, if it is replicas that do. */
    record AttemptEnded(Deployment deployment, Instant at, Outcome outcome, Duration took, int failuresInARow, OptionalInt replicas) implements OfAttempt {}

    record Cleaned(Deployment deployment, Instant at, List<String> removed, int kept) implements OfAttempt {}
}
