package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.host.Child;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.ProcessCheck;
import dev.dewpoint.host.Signal;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String PREFIX = AppLogStage.PREFIX;

    @TempDir
    Path directory;

    private AppLogStage stage;

    @BeforeEach
    void set() {
        stage = new AppLogStage(directory);
    }

    @Test
    void everyLineSaysWhenWhoAndWhere() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        stage.print(output, "echo started; printf 'with break\\r\\n'; printf 'no break'; echo 'an error: grüß' >&2");

        log.look();
        assertThat(stage.lines()).containsExactly(PREFIX + "started", PREFIX + "with break", "2026-01-15T10:30:45.000Z shop-2 stderr: an error: grüß");
        output.ended();
        assertThat(stage.lines()).contains(PREFIX + "no break").hasSize(4);
        log.close();
    }

    @Test
    void jsonIsOneObjectALine() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.JSON);
        Output output = log.begin("shop-2");
        stage.print(output, "printf 'say \"hi\"\\t\\\\ \\033[1m grüß \\377\\n'");
        output.ended();
        assertThat(stage.lines()).containsExactly("{\"time\":\"2026-01-15T10:30:45.000Z\",\"replica\":\"shop-2\",\"stream\":\"stdout\",\"line\":\"say \\\"hi\\\"\\t\\\\ \\u001b[1m grüß \uFFFD\"}");
        log.close();
    }

    @Test
    void aLongLineIsSplitBetweenCharacters() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        String text = "a" + "ü".repeat(20_000);
        stage.append(text + "\n" + "x".repeat(16 << 10) + "\nend\n");
        log.look();
        List<String> printed = stage.printed();
        assertThat(printed).hasSize(5).allSatisfy(line -> assertThat(line.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(16 << 10));
        assertThat(String.join("", printed.subList(0, 3))).isEqualTo(text);
        assertThat(printed.subList(3, 5)).containsExactly("x".repeat(16 << 10), "end");
        log.close();
    }

    @Test
    void aLineIsTakenDownOnceItIsWholeWhateverThePiecesItComesIn() {
        Seeds.each(20, random -> {
            try {
                Path place = Files.createTempDirectory(directory, "pieces");
                AppLogStage pieces = new AppLogStage(place);
                AppLogFollower log = pieces.prepared(Log.Format.TEXT);
                Output output = log.begin("shop-2");
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 40; i++) {
                    String piece = "z".repeat(random.nextInt(50)) + (random.nextBoolean() ? "\n" : "") + "y".repeat(random.nextInt(5));
                    pieces.append(piece);
                    all.append(piece);
                    if (random.nextInt(3) == 0) {
                        log.look();
                    }
                }
                output.ended();
                assertThat(pieces.printed()).containsExactlyElementsOf(all.toString().lines().toList());
                log.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theTailIsWhatWasPrintedLast() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        assertThat(output.tail(10)).isEmpty();
        stage.print(output, "seq 1 5000; printf 'Error: no database' >&2");
        assertThat(output.tail(3)).isEqualTo("4999\n5000\nError: no database");
        output.ended();
        assertThat(output.tail(3)).isEqualTo("4999\n5000\nError: no database");
        assertThat(output.tail(10_000).getBytes(StandardCharsets.UTF_8).length).isBetween(8000, 8 << 10);
        log.close();
    }

    @Test
    void theTailIsTheLastOfAllHoweverMuchWaits() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        for (int i = 0; i < 40; i++) {
            stage.append(("x".repeat(999) + "\n").repeat(1000));
        }
        stage.append("the end\nhalf");
        assertThat(output.tail(2)).isEqualTo("the end\nhalf");
        log.close();
    }

    @Test
    void rawFilesGoWithTheirProcess() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output one = log.begin("shop-1");
        Output two = log.begin("shop-2");
        assertThat(stage.raw()).hasSize(4);
        one.ended();
        assertThat(stage.raw()).hasSize(2);
        two.ended();
        assertThat(stage.raw()).isEmpty();
        two.ended();
        log.close();
        two.ended();
    }

    @Test
    void filesRotateByNameAndTheOldestGoes() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        String line = "x".repeat(1000) + "\n";
        long printed = 0;
        for (int i = 0; i < 70; i++) {
            stage.append(line.repeat(1000));
            printed += 1000;
            AppLogStage.takeAllDown(log);
        }
        List<Path> files = Stream.concat(Stream.of("shop.log"), IntStream.rangeClosed(1, 4).mapToObj(i -> "shop.log." + i)).map(directory::resolve).toList();
        assertThat(files).allSatisfy(file -> assertThat(Files.size(file)).isLessThanOrEqualTo(10L << 20));
        assertThat(files.subList(1, 5)).allSatisfy(file -> assertThat(Files.size(file)).isGreaterThan(9L << 20));
        assertThat(directory.resolve("shop.log.5")).doesNotExist();
        assertThat(printed).isEqualTo(70_000);
        log.close();
    }

    @Test
    void whatWasReadGivesItsDiskBack() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        for (int i = 0; i < 8; i++) {
            stage.append(("x".repeat(999) + "\n").repeat(4000));
            AppLogStage.takeAllDown(log);
        }
        Path file = stage.stdout();
        assertThat(Files.size(file)).isEqualTo(32_000_000);
        assertThat(blocks(file) * 512).isLessThan(256 << 10);
        stage.append("after the hole\n");
        log.look();
        assertThat(stage.lines().getLast()).isEqualTo(PREFIX + "after the hole");
        log.close();
    }

    @Test
    void aVeryLongFileIsCutOnceTheAppIsQuiet() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        try (var out = Files.newByteChannel(stage.stdout(), StandardOpenOption.WRITE)) {
            // as if a gibibyte had been printed; all but its end is left out
            out.position((1L << 30) - 1).write(java.nio.ByteBuffer.wrap(new byte[] {'\n'}));
        }
        stage.append("before\n");
        AppLogStage.takeAllDown(log);
        assertThat(Files.size(stage.stdout())).isGreaterThan(1L << 30);
        for (int i = 0; i < 4; i++) {
            log.look();
        }
        assertThat(Files.size(stage.stdout())).isZero();
        stage.append("after\n");
        log.look();
        assertThat(stage.lines().subList(stage.lines().size() - 2, stage.lines().size())).containsExactly(PREFIX + "before", PREFIX + "after");
        assertThat(output.tail(1)).isEqualTo("after");
        log.close();
    }

    @Test
    void aFileThatSomebodyCutsIsReadFromItsBeginning() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        stage.append("one long line before\n");
        log.look();
        try (var out = Files.newByteChannel(stage.stdout(), StandardOpenOption.WRITE)) {
            out.truncate(0);
        }
        stage.append("short\n");
        log.look();
        assertThat(stage.lines()).containsExactly(PREFIX + "one long line before", PREFIX + "short");
        log.close();
    }

    @Test
    void aBacklogThatNobodyCouldReadIsLeftOutAndCounted() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        for (int i = 0; i < 100; i++) {
            stage.append(("x".repeat(999) + "\n").repeat(1000));
        }
        stage.append("last\n");
        output.ended();
        long kept = 0;
        List<String> notes = new ArrayList<>();
        for (Path file : stage.logs()) {
            for (String line : Files.readAllLines(file)) {
                if (line.contains("[Dewpoint: ")) {
                    notes.add(line);
                } else {
                    kept += line.length() - PREFIX.length() + 1;
                }
            }
        }
        assertThat(notes).hasSize(1);
        long missing = Long.parseLong(notes.getFirst().replaceAll(".*Dewpoint: (\\d+) bytes.*", "$1"));
        assertThat(missing + kept).isEqualTo(100_000_005);
        assertThat(stage.lines().getLast()).isEqualTo(PREFIX + "last");
        log.close();
    }

    @Test
    void withoutRoomLinesGoMissingAndAreCounted() throws Exception {
        // nothing can be put into it: the log's next file has the name of a directory that isn't empty
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        stage.append(("x".repeat(999) + "\n").repeat(9_900));
        log.look();
        Path blocker = directory.resolve(".shop.log.partial");
        Files.createDirectories(blocker.resolve("full"));
        stage.append(("y".repeat(999) + "\n").repeat(1000));
        AppLogStage.takeAllDown(log);
        assertThat(Files.size(directory.resolve("shop.log"))).isLessThanOrEqualTo(10L << 20);
        assertThat(output.tail(1)).isEqualTo("y".repeat(999));
        Files.delete(blocker.resolve("full"));
        stage.append(("z".repeat(999) + "\n").repeat(1000));
        log.look();
        assertThat(stage.lines().getLast()).isEqualTo(PREFIX + "z".repeat(999));
        assertThat(directory.resolve("shop.log.1")).exists();
        assertThat(stage.lines().stream().filter(line -> line.matches(".*\\[Dewpoint: \\d+ bytes are missing here.*"))).hasSize(1);
        log.close();
    }

    @Test
    void withoutAPlaceForItsOutputAnAppStillRuns() throws Exception {
        AppLogFollower log = stage.prepared(Log.Format.TEXT);
        // what would be its file is there already
        Files.createFile(directory.resolve("raw/shop/1.shop-2.stdout"));
        Output output = log.begin("shop-2");
        stage.print(output, "seq 1 100");
        assertThat(output.tail(5)).startsWith("[Dewpoint: its output could not be kept").contains("File exists");
        output.ended();
        Output next = log.begin("shop-2");
        stage.print(next, "echo kept");
        next.ended();
        assertThat(stage.lines()).containsExactly(PREFIX + "kept");
        log.close();
    }

    @Test
    void anAppThatPrintsWithoutEndIsNeitherHeldUpNorFillsTheDisk() throws Exception {
        try (AppLog log = AppLog.open(directory, "shop", Log.Format.TEXT, Time.system())) {
            Output output = log.begin("shop-2");
            // half a gigabyte as fast as it goes, and its own clock says how long that took
            String text = "import time\nb = (b'x' * 99 + b'\\n') * 10000\nt = time.time()\nimport sys\nfor i in range(500):\n  sys.stdout.buffer.write(b)\nsys.stdout.flush()\nsys.stderr.write('%.3f' % (time.time() - t))\n";
            Child child = stage.start(output, "/usr/bin/env", "python3", "-c", text);
            AppLogStage.end(child);
            output.ended();
            assertThat(stage.raw()).isEmpty();
            assertThat(stage.logs().stream().mapToLong(file -> file.toFile().length()).sum()).isBetween(10L << 20, 50L << 20);
        }
    }

    @Test
    void whatIsPrintedAppearsByItself() throws Exception {
        try (AppLog log = AppLog.open(directory, "shop", Log.Format.TEXT, Time.system())) {
            Output output = log.begin("shop-2");
            Child child = stage.start(output, "/bin/sh", "-c", "echo here; exec sleep 600");
            ProcessCheck.await(() -> stage.lines().size() == 1);
            child.signalGroup(Signal.KILL);
            assertThat(child.awaitEnd(PATIENCE)).isTrue();
            child.reap();
        }
    }

    @Test
    void whatIsPassedOnIsAsItWasPrintedAndItsEndIsKnown() throws Exception {
        stage.prepared(Log.Format.TEXT).close();
        Files.writeString(directory.resolve("shop.log"), "from another time\n");
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        ByteArrayOutputStream stderr = new ByteArrayOutputStream();
        try (AppLogFollower log = AppLogFollower.prepare(directory, "shop", new ManualTime(), _ -> AppLogPassedOn.to(stdout, stderr))) {
            Output output = log.begin("shop-2");
            stage.print(output, "echo '{\"a\": 1}'; echo two; echo three >&2; printf last");
            assertThat(output.tail(2)).isEqualTo("three\nlast");
            output.ended();
            assertThat(stage.raw()).isEmpty();
        }
        assertThat(stdout).hasToString("{\"a\": 1}\ntwo\nlast\n");
        assertThat(stderr).hasToString("three\n");
        stage.prepared(Log.Format.TEXT).close();
        assertThat(stage.lines()).as("the file of another time").containsExactly("from another time");
    }

    @Test
    void whoeverDoesNotReadOurOutputHoldsUpNobody() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        OutputStream stuck = new OutputStream() {
            @Override
            public void write(int oneByte) throws IOException {
                try {
                    reads.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        };
        try (AppLogFollower log = AppLogFollower.prepare(directory, "shop", new ManualTime(), _ -> AppLogPassedOn.to(stuck, stuck))) {
            Output output = log.begin("shop-1");
            for (int i = 0; i < 30; i++) {
                stage.append("x".repeat(1 << 20) + "\n");
                log.look();
            }
            assertThat(log.look()).as("is worth another look at once").isFalse();
            assertThat(output.tail(1)).isNotEmpty();
            Output other = log.begin("shop-2");
            other.ended();
            output.ended();
            assertThat(stage.raw()).isEmpty();
        } finally {
            reads.countDown();
        }
    }

    @Test
    void aNameThatIsAPathIsRefused() {
        assertThatThrownBy(() -> AppLog.open(directory, "../shop", Log.Format.TEXT, Time.system())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> stage.prepared(Log.Format.TEXT).begin("a/b")).isInstanceOf(IllegalArgumentException.class);
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        long blocks = Long.parseLong(stat.inputReader().readLine());
        assertThat(stat.waitFor()).isZero();
        return blocks;
    }
}
