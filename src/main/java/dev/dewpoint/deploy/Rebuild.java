package dev.dewpoint.deploy;

import dev.dewpoint.host.Time;
import java.util.List;
import java.util.Optional;

/** A ledger that is gone or damaged, made again from what history and the host tell. */
record Rebuild(Policy policy, LedgerFile ledger, History history, Delivery delivery, Observer observer, Time time) {
    private static final int REBUILT_FROM = 5_000;

    void ifNeeded(Optional<String> damage) {
        damage.or(() -> missing(ledger.now())).ifPresent(this::rebuild);
    }

    /** Something has served, and the ledger knows of nothing: it is gone, or was put aside by a start that got no further. */
    private Optional<String> missing(Ledger found) {
        boolean served = found.equals(Ledger.empty()) && history.last(REBUILT_FROM).stream().anyMatch(record -> record.served().isPresent());
        return served ? Optional.of("the ledger is missing") : Optional.empty();
    }

    /** A ledger that can't be used: what serves is read from history and from where {@code current} points. */
    private void rebuild(String damage) {
        List<Served> served = history.last(REBUILT_FROM).stream().flatMap(record -> record.served().stream()).toList();
        Ledger rebuilt = ledger.now();
        for (Served one : served.reversed()) {
            rebuilt = Attempt.recorded(rebuilt, one, policy);
        }
        Optional<Served> current = delivery.found().flatMap(release -> served.stream().filter(s -> s.release().equals(release)).findFirst());
        if (current.isPresent()) {
            rebuilt = Attempt.recorded(rebuilt, current.get(), policy);
        }
        ledger.write(rebuilt);
        observer.saw(new Event.Remarked(policy.app(), time.now(), damage + "; what serves (" + current.map(Served::key).orElse("nothing") + ") was read from `current` and the history", Event.Weight.ALERT));
    }
}
