package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One try to bring a release into service, as a straight line: record, fetch, before hook, stage, switch, record, after
 * hook. Up to the record a failure leaves everything as it was.
 */
final class Attempt {
    private final Policy policy;
    private final LedgerFile ledger;
    private final Delivery delivery;
    private final AttemptHooks hooks;
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

    Attempt(Policy policy, LedgerFile ledger, Delivery delivery, AttemptHooks hooks, Cut cut, Observer observer, Time time) {
        this.policy = policy;
        this.ledger = ledger;
        this.delivery = delivery;
        this.hooks = hooks;
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
        observer.saw(new Event.AttemptStarted(deployment, time.now(), delivery.tended().way()));
        List<String> notes = new ArrayList<>();
        try {
            Delivery.Staged staged = prepare(deployment, plan);
            enter(deployment, staged, notes);
            return serve(deployment, plan, staged.served(), notes);
        } catch (Ended ended) {
            return ended.outcome;
        }
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
        if (policy.hooks().before().isEmpty()) {
            return;
        }
        uncut();
        Optional<String> failure = hooks.before(deployment, file, digest);
        cut.allow();
        if (failure.isPresent() && policy.hooks().abortOnBefore()) {
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
    private void enter(Deployment deployment, Delivery.Staged staged, List<String> notes) {
        Served served = staged.served();
        try {
            uncut();
            in(Outcome.Stage.SWITCH, () -> {
                ledger.write(ledger.now().attempting(ledger.now().attempting().orElseThrow().switching(served)));
                return served;
            });
            putInPlace(deployment, served, notes);
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

    /** What failed is still there when the rolled-back hook runs: it may hold what undoes its own traces. */
    private void putInPlace(Deployment deployment, Served served, List<String> notes) {
        AtomicBoolean switched = new AtomicBoolean();
        try {
            in(Outcome.Stage.SWITCH, () -> {
                delivery.enter(deployment, served, turning, () -> {
                    switched.set(true);
                    switched(deployment, served, notes);
                });
                return served;
            });
        } catch (Stopped failed) {
            if (cut.forbid()) {
                Thread.currentThread().interrupt();
            } else if (switched.get()) {
                ledger.now().serving().filter(before -> !before.isSameAs(served) && !delivery.isLost(before))
                        .ifPresent(before -> hooks.rolledBack(deployment, served, delivery.directory(served), before.tag(), "failed"));
            }
            throw failed;
        }
    }

    private void switched(Deployment deployment, Served served, List<String> notes) {
        if (policy.hooks().afterAtSwitch()) {
            afterHook(deployment, served, Ledger.Step.HOOK_AT_SWITCH, "").ifPresent(notes::add);
        }
    }

    private Outcome serve(Deployment deployment, Plan plan, Served served, List<String> notes) {
        try {
            ledger.write(serving(ledger.now(), served, policy));
        } catch (Failure full) {
            notes.add("it serves, but the ledger is not on disk yet: " + full.getMessage());
        }
        afterHookIfDue(deployment, served).ifPresent(notes::add);
        if (plan instanceof Plan.Again again) {
            again.failed().ifPresent(failed -> hooks.rolledBack(deployment, failed, delivery.directory(failed), served.tag(), "refused"));
        }
        return new Outcome.Deployed(notes.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", notes)));
    }

    /** Unless it has had its turn before the start. */
    private Optional<String> afterHookIfDue(Deployment deployment, Served served) {
        boolean due = ledger.now().attempting().orElseThrow().step() == Ledger.Step.SERVING;
        return due ? afterHook(deployment, served, Ledger.Step.AFTER_HOOK, "deployed") : Optional.empty();
    }

    private Optional<String> afterHook(Deployment deployment, Served served, Ledger.Step step, String outcome) {
        if (policy.hooks().after().isEmpty()) {
            return Optional.empty();
        }
        try {
            ledger.write(ledger.now().attempting(ledger.now().attempting().orElseThrow().at(step)));
        } catch (Failure unsaved) {
            return Optional.of("the after hook was not run, since that it ran could not be recorded: " + unsaved.getMessage());
        }
        return hooks.after(deployment, served, delivery.directory(served), outcome).map(why -> "the after hook failed: " + why);
    }

    private static Ledger serving(Ledger ledger, Served served, Policy policy) {
        return recorded(ledger.attempting(ledger.attempting().orElseThrow().serving()), served, policy);
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

    /** What an earlier run of an agent left recorded as being under way, brought to its one end. */
    Outcome recover(Deployment deployment, Ledger.Attempting cutOff) {
        boolean switched = cutOff.served().map(served -> delivery.entered(served, cutOff.serves())).orElse(false);
        if (!switched) {
            delivery.drop(cutOff, recorded());
            return new Outcome.Interrupted("the agent ended before it was switched to");
        }
        Served served = cutOff.served().orElseThrow();
        if (!cutOff.serves()) {
            ledger.write(serving(ledger.now(), served, policy));
        }
        Optional<String> hook = cutOff.step() == Ledger.Step.AFTER_HOOK ? Optional.of("the after hook had begun, and is not run again") : afterHookIfDue(deployment, served);
        return new Outcome.Deployed(Optional.of("completed after the agent was restarted" + hook.map(why -> "; " + why).orElse("")));
    }
}
