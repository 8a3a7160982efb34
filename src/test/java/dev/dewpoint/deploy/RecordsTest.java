package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ledger and history on disk: whole, or put aside and said so. */
class RecordsTest {
    private static final Instant NOW = Instant.parse("2026-01-15T10:30:45.123456789Z");

    @TempDir
    Path folder;

    @Test
    void aLedgerComesBackAsItWasWritten() {
        Ledger full = new Ledger(Optional.of(served("v1.1.0", "20260115T103045Z")), List.of(served("v1.0.0", "20260101T000000Z")),
                Optional.of(new Ledger.Attempting("id-1", Optional.of(tag("v1.1.0")), tag("v1.2.0"), NOW, Ledger.Step.SWITCHING, Optional.of(served("v1.2.0", "20260116T000000Z")))),
                Map.of("ghr://o/r#blue", tag("v1.1.0+blue")), Map.of("ghr://o/r v1.0.0--a.tgz", digest('3')), Optional.of(new Ledger.Retry("announced \"so\"", 4, NOW)),
                Map.of("announced", 2), Optional.of(new Ledger.Pin(tag("v1.1.0"), tag("v1.2.0"), "ghr://o/r#blue")), true, Map.of("missing", "v1.3.0"), Optional.of(new Ledger.Scale(5, 3)));
        open().write(full);
        assertThat(open().now()).isEqualTo(full);
    }

    @Test
    void anEqualLedgerIsNotWrittenAgain() throws IOException {
        LedgerFile ledger = open();
        ledger.write(Ledger.empty().paused(true));
        Path file = folder.resolve("ledger.json");
        Object before = Files.readAttributes(file, "unix:ino,ctime");
        ledger.write(ledger.now().paused(true));
        assertThat(Files.readAttributes(file, "unix:ino,ctime")).isEqualTo(before);
    }

    @Test
    void everyFlippedBitIsNoticed() throws IOException {
        LedgerFile ledger = open();
        ledger.write(Attempt.recorded(Ledger.empty(), served("v1.0.0", "20260115T103045Z"), policy()));
        Path file = folder.resolve("ledger.json");
        byte[] good = Files.readAllBytes(file);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            int at = random.nextInt(bad.length);
            bad[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bad);
            LedgerFile.Opened opened = LedgerFile.open(file);
            boolean harmless = opened.damage().isEmpty() && opened.file().now().equals(ledger.now());
            assertThat(harmless || opened.damage().isPresent() && opened.file().now().equals(Ledger.empty())).as("bit flipped at %s, seed %s", at, seed).isTrue();
        }
    }

    @Test
    void c07ToC14AnUnusableLedgerIsPutAsideNotDeleted() throws IOException {
        Map<String, byte[]> damages = Map.of("empty", new byte[0], "torn", "{\"schema\":1,\"curr".getBytes(StandardCharsets.UTF_8), "newer", "{\"schema\":99}".getBytes(StandardCharsets.UTF_8),
                "array", "[1]".getBytes(StandardCharsets.UTF_8), "deep", "[".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        Path file = folder.resolve("ledger.json");
        for (Map.Entry<String, byte[]> damage : damages.entrySet()) {
            Files.write(file, damage.getValue());
            LedgerFile.Opened opened = LedgerFile.open(file);
            assertThat(opened.damage()).as(damage.getKey()).isPresent();
            assertThat(file).doesNotExist();
        }
        Files.createDirectory(file);
        assertThat(LedgerFile.open(file).damage()).isPresent();
        Files.createSymbolicLink(file, folder.resolve("elsewhere"));
        assertThat(LedgerFile.open(file).damage()).isPresent();
        try (var files = Files.list(folder)) {
            assertThat(files.filter(f -> f.getFileName().toString().contains("damaged"))).hasSize(damages.size() + 2);
        }
    }

    @Test
    void theLedgerNamesWhatServesByTagAndFile() throws IOException {
        open().write(Attempt.recorded(Ledger.empty(), served("v1.0.0", "20260115T103045Z"), policy()));
        assertThat(Files.readString(folder.resolve("ledger.json"))).contains("\"current\" : \"v1.0.0--app.tgz\"").contains("\"digest\" : \"" + digest('1') + "\"");
    }

    @Test
    void historyIsNewestFirstAndKnowsItsIds() {
        History history = history();
        history.append(record("a", "v1.0.0"));
        history.append(record("b", "v1.1.0"));
        assertThat(history.last(10)).extracting(History.Record::id).containsExactly("b", "a");
        assertThat(history.contains("a")).isTrue();
        assertThat(history.contains("c")).isFalse();
        assertThat(history.last(1).getFirst()).isEqualTo(record("b", "v1.1.0"));
    }

    @Test
    void aTornLastLineIsCutOffAndTheRestStays() throws IOException {
        history().append(record("a", "v1.0.0"));
        Files.writeString(folder.resolve("history.jsonl"), "{\"id\":\"b\",\"out", StandardOpenOption.APPEND);
        History reopened = history();
        reopened.append(record("c", "v1.2.0"));
        assertThat(reopened.last(10)).extracting(History.Record::id).containsExactly("c", "a");
    }

    @Test
    void aLineThatIsNoRecordIsPassedOver() throws IOException {
        history().append(record("a", "v1.0.0"));
        Files.writeString(folder.resolve("history.jsonl"), "garbage\n{}\n[]\n", StandardOpenOption.APPEND);
        history().append(record("b", "v1.0.0"));
        assertThat(history().last(10)).extracting(History.Record::id).containsExactly("b", "a");
    }

    @Test
    void historyStaysBounded() throws IOException {
        Path file = folder.resolve("history.jsonl");
        Files.writeString(file, ("{\"id\":\"" + "x".repeat(2000) + "\"}\n").repeat(5000));
        history().append(record("last", "v1.0.0"));
        history();
        assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(5001);
        assertThat(history().last(1).getFirst().id()).isEqualTo("last");
    }

    @Test
    void aLineThatAFullDiskCutShortDoesNotSpoilTheNext() throws IOException {
        History history = history();
        history.append(record("a", "v1.0.0"));
        Files.writeString(folder.resolve("history.jsonl"), "{\"id\":\"b\",\"out", StandardOpenOption.APPEND);
        history.append(record("b", "v1.1.0"));
        assertThat(history.last(10)).extracting(History.Record::id).containsExactly("b", "a");
    }

    @Test
    void aDamagedByteCostsItsLineAlone() throws IOException {
        History history = history();
        history.append(record("a", "v1.0.0"));
        Files.write(folder.resolve("history.jsonl"), new byte[] {'{', (byte) 0xff, (byte) 0xc0, '\n'}, StandardOpenOption.APPEND);
        history.append(record("b", "v1.1.0"));
        assertThat(history().last(10)).extracting(History.Record::id).containsExactly("b", "a");
    }

    @Test
    void historyStaysBoundedWhileTheAgentRuns() throws IOException {
        Path file = folder.resolve("history.jsonl");
        History history = history();
        Files.writeString(file, ("{\"id\":\"" + "x".repeat(2000) + "\"}\n").repeat(5000));
        history.append(record("last", "v1.0.0"));
        assertThat(Files.size(file)).isLessThan(8 << 20);
        assertThat(history.last(1)).extracting(History.Record::id).containsExactly("last");
    }

    @Test
    void secretsDontReachTheHistory() throws IOException {
        History history = History.open(folder.resolve("history.jsonl"), text -> text.replace("hunter2", "***"));
        history.append(new History.Record("a", "app", "failed", Optional.empty(), tag("v1.0.0"), NOW, Duration.ZERO, Optional.of("the password is hunter2"), Optional.empty()));
        assertThat(Files.readString(folder.resolve("history.jsonl"))).doesNotContain("hunter2").contains("***");
    }

    private LedgerFile open() {
        LedgerFile.Opened opened = LedgerFile.open(folder.resolve("ledger.json"));
        assertThat(opened.damage()).isEmpty();
        return opened.file();
    }

    private History history() {
        return History.open(folder.resolve("history.jsonl"), UnaryOperator.identity());
    }

    private static History.Record record(String id, String tag) {
        return new History.Record(id, "app", "deployed", Optional.empty(), tag(tag), NOW, Duration.ofMillis(1234), Optional.of("why"), Optional.of(served(tag, "20260115T103045Z")));
    }

    private static Policy policy() {
        return new Policy("app", "assets", "ghr://o/r", new dev.dewpoint.release.Selection(dev.dewpoint.release.VersionOrder.semver(), false, Optional.empty(), Optional.empty()), Duration.ofSeconds(10),
                Duration.ofMinutes(30), 7, dev.dewpoint.hook.DeployHooks.none(), false, false);
    }

    private static Served served(String tag, String release) {
        return new Served(tag(tag), "app.tgz", digest('1'), release, "ghr://o/r", "announced", NOW);
    }

    private static Tag tag(String text) {
        return Tag.parse(text).orElseThrow();
    }

    private static Digest digest(char c) {
        return new Digest(Digest.Algorithm.SHA256, String.valueOf(c).repeat(64));
    }
}
