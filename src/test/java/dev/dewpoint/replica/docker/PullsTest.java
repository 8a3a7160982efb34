package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullsTest {
    private static final Instant NOW = Instant.parse("2026-01-15T10:30:45Z");
    private static final String SHOP = "registry.test/shop";

    @TempDir
    Path folder;

    private static Digest digest(int n) {
        return Digest.parse("sha256:" + String.format("%064x", n)).orElseThrow();
    }

    private static List<Digest> beyond(Pulls pulls, int keep, Set<Digest> spare) {
        return pulls.beyond(keep, spare).stream().map(Pulls.Pulled::digest).toList();
    }

    @Test
    @DisplayName("W40: images go in the order in which they served, and only those that we brought here; what was here before, or is needed, stays")
    void imagesGoInTheOrderInWhichTheyServed() {
        Pulls pulls = new Pulls(folder.resolve("images"));
        pulls.note(SHOP, digest(1), true, NOW);
        pulls.note(SHOP, digest(2), false, NOW.plusSeconds(1));
        pulls.note(SHOP, digest(3), true, NOW.plusSeconds(2));
        pulls.note(SHOP, digest(4), true, NOW.plusSeconds(3));
        assertThat(beyond(pulls, 1, Set.of())).containsExactly(digest(3), digest(1));
        assertThat(beyond(pulls, 1, Set.of(digest(3)))).containsExactly(digest(1));
        // rolled back to: it is the newest now, and still ours although it was here already
        pulls.note(SHOP, digest(1), false, NOW.plusSeconds(4));
        Pulls reread = new Pulls(folder.resolve("images"));
        assertThat(beyond(reread, 1, Set.of())).containsExactly(digest(4), digest(3));
        reread.forget(reread.beyond(1, Set.of()).getFirst());
        assertThat(beyond(reread, 0, Set.of())).containsExactly(digest(1), digest(3));
        assertThat(beyond(reread, 7, Set.of())).isEmpty();
    }
}
