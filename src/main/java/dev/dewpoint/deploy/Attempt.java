package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.hook.HookContext;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One try to bring a release into service, as a straight line: record, fetch, before hook, stage, switch, record, after
 * hook. Up to the switch a failure leaves everything as it was.
 */
final class Attempt {
    private final Policy policy;
    private final LedgerFile ledger;
    private final Delivery delivery;
    private final Hooks hooks;
    private final Path root;
    private final Cut cut;
    private final Observer observer;
    private final Time time;

    private final Delivery.Turning turning = new Delivery.Turning() {
        @Override
        public void mayBeCut() {
            cut.allow();
        }

        @Override
        public void mustNotBeCut() {
            uncut();
        }
    };

    Attempt(Policy policy, LedgerFile ledger, Delivery delivery, Hooks hooks, Path root, Cut cut, Observer observer, Time time) {
        this.policy = policy;
        this.ledger = ledger;
        this.delivery = delivery;
        this.hooks = hooks;
        this.root = root;
        this.cut = cut;
        this.observer = observer;
        this.time = time;
    }

    /** Thrown to end an attempt with an outcome that is no failure of the world. */
    private static final class Ended extends RuntimeException {
        private final transient Outcome outcome;

        Ended(Outcome outcome) {
            super(outcome.word(), null, false, false);
            this.outcome = outcome;
        }
    }

    /** A failure and the stage that it happened in. */
    static final class Stopped extends RuntimeException {
        private final transient Outcome.Stage stage;
        private final transient Failure failure;

        Stopped(Outcome.Stage stage, Failure failure) {
            super(failure.getMessage(), failure, false, false);
            this.stage = stage;
            this.failure = failure;
        }

        Outcome.Stage stage() {
            return stage;
        }

        Failure failure() {
            return failure;
        }
    }

    static Stopped stopped(Outcome.Stage stage, Failure failure) {
        return new Stopped(stage, failure);
    }

    static <T> T in(Outcome.Stage stage, Supplier<T> step) {
        try {
            return step.get();
        } catch (Failure failure) {
            throw new Stopped(stage, failure);
        }
    }

    Outcome run(Deployment deployment, Plan plan) {
        Ledger before = ledger.now();
        try {
            ledger.write(before.attempting(new Ledger.Attempting(deployment.id(), deployment.from(), deployment.to(), deployment.startedAt(), Ledger.Step.STARTED, Optional.empty())));
        } catch (Failure unrecordable) {
            ledger.revert(before);
            throw unrecordable;
        }
        observer.saw(new Event.AttemptStarted(deployment, time.now(), delivery.way()));
        Delivery.Staged staged;
        try {
            staged = prepare(deployment, plan);
            enter(deployment, staged);
        } catch (Ended ended) {
            return ended.outcome;
        }
        return serve(deployment, staged.served());
    }

    private Delivery.Staged prepare(Deployment deployment, Plan plan) {
        return switch (plan) {
            case Plan.Fresh fresh -> {
                Optional<Digest> remembered = ledger.now().remembered(policy.source(), plan.tag(), fresh.release().artifact().fileName());
                Delivery.Arrival arrival = in(Outcome.Stage.FETCH, () -> delivery.fetch(deployment, fresh.release(), remembered));
                beforeHook(deployment, arrival.file(), arrival.digest());
                yield delivery.stage(deployment, fresh.release(), arrival, remembered);
            }
            case Plan.Again again -> {
                Served served = again.served();
                in(Outcome.Stage.FETCH, () -> {
                    delivery.mustBeHere(served);
                    return served;
                });
                beforeHook(deployment, served.file(), served.digest());
                yield delivery.again(deployment, served);
            }
        };
    }

    private void beforeHook(Deployment deployment, String file, Digest digest) {
        if (policy.beforeDeploy().isEmpty()) {
            return;
        }
        uncut();
        Optional<String> failure = hook(policy.beforeDeploy().get(), deployment, file, digest, Optional.empty(), "");
        cut.allow();
        if (failure.isPresent() && policy.abortOnBeforeHook()) {
            throw new Ended(new Outcome.Aborted("the before hook failed: " + failure.get()));
        }
    }

    /** From here on the agent's end waits for us. */
    private void uncut() {
        if (cut.forbid()) {
            throw new Ended(new Outcome.Interrupted("the agent was stopped"));
        }
    }

    /** Afterwards the release serves; whatever ends the attempt before has no consequence. */
    private void enter(Deployment deployment, Delivery.Staged staged) {
        Served served = staged.served();
        try {
            uncut();
            in(Outcome.Stage.SWITCH, () -> {
                ledger.write(ledger.now().attempting(ledger.now().attempting().orElseThrow().switching(served)));
                delivery.enter(deployment, served, turning);
                return served;
            });
        } catch (Ended | Stopped end) {
            boolean ending = Thread.interrupted(); // what undoes a deployment is not cut off with it
            if (staged.made() && !delivery.isInPlace(served)) {
                delivery.discard(served);
            }
            if (ending) {
                Thread.currentThread().interrupt();
            }
            throw end;
        }
    }

    private Outcome serve(Deployment deployment, Served served) {
        Optional<String> degraded = Optional.empty();
        try {
            ledger.write(serving(ledger.now(), served, policy));
        } catch (Failure full) {
            degraded = Optional.of("it serves, but the ledger is not on disk yet: " + full.getMessage());
        }
        Optional<String> afterHook = afterHook(deployment, served);
        Optional<String> unsaved = degraded;
        return new Outcome.Deployed(afterHook.map(why -> "the after hook failed: " + why).or(() -> unsaved));
    }

    /** Also the end of an attempt that a crash cut off between the switch and its record. */
    Optional<String> afterHook(Deployment deployment, Served served) {
        if (policy.afterDeploy().isEmpty()) {
            return Optional.empty();
        }
        try {
            ledger.write(ledger.now().attempting(ledger.now().attempting().orElseThrow().at(Ledger.Step.AFTER_HOOK)));
        } catch (Failure unsaved) {
            return Optional.of("not run, since that it ran could not be recorded: " + unsaved.getMessage());
        }
        return hook(policy.afterDeploy().get(), deployment, served.file(), served.digest(), delivery.directory(served), "deployed");
    }

    private static Ledger serving(Ledger ledger, Served served, Policy policy) {
        return recorded(ledger.attempting(ledger.attempting().orElseThrow().at(Ledger.Step.SERVING)), served, policy);
    }

    /** With the mark of its source and slot raised to it, if it is the highest there; below the mark followed, with its pin: a crash must not undo a rollback. */
    static Ledger recorded(Ledger ledger, Served served, Policy policy) {
        String key = policy.markKey(served);
        Optional<Version> mine = policy.selection().order().parse(served.tag());
        Tag highest = mark(ledger, key, policy).filter(m -> mine.isEmpty() || m.compareTo(mine.get()) > 0).map(Version::tag).orElse(served.tag());
        return ledger.serves(served, key, highest, policy.keep()).pinned(pin(ledger, served, policy));
    }

    /** Only people lead to what is below the mark, to another source or to another slot. What is merely made again stays as it was. */
    private static Optional<Ledger.Pin> pin(Ledger ledger, Served served, Policy policy) {
        if (ledger.serving().filter(served::isSameAs).isPresent()) {
            return ledger.pin();
        }
        Optional<Version> followed = policy.selection().order().parse(served.tag()).filter(_ -> policy.markKey(served).equals(policy.markKey()));
        return mark(ledger, policy.markKey(), policy).filter(m -> followed.isEmpty() || followed.get().compareTo(m) < 0)
                .map(m -> new Ledger.Pin(served.tag(), m.tag(), policy.markKey()));
    }

    private static Optional<Version> mark(Ledger ledger, String key, Policy policy) {
        return Optional.ofNullable(ledger.marks().get(key)).flatMap(policy.selection().order()::parse);
    }

    private Set<String> recorded() {
        return Stream.concat(ledger.now().serving().stream(), ledger.now().before().stream()).map(Served::release).collect(Collectors.toSet());
    }

    /** Why it failed, if it did; the result is told in any case. */
    private Optional<String> hook(Hook hook, Deployment deployment, String file, Digest digest, Optional<Path> release, String outcome) {
        HookContext context = new HookContext(deployment.app(), deployment.to().text(), deployment.from().map(Tag::text), deployment.to().text(), Optional.of(digest), file, release, root, outcome);
        try {
            HookResult result = hooks.run(hook, context);
            observer.saw(new Event.HookEnded(deployment, time.now(), result));
            return result.problem();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("cut off by the end of the agent");
        }
    }

    /** What an earlier run of an agent left recorded as being under way, brought to its one end. */
    Outcome recover(Deployment deployment, Ledger.Attempting cutOff) {
        boolean switched = cutOff.served().map(delivery::entered).orElse(false);
        if (!switched) {
            delivery.drop(cutOff, recorded());
            return new Outcome.Interrupted("the agent ended before it was switched to");
        }
        Served served = cutOff.served().orElseThrow();
        if (cutOff.step() == Ledger.Step.SWITCHING) {
            ledger.write(serving(ledger.now(), served, policy));
        }
        Optional<String> hook = cutOff.step() == Ledger.Step.AFTER_HOOK ? Optional.of("cut off by the end of the agent") : afterHook(deployment, served);
        return new Outcome.Deployed(Optional.of("completed after the agent was restarted" + hook.map(why -> "; the after hook: " + why).orElse("")));
    }
}
