package dev.dewpoint.deploy;

import java.time.Instant;
import java.util.Optional;

/** What an app's loop shows of itself: replaced as a whole, read by anybody. */
public record Status(String app, String kind, String source, Ledger ledger, String doing, Optional<Instant> nextPoll, Optional<History.Record> last) {
    static Status of(Policy policy, Ledger ledger, String doing, Optional<Instant> nextPoll, Optional<History.Record> last) {
        return new Status(policy.app(), policy.kind(), policy.source(), ledger, doing, nextPoll, last);
    }

    /** One word for tables and JSON. */
    public String state() {
        if (ledger.paused()) {
            return "paused";
        }
        if (ledger.attempting().isPresent()) {
            return "deploying";
        }
        if (ledger.pin().isPresent()) {
            return "pinned";
        }
        return ledger.serving().isPresent() ? "serving" : "waiting";
    }
}
