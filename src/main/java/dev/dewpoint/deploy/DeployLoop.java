package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.Resolution;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Tag;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * One app's loop, on its own thread: poll, decide, act, wait. Whatever goes wrong in a turn ends that turn and nothing
 * else. Everything that changes the ledger happens on this thread; operators leave requests.
 */
public final class DeployLoop {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(2);
    private static final int MOST_REQUESTS = 16;
    private static final int MOST_LOOKS = 100;

    /** A request and who waits for its answer; none to end the wait. */
    private record Asked(Optional<Request> request, CompletableFuture<Request.Reply> reply) {}

    private final Policy policy;
    private final Registry registry;
    private final Delivery delivery;
    private final LedgerFile ledger;
    private final History history;
    private final Attempts attempts;
    private final Operator operator;
    private final Upkeep upkeep;
    private final Observer observer;
    private final Time time;
    private final RandomGenerator random;
    private final Pulse pulse;
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>(MOST_REQUESTS);
    private final Cut cut = new Cut();
    private final AtomicBoolean rung = new AtomicBoolean();
    private volatile Status status;
    private volatile boolean stopping;
    private boolean recovered;
    private int pollFailures;
    private Instant failingSince;
    private Optional<Tag> awaited = Optional.empty();

    private DeployLoop(Policy policy, Stations stations, LedgerFile ledger, History history, Path root, Observer observer, Time time, RandomGenerator random, String host) {
        this.policy = policy;
        this.registry = stations.registry();
        this.ledger = ledger;
        this.history = history;
        this.observer = observer;
        this.time = time;
        this.random = random;
        this.pulse = new Pulse(time);
        this.failingSince = time.now();
        this.status = Status.of(policy, ledger.now(), "starting", Optional.empty(), Optional.empty());
        this.delivery = switch (stations) {
            case Stations.Files files -> new FilesDelivery(policy, files, observer, time);
            case Stations.Images images -> new ImagesDelivery(policy, images, ledger, this::wake, observer, time);
            case Stations.Processes processes -> new ProcessesDelivery(policy, processes, ledger, this::wake, observer, time);
        };
        Attempt attempt = new Attempt(policy, ledger, delivery, new AttemptHooks(policy.hooks(), stations.hooks(), root, observer, time), cut, observer, time);
        this.attempts = new Attempts(policy, ledger, history, attempt, registry, delivery, cut, observer, time, random, host, () -> stopping);
        this.operator = new Operator(policy, registry, ledger, attempts, delivery);
        this.upkeep = new Upkeep(policy, ledger, delivery, this::attempt, () -> stopping, observer, time, random);
    }

    /** Opens the app's records below {@code records}. Nothing happens to the app before {@link #recovered}. */
    public static DeployLoop open(Policy policy, Stations stations, Path root, Path records, Observer observer, Time time, RandomGenerator random, String host, UnaryOperator<String> redaction) {
        History history = History.open(records.resolve("history.jsonl"), redaction);
        LedgerFile.Opened opened = LedgerFile.open(records.resolve("ledger.json"));
        DeployLoop loop = new DeployLoop(policy, stations, opened.file(), history, root, observer, time, random, host);
        new Rebuild(policy, opened.file(), history, loop.delivery, observer, time).ifNeeded(opened.damage());
        return loop;
    }

    /** Brings what a killed agent left to its end, and back what serves. {@link #stop} and then {@link #cutShort} end that early. */
    public DeployLoop recovered() {
        recover();
        show("starting", Duration.ZERO);
        return this;
    }

    /** What serves is served again before anything else. An engine that isn't there yet is waited for, turn by turn. */
    private void recover() {
        try {
            delivery.tended().settleWishes();
            attempts.recover();
            upkeep.putRight();
            recovered = true;
        } catch (Failure failure) {
            if (!stopping && failure.kind() != Failure.Kind.UNREACHABLE && failure.kind() != Failure.Kind.TIMED_OUT) {
                throw failure;
            }
            failed(failure);
        }
    }

    /** Ends what serves, for good. Once the loop has ended. */
    public void endReplicas() {
        delivery.tended().end();
    }

    /** What the proxy has seen; from any thread. */
    public void saw(ProxyEvent event) {
        delivery.tended().saw(event);
    }

    /** Ends a wait: something has happened to what serves. From any thread. */
    private void wake() {
        if (!rung.getAndSet(true)) {
            asked.offer(new Asked(Optional.empty(), new CompletableFuture<>()));
        }
    }

    public Pulse pulse() {
        return pulse;
    }

    public Status status() {
        return status;
    }

    /** Who stands behind the proxy, if anybody can; from any thread. */
    public Optional<Roster> roster() {
        return delivery.tended().roster();
    }

    public History history() {
        return history;
    }

    /** Leaves a request; the reply comes when it has been carried out. */
    public CompletableFuture<Request.Reply> ask(Request request) {
        CompletableFuture<Request.Reply> reply = new CompletableFuture<>();
        if (stopping || !asked.offer(new Asked(Optional.of(request), reply))) {
            reply.complete(new Request.Reply(false, stopping ? "the agent is stopping" : "too many requests are waiting already"));
        }
        return reply;
    }

    /** Ends a poll or a fetch at once; a hook and a switch come to their end. */
    public void cutShort(Thread loop) {
        cut.cut(loop);
    }

    /** Ends the loop after its present step. */
    public void stop() {
        stopping = true;
        asked.offer(new Asked(Optional.empty(), new CompletableFuture<>()));
    }

    /** Turns until stopped. */
    public void run() {
        while (!stopping) {
            Duration wait = turn();
            try {
                await(wait);
            } catch (InterruptedException e) {
                stopping = true;
            }
        }
        delivery.tended().close();
        asked.forEach(left -> left.reply().complete(new Request.Reply(false, "the agent is stopping")));
    }

    /** Until the next turn, or a request has been carried out. What serves is looked after meanwhile. */
    private void await(Duration wait) throws InterruptedException {
        long start = time.nanos();
        while (!stopping) {
            Duration left = wait.minus(time.since(start));
            rung.set(false);
            Duration due = tend();
            Duration nap = due.compareTo(left) < 0 ? due : left;
            if (left.isNegative()) {
                return;
            }
            pulse.step("waiting", nap.plusSeconds(30));
            Asked next = asked.poll(Math.max(0, nap.toNanos()), TimeUnit.NANOSECONDS);
            if (next != null && stopping) {
                next.reply().complete(new Request.Reply(false, "the agent is stopping"));
            } else if (next != null && next.request().isPresent()) {
                answer(next);
                return;
            }
        }
    }

    Duration tend() {
        pulse.step("looking after what serves", Duration.ofHours(1));
        try {
            return upkeep.tend();
        } catch (RuntimeException bug) {
            failed(bug(bug));
            return AFTER_TROUBLE;
        }
    }

    /** One turn; answers how long to wait for the next. */
    Duration turn() {
        try {
            if (!recovered) {
                recover();
            }
            if (!recovered) {
                return jittered(AFTER_TROUBLE);
            }
            attempts.catchUp();
            Duration wait = poll(ledger.now());
            pollSucceeded();
            return wait;
        } catch (Failure failure) {
            return failed(failure);
        } catch (RuntimeException bug) {
            return failed(bug(bug));
        }
    }

    private static Failure bug(RuntimeException bug) {
        return new Failure(Failure.Kind.BUG, "take a turn", bug.toString(), bug);
    }

    /** The one turn of {@code --once}: an artifact that is still being written is waited for, back-off isn't. */
    public Request.Reply once() throws InterruptedException {
        if (stopping) {
            return new Request.Reply(false, "stopped");
        }
        try {
            attempts.catchUp();
            Optional<Duration> settles = settling();
            for (int looks = 0; settles.isPresent() && looks < MOST_LOOKS; looks++) {
                time.sleep(settles.get().plusMillis(20));
                settles = settling();
            }
            Optional<String> before = history.newest().map(History.Record::id);
            poll(ledger.now().withoutRetry());
            return history.newest().filter(record -> !before.equals(Optional.of(record.id())))
                    .map(record -> new Request.Reply(record.outcome().equals("deployed"), record.outcome() + " " + record.to() + record.why().map(why -> ": " + why).orElse("")))
                    .orElseGet(() -> new Request.Reply(!status.doing().startsWith("missing"), "nothing to do: " + status.doing()));
        } catch (Failure failure) {
            failed(failure);
            return new Request.Reply(false, failure.getMessage());
        } catch (RuntimeException bug) {
            failed(bug(bug));
            return new Request.Reply(false, bug.toString());
        }
    }

    private Optional<Duration> settling() {
        Decision.Target target = Decision.target(ledger.now(), registry.tags(), policy);
        return target instanceof Decision.Target.Look look && registry.resolve(look.version()) instanceof Resolution.NotYet pending ? pending.settlesIn() : Optional.empty();
    }

    private Duration poll(Ledger seen) {
        pulse.step("polling", Duration.ofMinutes(10));
        upkeep.putRight();
        List<Candidate> candidates = registry.tags();
        Decision.Target target = Decision.target(seen, candidates, policy);
        Optional<Resolution> resolution = target instanceof Decision.Target.Look look ? Optional.of(registry.resolve(look.version())) : Optional.empty();
        return act(Decision.decide(seen, target, resolution, upkeep.isInPlace(), policy, time.now()));
    }

    private Duration act(Decision decision) {
        Duration next = jittered(policy.interval());
        switch (decision) {
            case Decision.Idle idle -> skipped(idle.tag(), idle.reason(), next);
            case Decision.Defer defer -> skipped(Optional.of(defer.tag()), defer.reason() + "; not before " + defer.until(), next);
            case Decision.Await await -> {
                boolean first = !awaited.equals(Optional.of(await.tag()));
                awaited = Optional.of(await.tag());
                observer.saw(new Event.ArtifactPending(policy.app(), time.now(), await.tag(), await.why(), await.graceLeft(), first));
                show("waiting for the artifact of " + await.tag(), next);
            }
            case Decision.Missing missing -> {
                if (!ledger.now().isNoted("missing", missing.tag().text())) {
                    ledger.write(ledger.now().noted("missing", missing.tag().text()));
                    observer.saw(new Event.ArtifactMissing(policy.app(), time.now(), missing.tag(), missing.why()));
                }
                show("missing: the artifact of " + missing.tag(), next);
            }
            case Decision.Refuse refuse -> {
                ledger.write(ledger.now().noted("changed", refuse.release().artifact().announcement()));
                observer.saw(new Event.EntryChanged(policy.app(), time.now(), refuse.release().version().tag(), refuse.reason()));
                show(refuse.reason(), next);
            }
            case Decision.Heal heal -> {
                return heal(heal.served(), next);
            }
            case Decision.Deploy deploy -> {
                warnOfOthers(deploy);
                attempt(new Plan.Fresh(deploy.release()));
                show("", next);
            }
        }
        return next;
    }

    private void skipped(Optional<Tag> tag, String reason, Duration next) {
        observer.saw(new Event.DeploySkipped(policy.app(), time.now(), tag, reason));
        show(reason, next);
    }

    private void warnOfOthers(Decision.Deploy deploy) {
        List<String> others = deploy.release().otherArtifacts();
        if (!others.isEmpty()) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), "several artifacts of " + deploy.release().version().tag() + " fit this host; " + deploy.release().artifact().fileName()
                    + " is taken, not " + String.join(", ", others) + " (?artifact= picks one)", Event.Weight.WARNING));
        }
        if (!deploy.release().version().strict()) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), deploy.release().version().tag() + " has leading zeros or empty parts, which SemVer forbids; it is accepted", Event.Weight.DETAIL));
        }
    }

    private Outcome attempt(Plan plan) {
        pulse.step("deploying " + plan.tag(), Duration.ofHours(12));
        show("deploying " + plan.tag(), Duration.ZERO);
        return attempts.run(plan);
    }

    private Duration heal(Served served, Duration next) {
        Optional<String> healed = upkeep.heal(served);
        healed.ifPresent(doing -> show(doing, next));
        return healed.isPresent() ? next : Duration.ZERO;
    }

    private void answer(Asked next) {
        if (next.request().isEmpty()) {
            return;
        }
        pulse.step("carrying out a request", Duration.ofHours(12));
        next.reply().complete(carryOut(next.request().get()));
    }

    Request.Reply carryOut(Request request) {
        try {
            Request.Reply reply = operator.carryOut(request);
            show(reply.message(), jittered(policy.interval()));
            return reply;
        } catch (Failure failure) {
            return new Request.Reply(false, failure.getMessage() + ". " + failure.remedy());
        } catch (RuntimeException bug) {
            return new Request.Reply(false, bug.toString());
        }
    }

    private void pollSucceeded() {
        if (pollFailures > 0) {
            observer.saw(new Event.PollRecovered(policy.app(), time.now(), pollFailures, failingSince));
            pollFailures = 0;
        }
    }

    private Duration failed(Failure failure) {
        if (stopping) {
            return Duration.ZERO;
        }
        pollFailures++;
        if (pollFailures == 1) {
            failingSince = time.now();
        }
        Duration next = failure.patience().filter(p -> p.compareTo(policy.interval()) > 0).orElseGet(() -> jittered(slower(pollFailures)));
        observer.saw(new Event.PollFailed(policy.app(), time.now(), failure, pollFailures, failingSince, next));
        show("the last turn failed: " + failure.getMessage(), next);
        return next;
    }

    private Duration slower(int failures) {
        Duration wait = policy.interval().multipliedBy(1L << Math.min(failures - 1, 10));
        Duration longest = policy.interval().compareTo(LONGEST_WAIT) > 0 ? policy.interval() : LONGEST_WAIT;
        return wait.compareTo(longest) > 0 ? longest : wait;
    }

    private Duration jittered(Duration wait) {
        return Duration.ofNanos(Math.round(wait.toNanos() * (0.9 + 0.2 * random.nextDouble())));
    }

    private void show(String doing, Duration next) {
        status = Status.of(policy, ledger.now(), doing, Optional.of(time.now().plus(next)), history.newest());
    }
}
