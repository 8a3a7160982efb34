package dev.dewpoint.deploy;

import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.release.Selection;
import dev.dewpoint.release.Version;
import java.time.Duration;
import java.util.Optional;

/** What the operator decided about one app. {@code source} names the registry without its options. */
public record Policy(String app, String kind, String source, Selection selection, Duration interval, Duration grace, int keep,
        DeployHooks hooks, boolean report, boolean followMovedTags) {

    /** Marks are kept by source and slot: neither another registry nor another slot is compared with this one. */
    String markKey() {
        return source + selection.slot().map(slot -> "#" + slot).orElse("");
    }

    /** The mark that a release counts for: after a rollback it may be of another source or slot than the one followed. */
    String markKey(Served served) {
        Optional<String> slot = selection.slot().flatMap(_ -> selection.order().parse(served.tag())).flatMap(Version::slot);
        return served.source() + slot.map(name -> "#" + name).orElse("");
    }
}
