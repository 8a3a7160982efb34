package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import java.util.Optional;

/** How many replicas there are to be: as configured, or as an operator asked for since. From any thread; asked for on the loop's. */
final class Wanted {
    private final int configured;
    private final LedgerFile ledger;

    Wanted(int configured, LedgerFile ledger) {
        this.configured = configured;
        this.ledger = ledger;
    }

    int replicas() {
        return ledger.now().scale().filter(this::holds).map(Ledger.Scale::replicas).orElse(configured);
    }

    /** Whoever changes the flag means it. */
    private boolean holds(Ledger.Scale wish) {
        return wish.configured() == configured;
    }

    /** Nothing is wanted that can't be recorded: the next agent would undo it. */
    void ask(int replicas) {
        Ledger before = ledger.now();
        try {
            ledger.write(before.scaled(replicas == configured ? Optional.empty() : Optional.of(new Ledger.Scale(replicas, configured))));
        } catch (Failure unrecordable) {
            ledger.revert(before);
            throw unrecordable;
        }
    }

    /** What was asked for before, and whether it goes on to hold; if not, it is forgotten. */
    Optional<Settled> settle() {
        Optional<Ledger.Scale> wish = ledger.now().scale();
        if (wish.filter(this::holds).isEmpty()) {
            try {
                ledger.write(ledger.now().scaled(Optional.empty()));
            } catch (Failure unsaved) {
                // it doesn't hold all the same, and is written down with whatever comes next
            }
        }
        return wish.map(asked -> new Settled(asked.replicas(), asked.configured(), configured));
    }

    /** Asked for at a time when {@code then} were configured; {@code now} are. */
    record Settled(int asked, int then, int now) {
        boolean holds() {
            return then == now;
        }
    }
}
