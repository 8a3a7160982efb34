package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.Shipment;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Tag;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** Runs one attempt after the other and sees each to its one end: told, recorded, tidied up after. */
final class Attempts {
    private final Policy policy;
    private final LedgerFile ledger;
    private final History history;
    private final Attempt attempt;
    private final Registry registry;
    private final Delivery delivery;
    private final Cut cut;
    private final Observer observer;
    private final Time time;
    private final RandomGenerator random;
    private final String host;
    private final BooleanSupplier stopping;
    private final List<History.Record> unrecorded = new ArrayList<>();

    Attempts(Policy policy, LedgerFile ledger, History history, Attempt attempt, Registry registry, Delivery delivery, Cut cut, Observer observer, Time time, RandomGenerator random, String host, BooleanSupplier stopping) {
        this.policy = policy;
        this.ledger = ledger;
        this.history = history;
        this.attempt = attempt;
        this.registry = registry;
        this.delivery = delivery;
        this.cut = cut;
        this.observer = observer;
        this.time = time;
        this.random = random;
        this.host = host;
        this.stopping = stopping;
    }

    /** Throws only if the attempt could not even be recorded as begun. */
    Outcome run(Plan plan) {
        Instant started = time.now();
        long startedNanos = time.nanos();
        Deployment deployment = new Deployment(newId(started), policy.app(), policy.kind(), ledger.now().serving().map(Served::tag), plan.tag(), started, plan.page());
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
        cut.forbid();
        try {
            end(deployment, plan, outcome, time.since(startedNanos));
        } finally {
            cut.allow();
        }
        return outcome;
    }

    /** No attempt: what serves is the same afterwards, and so is what is recorded. */
    Request.Reply restart() {
        Optional<Served> serving = ledger.now().serving();
        if (serving.isEmpty()) {
            return new Request.Reply(false, "nothing serves yet");
        }
        Tag tag = serving.get().tag();
        try {
            delivery.tended().restart(serving.get(), new Delivery.Turning() {
                @Override
                public void mayBeCut() {
                    cut.allow();
                }

                @Override
                public void mustNotBeCut() {
                    if (cut.forbid()) {
                        throw new Failure(Failure.Kind.UNREACHABLE, "restart " + tag, "the agent is ending");
                    }
                }
            });
            return new Request.Reply(true, "restarted " + tag);
        } catch (Failure failure) {
            if (!stopping.getAsBoolean()) {
                observer.saw(new Event.Remarked(policy.app(), time.now(), tag + " was not restarted and runs on as it was: " + failure.why(), Event.Weight.ALERT));
            }
            return new Request.Reply(false, failure.getMessage());
        } finally {
            cut.allow();
        }
    }

    /** What earlier turns could not write, before anything new begins. */
    void catchUp() {
        ledger.save();
        while (!unrecorded.isEmpty()) {
            write(unrecorded.getFirst());
            unrecorded.removeFirst();
        }
    }

    /** Brings what a killed agent left to its end. Called once, before the first turn. */
    void recover() {
        Optional<Ledger.Attempting> cutOff = ledger.now().attempting();
        delivery.sweep(cutOff.isPresent() || ledger.now().retry().isPresent());
        if (cutOff.isEmpty()) {
            return;
        }
        Ledger.Attempting attempting = cutOff.get();
        if (history.contains(attempting.id())) {
            ledger.write(ledger.now().settled());
            return;
        }
        Deployment deployment = new Deployment(attempting.id(), policy.app(), policy.kind(), attempting.from(), attempting.to(), attempting.startedAt(), Optional.empty());
        try {
            if (cut.forbid()) {
                throw new Failure(Failure.Kind.UNREACHABLE, "bring the attempt of " + attempting.to() + " to its end", "the agent is ending");
            }
            Outcome outcome = attempt.recover(deployment, attempting);
            Duration took = Duration.between(attempting.startedAt(), time.now());
            tellAndRecord(deployment, outcome, took.isNegative() ? Duration.ZERO : took, 0);
        } finally {
            cut.allow();
        }
    }

    private Outcome judged(Plan plan, Outcome.Stage stage, Failure failure) {
        if (stopping.getAsBoolean() || Thread.interrupted()) {
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

    private void end(Deployment deployment, Plan plan, Outcome outcome, Duration took) {
        String announcement = plan.announcement();
        int failures = ledger.now().retry().filter(r -> r.announcement().equals(announcement)).map(Ledger.Retry::failures).orElse(0);
        boolean failed = outcome instanceof Outcome.Failed || outcome instanceof Outcome.Refused || outcome instanceof Outcome.Aborted;
        if (failed && plan instanceof Plan.Fresh) { // a rollback that fails says nothing of the newest release
            failures++;
            boolean struck = outcome instanceof Outcome.Refused || outcome instanceof Outcome.Failed why && why.kind() == Failure.Kind.CORRUPT;
            Ledger.Retry retry = new Ledger.Retry(announcement, failures, time.now().plus(Decision.backoff(failures, random.nextDouble())));
            orRemark("the ledger is not on disk yet", () -> ledger.write(ledger.now().failed(retry, struck ? Optional.of(announcement) : Optional.empty())));
        }
        tellAndRecord(deployment, outcome, took, failures);
        if (outcome instanceof Outcome.Deployed && policy.report()) {
            orRemark("the deployment could not be reported", () -> registry.report(new Shipment(deployment.to(), policy.kind(), host, time.now())));
        }
        orRemark("cleaning up did not work", () -> retire(deployment, outcome instanceof Outcome.Deployed ? Optional.empty() : resumable(plan)));
    }

    /** Told first: a crash in between tells it again under the same id, which the outbox knows. */
    private void tellAndRecord(Deployment deployment, Outcome outcome, Duration took, int failures) {
        observer.saw(new Event.AttemptEnded(deployment, time.now(), outcome, took, failures, delivery.tended().roster().map(Roster::ready).map(OptionalInt::of).orElse(OptionalInt.empty())));
        Optional<Served> served = outcome instanceof Outcome.Deployed ? ledger.now().serving() : Optional.empty();
        History.Record ended = new History.Record(deployment.id(), deployment.app(), outcome.word(), deployment.from(), deployment.to(), deployment.startedAt(), took, outcome.reason(), served);
        if (!orRemark("the end of the attempt is not on disk yet", () -> write(ended))) {
            unrecorded.add(ended);
        }
    }

    /** The record in history, and only then the end of the attempt in the ledger: a crash in between is told apart by the id. */
    private void write(History.Record ended) {
        if (!history.contains(ended.id())) {
            history.append(ended);
        }
        ledger.write(ledger.now().settled());
    }

    /** After every attempt, failed ones too: the room may be what the next one needs. */
    private void retire(Deployment deployment, Optional<Artifact> resumable) {
        List<String> removed = delivery.retire(ledger.now(), resumable);
        if (!removed.isEmpty()) {
            observer.saw(new Event.Cleaned(deployment, time.now(), removed, policy.keep()));
        }
    }

    /** What has arrived of an artifact may be continued by the next attempt. */
    private static Optional<Artifact> resumable(Plan plan) {
        return switch (plan) {
            case Plan.Fresh fresh -> Optional.of(fresh.release().artifact());
            case Plan.Again _ -> Optional.empty();
        };
    }

    /** For what must not fail an attempt. Whether it worked. */
    private boolean orRemark(String otherwise, Runnable step) {
        try {
            step.run();
            return true;
        } catch (Failure failure) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), otherwise + ": " + failure.getMessage(), Event.Weight.ALERT));
            return false;
        }
    }

    private String newId(Instant at) {
        return Long.toString(at.toEpochMilli(), 36) + "-" + Integer.toString(random.nextInt(36 * 36 * 36), 36);
    }
}
