package dev.dewpoint.notify;

import dev.dewpoint.deploy.Deployment;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The words for what happened. Pure: the same event becomes the same notice, with the same id. */
final class Wording {
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int LONGEST_TITLE = 300;
    private static final int LONGEST_LINE = 1500;
    private static final int LONGEST_OUTPUT = 2100;

    private final String host;
    private final UnaryOperator<String> redaction;
    private final Outside outside;

    Wording(String host, UnaryOperator<String> redaction) {
        this.redaction = redaction;
        this.outside = new Outside(redaction);
        this.host = outside.line(host, LONGEST_TITLE);
    }

    /** The recovery of what failed before this run began. */
    Optional<Notice> pollsAgain(Event event, Telling telling) {
        return telling instanceof Telling.Recovered recovered ? Optional.of(registryIsBack(event.app(), event.at(), recovered.failures(), recovered.since())) : Optional.empty();
    }

    Optional<Notice> of(Event event, Telling telling) {
        if (telling instanceof Telling.Silent) {
            return Optional.empty();
        }
        return switch (event) {
            case Event.AgentStarted e -> Optional.of(started(e, telling));
            case Event.AgentStopped e -> Optional.of(free("agent-stopped", e.app(), e.at(), Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, "Automatic shipping stopped", List.of("Reason: " + e.why()), Optional.empty()));
            case Event.PollFailed e -> Optional.of(pollFailed(e, telling));
            case Event.PollRecovered e -> telling instanceof Telling.Recovered recovered ? Optional.of(registryIsBack(e.app(), e.at(), recovered.failures(), recovered.since())) : Optional.empty();
            case Event.ArtifactMissing e -> Optional.of(free("artifact-missing", e.app(), e.at(), Notice.Importance.ERROR, Notice.Tone.BAD, "Artifact not found for " + e.tag(),
                    List.of(e.why(), remedy(Failure.Kind.MISSING.remedy())), Optional.of(e.tag())));
            case Event.EntryChanged e -> Optional.of(free("entry-changed", e.app(), e.at(), Notice.Importance.ERROR, Notice.Tone.WARNING, "Release " + e.tag() + " changed in the registry and is not followed",
                    List.of(e.detail(), remedy("Publish a new version; `dewpoint deploy " + e.tag() + "` takes it as it is.")), Optional.of(e.tag())));
            case Event.Remarked e -> Optional.of(free("remark", e.app(), e.at(), Notice.Importance.ERROR, Notice.Tone.WARNING, "Attention", remark(e, telling), Optional.empty()));
            case Event.AttemptStarted e -> Optional.of(step(e, "started", "deployment-started", Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, e.way().map(way -> "Starting " + way + " deployment: ").orElse("Deployment started: ") + versions(e.deployment()), List.of(), List.of(), Optional.empty()));
            case Event.ArtifactCached e -> Optional.of(step(e, "fetched", "artifact-downloaded", Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, "Downloaded artifact for " + e.deployment().to(),
                    List.of(bytes(e.bytes()) + ", " + e.digest(), "Proof: " + e.proof()), List.of(), Optional.of(e.took())));
            case Event.HookEnded e -> Optional.of(hook(e));
            case Event.Rollout e -> RolloutWording.of(e.step(), e.deployment().to().text(), e.deployment().kind()).map(w -> step(e, w.part(), w.word(), w.importance(), w.tone(), w.title(), w.lines(),
                    w.output().map(redaction).flatMap(text -> output("output", text)).stream().toList(), w.took()));
            case Event.ReplicaDied e -> Optional.of(free("replica-died", e.app(), e.at(), Notice.Importance.ERROR, Notice.Tone.WARNING, "Replica died: " + e.replica(),
                    List.of(e.how(), e.left() + " of " + e.wanted() + " are left; it is replaced"), Optional.empty()));
            case Event.ReplicaHealed e -> Optional.of(free("replica-healed", e.app(), e.at(), Notice.Importance.OUTCOME, Notice.Tone.GOOD, "Replica replaced: " + e.replica(), List.of(e.ready() + " of " + e.wanted() + " serve"), Optional.empty()));
            case Event.Degraded e -> Optional.of(free("degraded", e.app(), e.at(), Notice.Importance.ERROR, Notice.Tone.BAD, "Replicas end again and again: " + e.ready() + " of " + e.wanted() + " serve",
                    List.of(e.why(), remedy("Read what they print with `dewpoint logs` (containers: `docker logs`), correct the release or roll back with `dewpoint rollback`.")), Optional.empty()));
            case Event.Recovered e -> Optional.of(free("recovered", e.app(), e.at(), Notice.Importance.OUTCOME, Notice.Tone.GOOD, "Recovered: " + (e.replicas() == 1 ? "the replica serves" : "all " + e.replicas() + " replicas serve"), List.of(), Optional.empty()));
            case Event.AttemptEnded e -> Optional.of(ended(e, telling));
            case Event.ArtifactPending _, Event.DeploySkipped _, Event.Downloading _, Event.Extracted _, Event.Switched _, Event.Scaled _, Event.ReplicaSays _ -> Optional.empty();
            case Event.Tending e -> e.step() instanceof RolloutStep.Ran ran
                    ? RolloutWording.of(ran, ran.version(), e.kind()).map(w -> free(w.word(), e.app(), e.at(), w.importance(), w.tone(), w.title(), w.lines(), Optional.empty())) : Optional.empty();
            case Event.Cleaned e -> isImages(e.deployment())
                    ? Optional.of(step(e, "cleaned", "cleaned", Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, "Cleaned up " + e.removed().size() + " old images (kept last " + e.kept() + " versions)", List.of(), List.of(), Optional.empty())) : Optional.empty();
        };
    }

    private Notice started(Event.AgentStarted e, Telling telling) {
        String version = e.version().startsWith("v") ? e.version() : "v" + e.version();
        List<String> lines = List.of(e.serving().map(tag -> "Serving " + tag).orElse("Nothing serves yet"));
        List<String> all = telling instanceof Telling.Again again ? with(lines, "It started " + again.times() + " times since " + SECONDS.format(again.since())) : lines;
        return free("agent-started", e.app(), e.at(), Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, "Automatic shipping started by Dewpoint (" + version + ": " + e.kind() + ")", all, Optional.empty());
    }

    private Notice pollFailed(Event.PollFailed e, Telling telling) {
        boolean ours = Repeats.isOurs(e.failure().kind());
        List<String> lines = repeated(List.of(e.failure().getMessage(), remedy(e.failure().remedy())), telling);
        return free("poll-failed", e.app(), e.at(), Notice.Importance.ERROR, Notice.Tone.BAD, ours ? "Dewpoint can't work on this host" : "Registry access fails", with(lines, "Next try in " + words(e.nextTry())), Optional.empty());
    }

    private static List<String> remark(Event.Remarked e, Telling telling) {
        List<String> lines = List.of(e.remark());
        return telling instanceof Telling.Again again ? with(lines, "For the " + again.times() + ". time since " + SECONDS.format(again.since())) : lines;
    }

    private Notice registryIsBack(String app, Instant at, int failures, Instant since) {
        return free("poll-recovered", app, at, Notice.Importance.OUTCOME, Notice.Tone.GOOD, "Recovered: polls succeed again", List.of("They had failed " + times(failures) + " since " + SECONDS.format(since)), Optional.empty());
    }

    private Notice hook(Event.HookEnded e) {
        HookResult result = e.result();
        String which = switch (result.hook().kind()) {
            case BEFORE_DEPLOY -> "Before deploy hook";
            case AFTER_DEPLOY -> "After deploy hook";
            case ROLLED_BACK -> "Rolled back hook";
        };
        List<String> lines = new ArrayList<>(List.of("Command: " + result.hook().command()));
        result.exitCode().ifPresent(code -> lines.add("Exit code: " + code));
        result.problem().filter(problem -> !result.exitCode().map(code -> "exit code " + code).equals(Optional.of(problem))).ifPresent(problem -> lines.add("Error: " + problem));
        if (result.output().leftovers() > 0) {
            lines.add("Processes it left running, ended: " + result.output().leftovers());
        }
        List<Notice.Output> outputs = new ArrayList<>();
        output("stdout", result.output().stdout(redaction)).ifPresent(outputs::add);
        output("stderr", result.output().stderr(redaction)).ifPresent(outputs::add);
        boolean good = result.isSuccess();
        return step(e, "hook-" + result.hook().kind().event(), good ? "hook-succeeded" : "hook-failed", good ? Notice.Importance.PROGRESS : Notice.Importance.ERROR, good ? Notice.Tone.NEUTRAL : Notice.Tone.BAD,
                which + (good ? " succeeded" : " failed"), lines, outputs, Optional.of(result.took()));
    }

    private Optional<Notice.Output> output(String name, String text) {
        return text.isBlank() ? Optional.empty() : Optional.of(new Notice.Output(name, outside.tail(text, LONGEST_OUTPUT)));
    }

    private Notice ended(Event.AttemptEnded e, Telling telling) {
        String versions = versions(e.deployment());
        boolean again = telling instanceof Telling.Again;
        return switch (e.outcome()) {
            case Outcome.Deployed deployed -> {
                List<String> lines = new ArrayList<>();
                e.replicas().ifPresent(replicas -> lines.add(replicas == 1 ? "1 replica serves" : replicas + " replicas serve"));
                deployed.note().ifPresent(lines::add);
                if (telling instanceof Telling.Recovered recovered) {
                    lines.add("Recovered: deployments had failed " + times(recovered.failures()) + " since " + SECONDS.format(recovered.since()));
                }
                yield outcome(e, deployed.note().isPresent() ? Notice.Tone.WARNING : Notice.Tone.GOOD, "Deployment completed successfully (total: " + words(e.took()) + ")", lines);
            }
            case Outcome.Failed failed -> outcome(e, Notice.Tone.BAD, (again ? "Deployment keeps failing: " : "Deployment failed: ") + versions, repeated(List.of(failed.why(), remedy(failed.remedy()), stays(e)), telling));
            case Outcome.Aborted aborted -> outcome(e, Notice.Tone.BAD, (again ? "Deployment keeps being aborted: " : "Deployment aborted: ") + versions, repeated(List.of(aborted.why(), stays(e)), telling));
            case Outcome.Refused refused -> outcome(e, Notice.Tone.BAD, "Release refused: " + versions, List.of(refused.why(), remedy("Publish a new version; `dewpoint deploy " + e.deployment().to() + "` tries this one once more."), stays(e)));
            case Outcome.Interrupted interrupted -> outcome(e, Notice.Tone.NEUTRAL, "Deployment interrupted: " + versions, repeated(List.of(interrupted.why(), "It is tried again."), telling));
            case Outcome.Deferred deferred -> step(e, "ended", "deferred", Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, "Deployment put off: " + versions, List.of(deferred.why(), "The next poll looks again."), List.of(), Optional.of(e.took()));
        };
    }

    private Notice outcome(Event.AttemptEnded e, Notice.Tone tone, String title, List<String> lines) {
        return step(e, "ended", e.outcome().word(), Notice.Importance.OUTCOME, tone, title, lines, List.of(), Optional.of(e.took()));
    }

    private static String stays(Event.AttemptEnded e) {
        return e.deployment().from().map(from -> from + " keeps serving").orElse("Nothing served before");
    }

    /** {@code part}: at most one such notice an attempt, also if it is told again after a crash. */
    private Notice step(Event.OfAttempt e, String part, String word, Notice.Importance importance, Notice.Tone tone, String title, List<String> lines, List<Notice.Output> outputs, Optional<Duration> took) {
        Deployment d = e.deployment();
        return new Notice(d.id() + "/" + part, Optional.of(d.id()), importance, tone, word, outside.line(title, LONGEST_TITLE), clean(lines), outputs, d.page().flatMap(this::link), d.app(), host,
                d.from().map(this::tag), Optional.of(tag(d.to())), e.at(), took);
    }

    /** Belongs to no attempt. */
    Notice free(String word, String app, Instant at, Notice.Importance importance, Notice.Tone tone, String title, List<String> lines, Optional<Tag> about) {
        return new Notice(word + "-" + hash(app + "\n" + at + "\n" + title + "\n" + lines), Optional.empty(), importance, tone, word, outside.line(title, LONGEST_TITLE), clean(lines), List.of(), Optional.empty(), app, host,
                Optional.empty(), about.map(this::tag), at, Optional.empty());
    }

    private List<String> clean(List<String> lines) {
        return lines.stream().map(line -> outside.lines(line, LONGEST_LINE)).toList();
    }

    private String tag(Tag tag) {
        return redaction.apply(tag.text());
    }

    private Optional<URI> link(URI page) {
        boolean web = "https".equals(page.getScheme()) || "http".equals(page.getScheme());
        return web && redaction.apply(page.toString()).equals(page.toString()) ? Optional.of(page) : Optional.empty();
    }

    private static boolean isImages(Deployment d) {
        return d.kind().equals("container");
    }

    private static String versions(Deployment d) {
        return d.from().map(from -> from + " → ").orElse("") + d.to();
    }

    private static List<String> repeated(List<String> lines, Telling telling) {
        return telling instanceof Telling.Again again && again.times() > 0 ? with(lines, "Failed " + times(again.times()) + " since " + SECONDS.format(again.since())) : lines;
    }

    private static List<String> with(List<String> lines, String more) {
        List<String> all = new ArrayList<>(lines);
        all.add(more);
        return all;
    }

    private static String remedy(String text) {
        return "What to do: " + text;
    }

    private static String times(int count) {
        return count == 1 ? "once" : count + " times";
    }

    static String at(Instant at) {
        return SECONDS.format(at);
    }

    static String words(Duration took) {
        if (took.compareTo(Duration.ofSeconds(1)) < 0) {
            return took.toMillis() + "ms";
        }
        String minutes = took.toMinutesPart() > 0 || took.toHours() > 0 ? took.toMinutesPart() + "m " : "";
        return (took.toHours() > 0 ? took.toHours() + "h " : "") + minutes + took.toSecondsPart() + "s";
    }

    private static String bytes(long bytes) {
        return bytes < 1 << 20 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static String hash(String text) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(text.getBytes(StandardCharsets.UTF_8));
        return Digest.of(Digest.Algorithm.SHA256, hasher).hex().substring(0, 16);
    }
}
