package dev.dewpoint.telemetry;

import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Observer;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Tag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** The log of a deployment, readable as a story at info. The messages are a contract: people grep for them. */
public final class StoryLog implements Observer {
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(10);

    private final Log log;
    private final Time time;
    private final Optional<ProgressLine> terminal;
    private final String commit;
    private final UnaryOperator<String> redaction;
    private final AtomicLong lastProgress;
    private final RolloutLog rollouts;

    /** {@code terminal}: where a download shows itself as one live line. */
    public StoryLog(Log log, Time time, Optional<ProgressLine> terminal, String commit, UnaryOperator<String> redaction) {
        this.log = log;
        this.time = time;
        this.terminal = terminal;
        this.commit = commit;
        this.redaction = redaction;
        this.lastProgress = new AtomicLong(time.nanos());
        this.rollouts = new RolloutLog(log);
    }

    @Override
    public void saw(Event event) {
        if (!(event instanceof Event.Downloading)) {
            terminal.ifPresent(ProgressLine::clear);
        }
        switch (event) {
            case Event.AgentStarted e -> log.info("Dewpoint started", "version", e.version(), "commit", commit, "app", e.app(), "command", e.kind(), "serving", text(e.serving()));
            case Event.AgentStopped e -> log.info("Dewpoint stopped", "app", e.app(), "reason", e.why());
            case Event.PollFailed e -> pollFailed(e);
            case Event.PollRecovered e -> log.info("Registry is back", "app", e.app(), "failures", e.failures(), "since", e.since());
            case Event.ArtifactPending e -> log.write(e.first() ? Log.Level.WARN : Log.Level.DEBUG, "Artifact not found within grace period", "message", e.why(), "tag", e.tag(), "grace_period", words(e.graceLeft()));
            case Event.ArtifactMissing e -> log.error("Artifact not found", "tag", e.tag(), "error", e.why(), "remedy", Failure.Kind.MISSING.remedy());
            case Event.DeploySkipped e -> log.debug("Deploy skipped", "tag", text(e.tag()), "reason", e.reason());
            case Event.EntryChanged e -> log.warn("Release changed in the registry", "tag", e.tag(), "detail", e.detail(), "remedy", "Publish a new version; `dewpoint deploy " + e.tag() + "` takes it as it is.");
            case Event.Remarked e -> log.write(e.weight() == Event.Weight.DETAIL ? Log.Level.DEBUG : Log.Level.WARN, e.remark(), "app", e.app());
            case Event.AttemptStarted e -> started(e);
            case Event.Downloading e -> downloading(e);
            case Event.ArtifactCached e -> cached(e);
            case Event.HookEnded e -> hookEnded(e);
            case Event.Extracted e -> log.info("Extract archive", "path", e.into(), "files", e.entries(), "bytes", e.bytes());
            case Event.Switched e -> log.info("Create symlink", "from", e.target(), "to", e.link());
            case Event.Rollout e -> rollouts.saw(e.deployment().kind(), e.step());
            case Event.Tending e -> rollouts.saw(e.kind(), e.step());
            case Event.Scaled e -> log.info("Scaling", "app", e.app(), "from", e.from(), "to", e.to(), "reason", e.why());
            case Event.ReplicaSays e when e.ready() -> log.info("Replica is healthy again by its own check", "app", e.app(), "replica", e.replica());
            case Event.ReplicaSays e -> log.warn("Replica is unhealthy by its own check", "app", e.app(), "replica", e.replica());
            case Event.ReplicaDied e -> log.warn("Replica died", "app", e.app(), "replica", e.replica(), "reason", e.how(), "left", e.left(), "wanted", e.wanted());
            case Event.ReplicaHealed e -> log.info("Replica replaced", "app", e.app(), "replica", e.replica(), "replicas", e.ready(), "wanted", e.wanted());
            case Event.Degraded e -> log.error("Replicas end again and again", "app", e.app(), "replicas", e.ready(), "wanted", e.wanted(), "error", e.why());
            case Event.Recovered e -> log.info("All replicas are back", "app", e.app(), "replicas", e.replicas());
            case Event.AttemptEnded e -> ended(e);
            case Event.Cleaned e -> cleaned(e);
        }
    }

    private void started(Event.AttemptStarted e) {
        List<Object> fields = new ArrayList<>(List.of("app", e.app(), "from", text(e.deployment().from()), "to", e.deployment().to(), "attempt", e.deployment().id()));
        e.way().ifPresent(way -> fields.addAll(List.of("strategy", way)));
        log.info("Deployment started", fields.toArray());
    }

    private void pollFailed(Event.PollFailed e) {
        boolean ours = e.failure().kind() == Failure.Kind.EXHAUSTED || e.failure().kind() == Failure.Kind.BUG;
        log.error(ours ? "Deployment failed" : "Registry access failed", "error", e.failure().getMessage(), "remedy", e.failure().remedy(), "in_a_row", e.inARow(), "next_try_in", words(e.nextTry()));
    }

    private void downloading(Event.Downloading e) {
        String percent = e.total().filter(total -> total > 0).map(total -> e.bytes() * 100 / total + " %").orElse("?");
        if (terminal.isPresent()) {
            terminal.get().show(e.file() + "  " + megabytes(e.bytes()) + " of " + e.total().map(StoryLog::megabytes).orElse("?") + "  " + percent + "  " + megabytes(e.bytesPerSecond()) + "/s");
        } else if (time.nanos() - lastProgress.get() >= PROGRESS_EVERY.toNanos()) {
            lastProgress.set(time.nanos());
            log.info("Downloading", "file", e.file(), "bytes", e.bytes(), "total", e.total().map(String::valueOf).orElse("unknown"), "percent", percent, "rate", megabytes(e.bytesPerSecond()) + "/s");
        }
    }

    private void cached(Event.ArtifactCached e) {
        lastProgress.set(time.nanos());
        log.info("Cached artifact", "cache_key", e.key(), "digest", e.digest(), "bytes", e.bytes(), "downloaded", e.downloaded(), "proof", e.proof(), "duration", words(e.took()));
        if (e.downloaded()) {
            log.info("Download notification", "message", "Downloaded artifact for " + e.deployment().to());
        }
    }

    private void hookEnded(Event.HookEnded e) {
        HookResult result = e.result();
        log.info("Execute hook", "hook", result.hook().kind().event(), "command", result.hook().command(), "stdout", result.output().stdout(redaction), "stderr", result.output().stderr(redaction),
                "duration", words(result.took()));
        if (result.output().leftovers() > 0) {
            log.warn("Ended what a hook left running", "hook", result.hook().kind().event(), "processes", result.output().leftovers());
        }
        result.problem().ifPresent(problem -> {
            String which = switch (result.hook().kind()) {
                case BEFORE_DEPLOY -> "Before deploy hook failure";
                case AFTER_DEPLOY -> "After deploy hook failure";
                case ROLLED_BACK -> "Rolled back hook failure";
            };
            log.error(which, "error", problem, "exit_code", result.exitCode().map(String::valueOf).orElse(""));
        });
    }

    private void ended(Event.AttemptEnded e) {
        Tag to = e.deployment().to();
        String duration = words(e.took());
        switch (e.outcome()) {
            case Outcome.Deployed deployed -> {
                log.info("Deployment completed successfully", "app", e.app(), "tag", to, "from", text(e.deployment().from()), "duration", duration);
                deployed.note().ifPresent(note -> log.warn("Deployment completed with a note", "tag", to, "note", note));
            }
            case Outcome.Failed failed -> {
                switch (failed.stage()) {
                    case FETCH -> log.error(e.deployment().kind().equals("container") ? "Image pull failed" : "Download failed", "tag", to, "error", failed.why());
                    case UNPACK -> log.error("Extract failed", "tag", to, "error", failed.why());
                    case START -> log.error(e.deployment().kind().equals("server") ? "Server start failed" : "Container start failed", "tag", to, "error", failed.why());
                    case SWITCH -> { }
                }
                log.error("Deployment failed", "tag", to, "error", failed.why(), "remedy", failed.remedy(), "failures", e.failuresInARow(), "duration", duration);
            }
            case Outcome.Aborted aborted -> log.error("Deployment failed", "tag", to, "error", aborted.why(), "failures", e.failuresInARow(), "duration", duration);
            case Outcome.Refused refused -> log.error("Deployment failed", "tag", to, "error", refused.why(), "refused", "until the registry's entry changes or `dewpoint deploy " + to + "` is run", "duration", duration);
            case Outcome.Interrupted interrupted -> log.warn("Deployment interrupted", "tag", to, "reason", interrupted.why());
            case Outcome.Deferred deferred -> log.info("Deployment deferred", "tag", to, "reason", deferred.why());
        }
    }

    private void cleaned(Event.Cleaned e) {
        boolean images = e.deployment().kind().equals("container");
        if (images) {
            e.removed().stream().map(image -> image.split("@", 2)[0]).distinct().forEach(repository -> log.info("Cleaning up old images", "repository", repository));
        }
        log.info(images ? "Removed " + e.removed().size() + " old images" : "Removed old releases", "removed", String.join(" ", e.removed()), "kept", e.kept());
    }

    private static String text(Optional<Tag> tag) {
        return tag.map(Tag::text).orElse("none");
    }

    static String words(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1000) {
            return millis + "ms";
        }
        if (millis < 60_000) {
            return millis / 1000 + "." + millis % 1000 / 100 + "s";
        }
        return duration.toMinutes() + "m" + duration.toSecondsPart() + "s";
    }

    private static String megabytes(long bytes) {
        return bytes / 1_000_000 + "." + bytes % 1_000_000 / 100_000 + " MB";
    }
}
