package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Sees that what is recorded as serving does serve. Belongs to the loop's thread. */
final class Upkeep {
    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(2);
    private static final int MOST_DOUBLINGS = 4;

    private final Policy policy;
    private final LedgerFile ledger;
    private final Delivery delivery;
    private final Function<Plan, Outcome> attempt;
    private final BooleanSupplier stopping;
    private final Observer observer;
    private final Time time;
    private final RandomGenerator random;
    private int healFailures;
    private int tendFailures;
    private OptionalLong healDue = OptionalLong.empty();

    Upkeep(Policy policy, LedgerFile ledger, Delivery delivery, Function<Plan, Outcome> attempt, BooleanSupplier stopping, Observer observer, Time time, RandomGenerator random) {
        this.policy = policy;
        this.ledger = ledger;
        this.delivery = delivery;
        this.attempt = attempt;
        this.stopping = stopping;
        this.observer = observer;
        this.time = time;
        this.random = random;
    }

    /** What could not be put in place a moment ago, and serves all the same, is left alone for a while. */
    boolean isInPlace() {
        return healDue.isPresent() && time.nanos() - healDue.getAsLong() < 0 || ledger.now().serving().map(delivery::isInPlace).orElse(true);
    }

    /** Whether what is recorded serves, if need be by bringing back what is still here. */
    boolean putRight() {
        Optional<Served> serving = ledger.now().serving();
        return serving.isEmpty() || isInPlace() || delivery.putRight(serving.get());
    }

    /** Makes it again. Answers what there is to say; nothing if another look is due at once. */
    Optional<String> heal(Served served) {
        if (putRight()) {
            return Optional.empty();
        }
        remark(delivery.lack(served));
        Outcome outcome = attempt.apply(new Plan.Again(served));
        if (outcome instanceof Outcome.Deployed || outcome instanceof Outcome.Interrupted) {
            healFailures = 0;
            healDue = OptionalLong.empty();
            return Optional.of("");
        }
        if (delivery.isLost(served)) {
            ledger.write(ledger.now().lost());
            return Optional.empty();
        }
        healFailures++;
        healDue = OptionalLong.of(time.nanos() + Decision.backoff(healFailures + 1, random.nextDouble()).toNanos());
        return Optional.of("it serves as it was; " + outcome.reason().orElse(""));
    }

    /** Looks after what serves. Answers after how long that is due again. */
    Duration tend() {
        try {
            Duration due = delivery.tended().tend();
            tendFailures = 0;
            delivery.tended().looping().ifPresent(this::giveWay);
            return due;
        } catch (Failure failure) {
            if (stopping.getAsBoolean()) {
                return AFTER_TROUBLE;
            }
            remark("what serves can't be looked after: " + failure.getMessage());
            return AFTER_TROUBLE.multipliedBy(1L << Math.min(tendFailures++, MOST_DOUBLINGS));
        }
    }

    /** Back to what served before; what loops is refused. With nothing to go back to it is only kept up. */
    private void giveWay(String why) {
        Optional<Served> before = ledger.now().before().stream().findFirst();
        Optional<Served> looping = ledger.now().serving();
        if (before.isEmpty() || looping.isEmpty()) {
            return;
        }
        remark(looping.get().tag() + " gives way to " + before.get().tag() + ": " + why);
        Outcome outcome = attempt.apply(new Plan.Again(before.get(), looping));
        if (outcome instanceof Outcome.Deployed) {
            ledger.write(ledger.now().refusing(looping.get().announcement()));
        }
    }

    private void remark(String what) {
        observer.saw(new Event.Remarked(policy.app(), time.now(), what, Event.Weight.ALERT));
    }
}
