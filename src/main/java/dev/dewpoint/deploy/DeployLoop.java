package dev.dewpoint.deploy;

import dev.dewpoint.cache.Cache;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.Resolution;
import dev.dewpoint.registry.Shipment;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import dev.dewpoint.replica.process.ReleaseDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * One app's loop, on its own virtual thread: poll, decide, act, wait. Whatever goes wrong in a turn ends that turn and
 * nothing else. Everything that changes the ledger happens on this thread; operators leave requests.
 */
public final class DeployLoop {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final int MOST_REQUESTS = 16;

    /** A request and who waits for its answer. */
    private record Asked(Request request, CompletableFuture<Request.Reply> reply) {}

    private final Policy policy;
    private final Registry registry;
    private final LedgerFile ledger;
    private final History history;
    private final Attempt attempt;
    private final ReleaseDirectory releases;
    private final Cache cache;
    private final Observer observer;
    private final Time time;
    private final RandomGenerator random;
    private final String host;
    private final Pulse pulse;
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>(MOST_REQUESTS);
    private final Polls polls = new Polls();
    private volatile Status status;
    private volatile boolean stopping;

    /** What is known about the polls so far; touched by the loop's thread alone. */
    private static final class Polls {
        private int failures;
        private Instant failingSince;
        private Tag awaited;
        private List<Candidate> candidates = List.of();
    }

    DeployLoop(Policy policy, Registry registry, LedgerFile ledger, History history, Attempt attempt, ReleaseDirectory releases, Cache cache, Observer observer, Time time,
            RandomGenerator random, String host) {
        this.policy = policy;
        this.registry = registry;
        this.ledger = ledger;
        this.history = history;
        this.attempt = attempt;
        this.releases = releases;
        this.cache = cache;
        this.observer = observer;
        this.time = time;
        this.random = random;
        this.host = host;
        this.pulse = new Pulse(time);
        this.status = Status.of(policy, ledger.now(), "starting", Optional.empty(), Optional.empty());
    }

    public Pulse pulse() {
        return pulse;
    }

    public Status status() {
        return status;
    }

    public History history() {
        return history;
    }

    /** Leaves a request; the reply comes when it has been carried out. */
    public CompletableFuture<Request.Reply> ask(Request request) {
        CompletableFuture<Request.Reply> reply = new CompletableFuture<>();
        if (stopping || !asked.offer(new Asked(request, reply))) {
            reply.complete(new Request.Reply(false, stopping ? "the agent is stopping" : "too many requests are waiting already"));
        }
        return reply;
    }

    /** Ends the loop after its present step; a fetch is cut short by interrupting the thread. */
    public void stop() {
        stopping = true;
        ask(new Request.Pause());
    }

    /** Turns until stopped. */
    public void run() {
        while (!stopping) {
            Duration wait = turn();
            pulse.step("waiting", wait.plusSeconds(30));
            try {
                Asked next = asked.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
                if (next != null && !stopping) {
                    answer(next);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        asked.forEach(left -> left.reply().complete(new Request.Reply(false, "the agent is stopping")));
    }

    /** One turn; answers how long to wait for the next. */
    public Duration turn() {
        try {
            pulse.step("polling", Duration.ofMinutes(10));
            tidyUp();
            Duration wait = poll(false);
            polled();
            return wait;
        } catch (Failure failure) {
            return pollFailed(failure);
        } catch (RuntimeException bug) {
            return pollFailed(new Failure(Failure.Kind.BUG, "take a turn", bug.toString(), bug));
        }
    }

    /** The one turn of {@code --once}: an artifact that is still being written is waited for, back-off isn't. */
    public Request.Reply once() throws InterruptedException {
        tidyUp();
        for (int looks = 0; looks < 100; looks++) {
            Optional<Duration> settles = settling();
            if (settles.isEmpty()) {
                break;
            }
            TimeUnit.NANOSECONDS.sleep(settles.get().plusMillis(50).toNanos());
        }
        onceOutcome = Optional.empty();
        poll(true);
        return onceOutcome.map(outcome -> new Request.Reply(outcome instanceof Outcome.Deployed, outcome.word() + outcome.why().map(why -> ": " + why).orElse("")))
                .orElse(new Request.Reply(true, "nothing to do"));
    }

    private Optional<Outcome> onceOutcome = Optional.empty();

    private Optional<Duration> settling() {
        Decision.Target target = Decision.target(ledger.now(), registry.tags(), policy);
        return target instanceof Decision.Target.Look look && registry.resolve(look.version()) instanceof Resolution.NotYet pending ? pending.settlesIn() : Optional.empty();
    }

    private Duration poll(boolean now) {
        polls.candidates = registry.tags();
        Decision.Target target = Decision.target(ledger.now(), polls.candidates, policy);
        Optional<Resolution> resolution = target instanceof Decision.Target.Look look ? Optional.of(registry.resolve(look.version())) : Optional.empty();
        Ledger seen = now ? ledger.now().withoutRetry() : ledger.now();
        boolean inPlace = seen.serving().map(served -> releases.currentRelease().equals(Optional.of(served.release()))).orElse(true);
        Decision decision = Decision.decide(seen, target, resolution, inPlace, policy, time.now());
        return act(decision);
    }

    private Duration act(Decision decision) {
        Duration next = interval();
        return switch (decision) {
            case Decision.Idle idle -> {
                observer.saw(new Event.DeploySkipped(policy.app(), time.now(), idle.tag(), idle.reason()));
                show(idle.reason(), next);
                yield next;
            }
            case Decision.Defer defer -> {
                observer.saw(new Event.DeploySkipped(policy.app(), time.now(), Optional.of(defer.tag()), defer.reason() + "; not before " + defer.until()));
                show("backing off until " + defer.until(), next);
                yield next;
            }
            case Decision.Await await -> {
                boolean first = !await.tag().equals(polls.awaited);
                polls.awaited = await.tag();
                observer.saw(new Event.ArtifactPending(policy.app(), time.now(), await.tag(), await.why(), await.graceLeft(), first));
                show("waiting for the artifact of " + await.tag(), next);
                yield next;
            }
            case Decision.Missing missing -> {
                if (!ledger.now().isNoted("missing", missing.tag().text())) {
                    ledger.write(ledger.now().noted("missing", missing.tag().text()));
                    observer.saw(new Event.ArtifactMissing(policy.app(), time.now(), missing.tag(), missing.why()));
                }
                onceOutcome = Optional.of(new Outcome.Failed(Outcome.Stage.RESOLVE, Failure.Kind.MISSING, missing.why(), Failure.Kind.MISSING.remedy()));
                show("the artifact of " + missing.tag() + " is missing", next);
                yield next;
            }
            case Decision.Refuse refuse -> {
                ledger.write(ledger.now().noted("changed", refuse.release().artifact().announcement()));
                observer.saw(new Event.EntryChanged(policy.app(), time.now(), refuse.release().version().tag(), refuse.reason()));
                show(refuse.reason(), next);
                yield next;
            }
            case Decision.Heal heal -> healed(heal.served(), next);
            case Decision.Deploy deploy -> {
                attempt(new Plan.Fresh(deploy.release()));
                show("", next);
                yield next;
            }
        };
    }

    private Duration healed(Served served, Duration next) {
        if (releases.exists(served.release())) {
            releases.point(served.release());
            observer.saw(new Event.Remarked(policy.app(), time.now(), "`current` did not point to " + served.tag() + ", which is recorded as serving; it does again", true));
            return Duration.ZERO;
        }
        observer.saw(new Event.Remarked(policy.app(), time.now(), "the release directory of " + served.tag() + " is gone; it is made again", true));
        Outcome outcome = attempt(new Plan.Again(served));
        if (!(outcome instanceof Outcome.Deployed)) {
            ledger.write(ledger.now().lost());
        }
        return outcome instanceof Outcome.Deployed ? next : Duration.ZERO;
    }

    /** Runs an attempt to its one end: history, notice, and what the ledger remembers of it. */
    private Outcome attempt(Plan plan) {
        Instant started = time.now();
        long startedNanos = time.nanos();
        Deployment deployment = new Deployment(newId(started), policy.app(), policy.kind(), ledger.now().serving().map(Served::tag), plan.tag(), started, plan.page());
        pulse.step("deploying " + plan.tag(), Duration.ofHours(6));
        show("deploying " + plan.tag(), Duration.ZERO);
        Outcome outcome;
        try {
            outcome = attempt.run(deployment, plan);
        } catch (Attempt.Stopped stopped) {
            outcome = judged(plan, stopped.stage(), stopped.failure());
        } catch (Failure unrecordable) {
            throw unrecordable;
        } catch (RuntimeException bug) {
            outcome = Outcome.Failed.of(Outcome.Stage.SWITCH, new Failure(Failure.Kind.BUG, "deploy " + plan.tag(), bug.toString(), bug));
        }
        ended(deployment, plan.announcement(), outcome, time.since(startedNanos));
        return outcome;
    }

    private Outcome judged(Plan plan, Outcome.Stage stage, Failure failure) {
        if (stopping || Thread.currentThread().isInterrupted()) {
            return new Outcome.Interrupted("the agent was stopped");
        }
        if (failure.kind() == Failure.Kind.UNSETTLED) {
            return new Outcome.Deferred(failure.getMessage());
        }
        int strikes = ledger.now().strikes().getOrDefault(plan.announcement(), 0) + 1;
        if (failure.kind() == Failure.Kind.CORRUPT && strikes >= Ledger.STRIKES_TO_REFUSE) {
            return new Outcome.Refused(failure.getMessage());
        }
        return Outcome.Failed.of(stage, failure);
    }

    private void ended(Deployment deployment, String announcement, Outcome outcome, Duration took) {
        onceOutcome = Optional.of(outcome);
        int failures = ledger.now().retry().filter(r -> r.announcement().equals(announcement)).map(Ledger.Retry::failures).orElse(0);
        boolean struck = outcome instanceof Outcome.Refused || outcome instanceof Outcome.Failed failed && failed.kind() == Failure.Kind.CORRUPT;
        if (outcome instanceof Outcome.Failed || outcome instanceof Outcome.Refused || outcome instanceof Outcome.Aborted) {
            failures++;
            Ledger.Retry retry = new Ledger.Retry(announcement, failures, time.now().plus(Decision.backoff(failures, random.nextDouble())));
            remember(ledger.now().failed(retry, struck ? Optional.of(announcement) : Optional.empty()));
        }
        observer.saw(new Event.AttemptEnded(deployment, time.now(), outcome, took, failures));
        record(deployment, outcome, took);
        if (outcome instanceof Outcome.Deployed) {
            polls.awaited = null;
            report(deployment);
        }
        retire(deployment);
    }

    /** The record in history, and only then the end of the attempt in the ledger: a crash in between is told apart by the id. */
    private void record(Deployment deployment, Outcome outcome, Duration took) {
        Optional<Served> served = outcome instanceof Outcome.Deployed ? ledger.now().serving() : Optional.empty();
        History.Record ended = new History.Record(deployment.id(), deployment.app(), outcome.word(), deployment.from(), deployment.to(), deployment.startedAt(), took, outcome.why(), served);
        try {
            if (!history.contains(deployment.id())) {
                history.append(ended);
            }
            ledger.write(ledger.now().settled());
        } catch (Failure full) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), "the end of the attempt is not on disk yet: " + full.getMessage(), true));
            unrecorded.add(ended);
        }
    }

    private final List<History.Record> unrecorded = new ArrayList<>();

    private void report(Deployment deployment) {
        if (!policy.report()) {
            return;
        }
        try {
            registry.report(new Shipment(deployment.to(), policy.kind(), host, time.now()));
        } catch (Failure failure) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), "the deployment could not be reported: " + failure.getMessage(), false));
        }
    }

    /** Room is made after every attempt, failed ones too: it may be what the next one needs. */
    private void retire(Deployment deployment) {
        try {
            Set<String> spare = new HashSet<>();
            Set<Digest> keep = new HashSet<>();
            ledger.now().serving().ifPresent(served -> {
                spare.add(served.release());
                keep.add(served.digest());
            });
            ledger.now().before().stream().findFirst().ifPresent(served -> {
                spare.add(served.release());
                keep.add(served.digest());
            });
            List<String> removed = new ArrayList<>(releases.prune(policy.keep(), spare));
            removed.addAll(cache.evict(keep));
            if (!removed.isEmpty()) {
                observer.saw(new Event.Cleaned(deployment, time.now(), removed, policy.keep()));
            }
        } catch (Failure failure) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), "cleaning up did not work: " + failure.getMessage(), true));
        }
    }

    /** What an earlier turn could not write, before anything new begins. */
    private void tidyUp() {
        ledger.save();
        while (!unrecorded.isEmpty()) {
            History.Record next = unrecorded.getFirst();
            if (!history.contains(next.id())) {
                history.append(next);
            }
            ledger.write(ledger.now().settled());
            unrecorded.removeFirst();
        }
    }

    private void remember(Ledger next) {
        try {
            ledger.write(next);
        } catch (Failure full) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), "the ledger is not on disk yet: " + full.getMessage(), true));
        }
    }

    /** Brings what a killed agent left to its end. Called once, before the first turn. */
    public void recover() {
        Ledger.Attempting cutOff = ledger.now().attempting().orElse(null);
        releases.sweep();
        cache.sweep(Optional.empty());
        if (cutOff == null) {
            return;
        }
        Deployment deployment = new Deployment(cutOff.id(), policy.app(), policy.kind(), cutOff.from(), cutOff.to(), cutOff.startedAt(), Optional.empty());
        if (history.contains(cutOff.id())) {
            ledger.write(ledger.now().settled());
            return;
        }
        Outcome outcome = attempt.recover(deployment, cutOff);
        Duration took = Duration.between(cutOff.startedAt(), time.now());
        observer.saw(new Event.AttemptEnded(deployment, time.now(), outcome, took.isNegative() ? Duration.ZERO : took, 0));
        record(deployment, outcome, took.isNegative() ? Duration.ZERO : took);
    }

    private void answer(Asked next) {
        try {
            next.reply().complete(switch (next.request()) {
                case Request.Deploy deploy -> deployOnRequest(deploy.version());
                case Request.RollBack rollBack -> rollBack(rollBack.version());
                case Request.Pause _ -> paused(true);
                case Request.Resume _ -> paused(false);
            });
        } catch (Failure failure) {
            next.reply().complete(new Request.Reply(false, failure.getMessage() + ". " + failure.remedy()));
        } catch (RuntimeException bug) {
            next.reply().complete(new Request.Reply(false, bug.toString()));
        }
    }

    private Request.Reply deployOnRequest(Optional<String> wanted) {
        tidyUp();
        polls.candidates = registry.tags();
        Optional<Version> version = wanted.isEmpty() ? policy.selection().newest(polls.candidates) : named(wanted.get());
        if (version.isEmpty()) {
            return new Request.Reply(false, wanted.map(v -> "no release " + v + " is announced").orElse("no release to follow is announced"));
        }
        return switch (registry.resolve(version.get())) {
            case Resolution.NotYet pending -> new Request.Reply(false, "the artifact of " + version.get().tag() + " is not there: " + pending.why());
            case Resolution.Found found -> {
                Artifact.Archive artifact = found.release().artifact();
                Optional<Served> serving = ledger.now().serving().filter(s -> s.source().equals(policy.source()) && s.tag().equals(version.get().tag()));
                if (serving.isPresent() && (wanted.isEmpty() || serving.get().announcement().equals(artifact.announcement()))) {
                    yield new Request.Reply(true, version.get().tag() + " serves already");
                }
                ledger.write(ledger.now().forgiven(artifact.announcement()));
                Request.Reply reply = reply(attempt(new Plan.Fresh(found.release())));
                if (reply.achieved()) {
                    pinIfBelow(version.get());
                }
                yield reply;
            }
        };
    }

    private Optional<Version> named(String wanted) {
        return polls.candidates.stream().map(Candidate::tag).filter(tag -> tag.text().equals(wanted)).findFirst()
                .or(() -> polls.candidates.stream().map(Candidate::tag).filter(tag -> tag.text().equals("v" + wanted)).findFirst())
                .flatMap(policy.selection().order()::parse);
    }

    /** What was deployed by hand below what has served stays until something above that appears. */
    private void pinIfBelow(Version version) {
        Optional<Version> mark = Optional.ofNullable(ledger.now().marks().get(policy.markKey())).flatMap(policy.selection().order()::parse);
        boolean below = mark.isPresent() && version.compareTo(mark.get()) < 0;
        ledger.write(ledger.now().pinned(below ? Optional.of(new Ledger.Pin(version.tag(), mark.get().tag())) : Optional.empty()));
    }

    private Request.Reply rollBack(Optional<String> wanted) {
        tidyUp();
        Optional<Served> serving = ledger.now().serving();
        Optional<Served> target = ledger.now().before().stream()
                .filter(served -> wanted.map(w -> served.tag().text().equals(w) || served.tag().text().equals("v" + w)).orElse(true)).findFirst();
        if (serving.isPresent() && wanted.isPresent() && serving.get().tag().text().equals(wanted.get())) {
            return new Request.Reply(false, wanted.get() + " is what serves now");
        }
        if (target.isEmpty()) {
            return new Request.Reply(false, wanted.map(w -> w + " has not served here").orElse("nothing has served here before") + "; `dewpoint history` shows what has");
        }
        Request.Reply reply = reply(attempt(new Plan.Again(target.get())));
        if (reply.achieved()) {
            policy.selection().order().parse(target.get().tag()).ifPresent(this::pinIfBelow);
        }
        return reply;
    }

    private static Request.Reply reply(Outcome outcome) {
        return new Request.Reply(outcome instanceof Outcome.Deployed, outcome.word() + outcome.why().map(why -> ": " + why).orElse(""));
    }

    private Request.Reply paused(boolean pause) {
        ledger.write(pause ? ledger.now().paused(true) : ledger.now().paused(false).pinned(Optional.empty()));
        return new Request.Reply(true, pause ? "paused" : "goes on");
    }

    private void polled() {
        if (polls.failures > 0) {
            observer.saw(new Event.PollRecovered(policy.app(), time.now(), polls.failures, polls.failingSince));
            polls.failures = 0;
        }
    }

    private Duration pollFailed(Failure failure) {
        if (stopping) {
            return Duration.ZERO;
        }
        polls.failures++;
        if (polls.failures == 1) {
            polls.failingSince = time.now();
        }
        Duration next = failure.patience().filter(p -> p.compareTo(policy.interval()) > 0).orElseGet(() -> jittered(slower(polls.failures)));
        observer.saw(new Event.PollFailed(policy.app(), time.now(), failure, polls.failures, polls.failingSince, next));
        show("the registry could not be read: " + failure.getMessage(), next);
        return next;
    }

    private Duration slower(int failures) {
        Duration wait = policy.interval().multipliedBy(1L << Math.min(failures - 1, 10));
        Duration longest = policy.interval().compareTo(LONGEST_WAIT) > 0 ? policy.interval() : LONGEST_WAIT;
        return wait.compareTo(longest) > 0 ? longest : wait;
    }

    private Duration interval() {
        return jittered(policy.interval());
    }

    private Duration jittered(Duration wait) {
        return Duration.ofNanos(Math.round(wait.toNanos() * (0.9 + 0.2 * random.nextDouble())));
    }

    private void show(String doing, Duration next) {
        status = Status.of(policy, ledger.now(), doing, Optional.of(time.now().plus(next)), history.last(1).stream().findFirst());
    }

    private String newId(Instant at) {
        return Long.toString(at.toEpochMilli(), 36) + "-" + Integer.toString(random.nextInt(36 * 36 * 36), 36);
    }
}
