package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.testing.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseDirectoryTest {
    private final ManualTime time = ManualTime.start();

    @TempDir
    Path root;

    @Test
    void aReleaseIsNamedByUtcAndACollisionGetsASuffix() {
        ReleaseDirectory releases = releases();
        assertThat(releases.stage(page("one"))).isEqualTo("20260115T103045Z");
        assertThat(releases.stage(page("two"))).isEqualTo("20260115T103045Z-2");
        assertThat(releases.stage(page("three"))).isEqualTo("20260115T103045Z-3");
    }

    @Test
    void aFailureWhileFillingLeavesNothing() throws IOException {
        ReleaseDirectory releases = releases();
        assertThatThrownBy(() -> releases.stage(into -> {
            page("half").accept(into);
            throw new Failure(Failure.Kind.CORRUPT, "unpack", "it is hostile");
        })).hasMessageContaining("hostile");
        assertThat(list(root.resolve("releases"))).isEmpty();
    }

    @Test
    void currentIsARelativeSymlinkReplacedInOneStep() throws IOException {
        ReleaseDirectory releases = releases();
        releases.point(releases.stage(page("one")));
        assertThat(Files.readSymbolicLink(root.resolve("current"))).isEqualTo(Path.of("releases/20260115T103045Z"));
        assertThat(releases.current()).isEqualTo(new ReleaseDirectory.Current.At("20260115T103045Z"));
    }

    @Test
    void aReaderNeverMissesCurrentOver500Switches() throws Exception {
        ReleaseDirectory releases = releases();
        String one = releases.stage(page("one"));
        String two = releases.stage(page("two"));
        releases.point(one);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger reads = new AtomicInteger();
        AtomicInteger misses = new AtomicInteger();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                try {
                    reads.incrementAndGet();
                    Files.readString(root.resolve("current/index.html"));
                } catch (IOException e) {
                    misses.incrementAndGet();
                }
            }
        });
        for (int i = 0; i < 500; i++) {
            releases.point(i % 2 == 0 ? two : one);
        }
        ended.set(true);
        reader.join();
        assertThat(reads.get()).isPositive();
        assertThat(misses.get()).isZero();
    }

    @Test
    void whatAHumanPutThereIsRefusedAndKept() throws IOException {
        Files.createDirectory(root.resolve("current"));
        Files.writeString(root.resolve("current/mine"), "precious");
        ReleaseDirectory releases = releases();
        String name = releases.stage(page("one"));
        assertThatThrownBy(() -> releases.point(name)).isInstanceOf(Failure.class).hasMessageContaining("move it away");
        assertThat(root.resolve("current/mine")).hasContent("precious");
    }

    @Test
    void aSymlinkThatLeadsAstrayIsTold() throws IOException {
        Files.createSymbolicLink(root.resolve("current"), Path.of("releases/nowhere"));
        assertThat(releases().current()).isInstanceOf(ReleaseDirectory.Current.Astray.class);
        Files.delete(root.resolve("current"));
        Files.createSymbolicLink(root.resolve("current"), Path.of("/etc"));
        assertThat(releases().current()).isInstanceOf(ReleaseDirectory.Current.Astray.class);
    }

    @Test
    void anAbsoluteSymlinkAsDewyMakesItIsUnderstood() throws IOException {
        ReleaseDirectory releases = releases();
        String name = releases.stage(page("one"));
        Files.createSymbolicLink(root.resolve("current"), root.resolve("releases").resolve(name).toAbsolutePath());
        assertThat(releases.current()).isEqualTo(new ReleaseDirectory.Current.At(name));
    }

    @Test
    void theOldestBeyondTheNumberGoButNeverWhatIsSparedOrCurrentOrNotOurs() throws IOException {
        ReleaseDirectory releases = releases();
        String first = releases.stage(page("1"));
        releases.point(first);
        for (int i = 2; i <= 12; i++) {
            time.advance(Duration.ofSeconds(1));
            releases.stage(page(String.valueOf(i)));
        }
        Files.createDirectories(root.resolve("releases/mine"));
        List<String> removed = releases.prune(7, Set.of("20260115T103047Z"));
        assertThat(removed).containsExactly("20260115T103049Z", "20260115T103048Z", "20260115T103046Z");
        assertThat(list(root.resolve("releases"))).hasSize(10).contains(first, "20260115T103047Z", "mine");
    }

    @Test
    void suffixesCountAsNumbersInTheOrder() {
        ReleaseDirectory releases = releases();
        for (int i = 0; i < 12; i++) {
            releases.stage(page(String.valueOf(i)));
        }
        assertThat(releases.prune(2, Set.of())).doesNotContain("20260115T103045Z-12", "20260115T103045Z-11").contains("20260115T103045Z-2", "20260115T103045Z");
    }

    @Test
    void whatAnInterruptedRunLeftIsSweptAndNothingElse() throws IOException {
        ReleaseDirectory releases = releases();
        String whole = releases.stage(page("one"));
        Files.createDirectories(root.resolve("releases/.20260115T103046Z.partial/deep"));
        Files.createDirectories(root.resolve("releases/.theirs"));
        Files.createSymbolicLink(root.resolve(".current.partial"), Path.of("releases/x"));
        releases.sweep();
        assertThat(list(root.resolve("releases"))).containsExactlyInAnyOrder(whole, ".theirs");
        assertThat(Files.isSymbolicLink(root.resolve(".current.partial"))).isFalse();
    }

    @Test
    void aReadOnlyDirectoryInsideARelaseDoesNotKeepItFromBeingRemoved() throws IOException {
        ReleaseDirectory releases = releases();
        String name = releases.stage(into -> {
            page("one").accept(into);
            into.toFile().setWritable(false);
        });
        releases.remove(name);
        assertThat(list(root.resolve("releases"))).isEmpty();
    }

    private ReleaseDirectory releases() {
        return new ReleaseDirectory(root, time);
    }

    private static Consumer<Path> page(String text) {
        return into -> {
            try {
                Files.writeString(into.resolve("index.html"), text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private static List<String> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
