package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.contract.RegistryContract;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryRegistryTest extends RegistryContract {
    private static final Platform LINUX = new Platform("linux", "amd64");
    private static final Instant NOW = Instant.parse("2026-01-15T10:30:45Z");
    private static final Instant LONG_AGO = NOW.minusSeconds(3600);

    @TempDir
    private Path temp;

    private final ManualTime time = new ManualTime(NOW);
    private Path directory;
    private DirectoryRegistry registry;
    private int writes;

    @BeforeEach
    void begin() throws IOException {
        directory = Files.createDirectory(temp.resolve("app"));
        registry = with(Optional.empty());
    }

    @Test
    void w5aFileOfTheSameSizeAndTimeIsStillAnotherFile() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        String before = found("v1.0.0").artifact().announcement();
        Path other = Files.writeString(temp.resolve("other"), "two");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file("v1.0.0", ARTIFACT)));
        Files.move(other, file("v1.0.0", ARTIFACT), StandardCopyOption.REPLACE_EXISTING);
        assertThat(found("v1.0.0").artifact().announcement()).isNotEqualTo(before);
    }

    @Test
    void namesThatAreNoTagsAndFilesAreLeftOut() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        for (String name : List.of(".hidden", "-v", "--help", "v1.0.0;touch x", "`id`", "$(id)", "v1.0.0 && x", "%n", "${jndi:x}", "'\"", "v1\n2", "v1.0.0 ", "\uD83D\uDE00", "latest!")) {
            Files.createDirectory(directory.resolve(name));
        }
        Files.writeString(directory.resolve("v2.0.0"), "a file, no version");
        Files.createSymbolicLink(directory.resolve("v3.0.0"), Path.of("nowhere"));
        Files.createSymbolicLink(directory.resolve("v4.0.0"), Path.of("v4.0.0"));
        assertThat(tags()).containsExactly("v1.0.0");
    }

    @Test
    void aLinkToADirectoryIsAVersion() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        Files.createSymbolicLink(directory.resolve("v2.0.0"), Path.of("v1.0.0"));
        assertThat(tags()).containsExactly("v1.0.0", "v2.0.0");
        assertThat(archive("v2.0.0").location()).isEqualTo(directory.resolve("v2.0.0").resolve(ARTIFACT).toUri());
    }

    @Test
    void theOrderIsThatOfTheNames() {
        for (String tag : List.of("v1.10.0", "v1.9.0", "v1.0.0")) {
            publish(tag, Map.of(ARTIFACT, "x"));
        }
        assertThat(tags()).containsExactly("v1.0.0", "v1.10.0", "v1.9.0");
    }

    @Test
    void onlyRegularFilesThatAreNotHiddenCount() throws IOException {
        publish("v1.0.0", Map.of("README.md", "x"));
        Path place = directory.resolve("v1.0.0");
        Files.createDirectory(place.resolve("app_linux_amd64.zip"));
        Files.writeString(place.resolve("." + ARTIFACT), "hidden");
        Files.createSymbolicLink(place.resolve(ARTIFACT), Path.of("README.md"));
        assertThat(notYet("v1.0.0").why()).isEqualTo("there is no artifact for linux/amd64; there are README.md");
    }

    @Test
    void anArtifactYoungerThanTwoSecondsIsNotThereYet() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        Files.setLastModifiedTime(file("v1.0.0", ARTIFACT), FileTime.from(NOW.minusMillis(500)));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofMillis(1500));
        time.advance(Duration.ofMillis(1500));
        assertThat(archive("v1.0.0").size()).hasValue(3);
    }

    @Test
    void aFileFromAClockAheadOfOursIsTakenOnceItHasStoodStill() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        Files.setLastModifiedTime(file("v1.0.0", ARTIFACT), FileTime.from(NOW.plusSeconds(86400)));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofSeconds(2));
        time.advance(Duration.ofSeconds(1));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofSeconds(1));
        Files.writeString(file("v1.0.0", ARTIFACT), "more");
        Files.setLastModifiedTime(file("v1.0.0", ARTIFACT), FileTime.from(NOW.plusSeconds(86401)));
        time.advance(Duration.ofSeconds(1));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofSeconds(2));
        time.advance(Duration.ofSeconds(2));
        assertThat(archive("v1.0.0").size()).hasValue(4);
    }

    @Test
    void aWallClockThatWasSetBackDelaysAReleaseByTwoSecondsOnly() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        time.step(Duration.ofDays(-3650));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofSeconds(2));
        time.advance(Duration.ofSeconds(2));
        assertThat(found("v1.0.0").artifact().fileName()).isEqualTo(ARTIFACT);
    }

    @Test
    void anEmptyFileIsNotThereYetAndMissingWhenItStaysEmpty() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, ""));
        Files.setLastModifiedTime(file("v1.0.0", ARTIFACT), FileTime.from(NOW.minusSeconds(5)));
        assertThat(notYet("v1.0.0").settlesIn()).isPresent();
        time.advance(Duration.ofMinutes(2));
        assertThat(notYet("v1.0.0").settlesIn()).isEmpty();
        assertThat(notYet("v1.0.0").why()).isEqualTo(ARTIFACT + " is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {".tmp", ".part", ".partial", ".PART", "~"})
    void aPartialFileIsWaitedForAndNeverTaken(String ending) throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT + ending, "half", "app.tar.gz", "for every platform"));
        Files.setLastModifiedTime(file("v1.0.0", ARTIFACT + ending), FileTime.from(NOW.minusSeconds(10)));
        assertThat(notYet("v1.0.0").settlesIn()).isPresent();
        assertThat(notYet("v1.0.0").why()).contains(ARTIFACT + ending);
        time.advance(Duration.ofMinutes(2));
        assertThat(notYet("v1.0.0").settlesIn()).isEmpty();
        Files.move(file("v1.0.0", ARTIFACT + ending), file("v1.0.0", ARTIFACT));
        assertThat(found("v1.0.0").artifact().fileName()).isEqualTo(ARTIFACT);
    }

    @Test
    void aWholeFileWinsOverAPartialOneOfItsName() {
        publish("v1.0.0", Map.of(ARTIFACT, "whole", ARTIFACT + ".part", "half"));
        assertThat(archive("v1.0.0").size()).hasValue(5);
    }

    @Test
    void checksumsBesideTheArtifactAreNamedOnceTheyAreWritten() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one", ARTIFACT + ".sha256", "abc", "SHA256SUMS", "abc", "notes.txt", "no"));
        assertThat(archive("v1.0.0").checksums()).extracting(Artifact.Checksums::fileName).containsExactly("SHA256SUMS", ARTIFACT + ".sha256");
        Files.setLastModifiedTime(file("v1.0.0", "SHA256SUMS"), FileTime.from(NOW));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofSeconds(2));
    }

    @Test
    void thePatternOfTheOperatorDecides() {
        publish("v1.0.0", Map.of(ARTIFACT, "one", "other.tar.gz", "two"));
        registry = with(Optional.of(new ArtifactPattern("oth*")));
        assertThat(found("v1.0.0").artifact().fileName()).isEqualTo("other.tar.gz");
        registry = with(Optional.of(new ArtifactPattern("nothing*")));
        assertThat(notYet("v1.0.0").why()).startsWith("there is no file called nothing*; there are ");
    }

    @Test
    void aReportIsOneFileBesideTheArtifact() throws IOException {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        registry.report(new Shipment(new Tag("v1.0.0"), "assets", "web/1 \u001b[31m", Instant.parse("2026-01-15T10:30:45.000000789Z")));
        Path note = file("v1.0.0", "shipped_to_web-1---31m_assets_at_20260115T103045.000000789Z.txt");
        assertThat(note).content().isEqualTo("v1.0.0 was shipped to web-1---31m by dewpoint assets at 2026-01-15T10:30:45.000000789Z\n");
        registry = with(Optional.of(new ArtifactPattern("*")));
        assertThat(found("v1.0.0").artifact().fileName()).isEqualTo(ARTIFACT);
    }

    @Test
    void aReportOfAReleaseThatIsGoneFails() {
        assertThatThrownBy(() -> registry.report(new Shipment(new Tag("v1.0.0"), "assets", "h", NOW))).isInstanceOfSatisfying(Failure.class,
                failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.MISSING));
    }

    @Test
    void aDirectoryThatIsMissingOrNoneIsAFailure() throws IOException {
        Files.delete(directory);
        assertThatThrownBy(() -> registry.tags()).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.MISSING))
                .hasMessage("Tried to list the releases in " + directory + ", but " + directory + " does not exist");
        Files.writeString(directory, "a file");
        assertThatThrownBy(() -> registry.tags()).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.MISSING)).hasMessageContaining("is no directory");
    }

    @Test
    void aThousandVersionsAreListed() throws IOException {
        for (int i = 0; i < 1000; i++) {
            Files.createDirectory(directory.resolve("v1." + i + ".0"));
        }
        assertThat(registry.tags()).hasSize(1000).doesNotHaveDuplicates();
    }

    private DirectoryRegistry with(Optional<ArtifactPattern> pattern) {
        return new DirectoryRegistry(directory, LINUX, pattern, time);
    }

    private Path file(String tag, String name) {
        return directory.resolve(tag).resolve(name);
    }

    @Override
    protected Registry registry() {
        return registry;
    }

    @Override
    protected void publish(String tag, Map<String, String> files) {
        try {
            Files.createDirectory(directory.resolve(tag));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.forEach((name, content) -> put(tag, name, content));
    }

    @Override
    protected void put(String tag, String name, String content) {
        try {
            Files.writeString(file(tag, name), content);
            Files.setLastModifiedTime(file(tag, name), FileTime.from(LONG_AGO.plusMillis(++writes)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void withdraw(String tag) {
        try {
            Files.walkFileTree(directory.resolve(tag), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path place, IOException e) throws IOException {
                    Files.delete(place);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void damage() {
        rename(directory, temp.resolve("elsewhere"));
    }

    @Override
    protected void mend() {
        rename(temp.resolve("elsewhere"), directory);
    }

    /** Reading a directory costs no request. */
    @Override
    protected long cost() {
        return Files.exists(directory, LinkOption.NOFOLLOW_LINKS) ? 0 : 1;
    }

    private static void rename(Path from, Path to) {
        try {
            Files.move(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
