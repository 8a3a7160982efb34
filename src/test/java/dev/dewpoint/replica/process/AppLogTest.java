package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.host.Child;
import dev.dewpoint.host.Descriptor;
import dev.dewpoint.host.ExitStatus;
import dev.dewpoint.host.Launch;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Posix;
import dev.dewpoint.host.ProcessCheck;
import dev.dewpoint.host.Signal;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String PREFIX = "2026-01-15T10:30:45.000Z shop-2 stdout: ";

    @TempDir
    Path directory;

    /** An agent that follows until somebody kills it, which the test does at any moment. */
    public static final class Agent {
        private Agent() {}

        public static void main(String[] arguments) throws Exception {
            AppLog log = AppLog.open(Path.of(arguments[0]), "shop", Log.Format.TEXT, Time.system());
            Output output = log.begin("shop-2");
            Posix.start(new Launch(List.of("/bin/sh", "-c", arguments[1]), Map.of("PATH", "/usr/bin:/bin"), Path.of(arguments[0]), output.stdout(), output.stderr()));
            System.in.read();
        }
    }

    @Test
    void everyLineSaysWhenWhoAndWhere() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        print(output, "echo started; printf 'with break\\r\\n'; printf 'no break'; echo 'an error: grüß' >&2");

        log.look();
        assertThat(lines()).containsExactly(PREFIX + "started", PREFIX + "with break", "2026-01-15T10:30:45.000Z shop-2 stderr: an error: grüß");
        output.ended();
        assertThat(lines()).contains(PREFIX + "no break").hasSize(4);
        log.close();
    }

    @Test
    void jsonIsOneObjectALine() throws Exception {
        AppLogFollower log = prepared(Log.Format.JSON);
        Output output = log.begin("shop-2");
        print(output, "printf 'say \"hi\"\\t\\\\ \\033[1m grüß \\377\\n'");
        output.ended();
        assertThat(lines()).containsExactly("{\"time\":\"2026-01-15T10:30:45.000Z\",\"replica\":\"shop-2\",\"stream\":\"stdout\",\"line\":\"say \\\"hi\\\"\\t\\\\ \\u001b[1m grüß \uFFFD\"}");
        log.close();
    }

    @Test
    void aLongLineIsSplitBetweenCharacters() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        String text = "a" + "ü".repeat(20_000);
        append(output, "stdout", text + "\n" + "x".repeat(16 << 10) + "\nend\n");
        log.look();
        List<String> printed = lines().stream().map(line -> line.substring(PREFIX.length())).toList();
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
                AppLogFollower log = AppLogFollower.prepare(place, "shop", Log.Format.TEXT, new ManualTime());
                Output output = log.begin("shop-2");
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 40; i++) {
                    String piece = "z".repeat(random.nextInt(50)) + (random.nextBoolean() ? "\n" : "") + "y".repeat(random.nextInt(5));
                    append(place, output, "stdout", piece);
                    all.append(piece);
                    if (random.nextInt(3) == 0) {
                        log.look();
                    }
                }
                output.ended();
                assertThat(lines(place).stream().map(line -> line.substring(PREFIX.length()))).containsExactlyElementsOf(all.toString().lines().toList());
                log.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theTailIsWhatWasPrintedLast() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        assertThat(output.tail(10)).isEmpty();
        print(output, "seq 1 5000; printf 'Error: no database' >&2");
        assertThat(output.tail(3)).isEqualTo("4999\n5000\nError: no database");
        output.ended();
        assertThat(output.tail(3)).isEqualTo("4999\n5000\nError: no database");
        assertThat(output.tail(10_000).getBytes(StandardCharsets.UTF_8).length).isBetween(8000, 8 << 10);
        log.close();
    }

    @Test
    void theTailIsTheLastOfAllHoweverMuchWaits() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        for (int i = 0; i < 40; i++) {
            append(output, "stdout", ("x".repeat(999) + "\n").repeat(1000));
        }
        append(output, "stdout", "the end\nhalf");
        assertThat(output.tail(2)).isEqualTo("the end\nhalf");
        log.close();
    }

    @Test
    void rawFilesGoWithTheirProcess() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output one = log.begin("shop-1");
        Output two = log.begin("shop-2");
        assertThat(raw()).hasSize(4);
        one.ended();
        assertThat(raw()).hasSize(2);
        two.ended();
        assertThat(raw()).isEmpty();
        two.ended();
        log.close();
        two.ended();
    }

    @Test
    void filesRotateByNameAndTheOldestGoes() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        String line = "x".repeat(1000) + "\n";
        long printed = 0;
        for (int i = 0; i < 70; i++) {
            append(output, "stdout", line.repeat(1000));
            printed += 1000;
            while (log.look()) {
                // until all is taken down
            }
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
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        for (int i = 0; i < 8; i++) {
            append(output, "stdout", ("x".repeat(999) + "\n").repeat(4000));
            while (log.look()) {
                // until all is taken down
            }
        }
        Path file = raw().stream().filter(one -> one.toString().endsWith("stdout")).findFirst().orElseThrow();
        assertThat(Files.size(file)).isEqualTo(32_000_000);
        assertThat(blocks(file) * 512).isLessThan(256 << 10);
        append(output, "stdout", "after the hole\n");
        log.look();
        assertThat(lines().getLast()).isEqualTo(PREFIX + "after the hole");
        log.close();
    }

    @Test
    void aFileThatSomebodyCutsIsReadFromItsBeginning() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        append(output, "stdout", "one long line before\n");
        log.look();
        try (var out = Files.newByteChannel(raw().stream().filter(one -> one.toString().endsWith("stdout")).findFirst().orElseThrow(), StandardOpenOption.WRITE)) {
            out.truncate(0);
        }
        append(output, "stdout", "short\n");
        log.look();
        assertThat(lines()).containsExactly(PREFIX + "one long line before", PREFIX + "short");
        log.close();
    }

    @Test
    void aBacklogThatNobodyCouldReadIsLeftOutAndCounted() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        for (int i = 0; i < 100; i++) {
            append(output, "stdout", ("x".repeat(999) + "\n").repeat(1000));
        }
        append(output, "stdout", "last\n");
        output.ended();
        long kept = 0;
        List<String> notes = new ArrayList<>();
        for (Path file : logs()) {
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
        assertThat(lines().getLast()).isEqualTo(PREFIX + "last");
        log.close();
    }

    @Test
    void withoutRoomLinesGoMissingAndAreCounted() throws Exception {
        // nothing can be put into it: the log's next file has the name of a directory that isn't empty
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        append(output, "stdout", ("x".repeat(999) + "\n").repeat(9_900));
        log.look();
        Path blocker = directory.resolve(".shop.log.partial");
        Files.createDirectories(blocker.resolve("full"));
        append(output, "stdout", ("y".repeat(999) + "\n").repeat(1000));
        while (log.look()) {
            // until all is taken down
        }
        assertThat(Files.size(directory.resolve("shop.log"))).isLessThanOrEqualTo(10L << 20);
        assertThat(output.tail(1)).isEqualTo("y".repeat(999));
        Files.delete(blocker.resolve("full"));
        append(output, "stdout", ("z".repeat(999) + "\n").repeat(1000));
        log.look();
        assertThat(lines().getLast()).isEqualTo(PREFIX + "z".repeat(999));
        assertThat(directory.resolve("shop.log.1")).exists();
        assertThat(lines().stream().filter(line -> line.matches(".*\\[Dewpoint: \\d+ bytes are missing here.*"))).hasSize(1);
        log.close();
    }

    @Test
    void withoutAPlaceForItsOutputAnAppStillRuns() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        // what would be its file is there already
        Files.createFile(directory.resolve("raw/shop/1.shop-2.stdout"));
        Output output = log.begin("shop-2");
        print(output, "seq 1 100");
        assertThat(output.tail(5)).startsWith("[Dewpoint: its output could not be kept").contains("File exists");
        output.ended();
        Output next = log.begin("shop-2");
        print(next, "echo kept");
        next.ended();
        assertThat(lines()).containsExactly(PREFIX + "kept");
        log.close();
    }

    @Test
    void theNextAgentGoesOnWhereThisOneStopped() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        append(output, "stdout", "one\ntwo\nhal");
        log.look();
        log.close();
        append(output, "stdout", "f\nafter\nunfinished");

        AppLogFollower next = prepared(Log.Format.TEXT);
        assertThat(lines().stream().map(line -> line.substring(PREFIX.length()))).containsExactly("one", "two", "half", "after", "unfinished");
        assertThat(raw()).isEmpty();
        Output fresh = next.begin("shop-2");
        append(fresh, "stdout", "new\n");
        next.look();
        next.close();
        prepared(Log.Format.TEXT).close();
        assertThat(lines().stream().map(line -> line.substring(PREFIX.length()))).containsExactly("one", "two", "half", "after", "unfinished", "new");
    }

    @Test
    void anAgentThatDoesNotKnowThePositionBeginsBehindTheHole() throws Exception {
        AppLogFollower log = prepared(Log.Format.TEXT);
        Output output = log.begin("shop-2");
        append(output, "stdout", ("x".repeat(999) + "\n").repeat(1000));
        log.look();
        log.close();
        append(output, "stdout", "after\n");
        Files.writeString(directory.resolve("raw/shop/positions"), "12 log\n34 torn");

        prepared(Log.Format.TEXT).close();

        assertThat(lines()).hasSizeBetween(1001, 1001 + 66).allSatisfy(line -> assertThat(line).doesNotContain("\0"));
        assertThat(lines().getLast()).isEqualTo(PREFIX + "after");
    }

    @Test
    void aKilledAgentLosesAndDoublesNoLine() throws Exception {
        for (int round = 0; round < 3; round++) {
            Path place = Files.createDirectory(directory.resolve("round" + round));
            String text = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo line-$i; done; : > " + place.resolve("done");
            Process agent = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), Agent.class.getName(), place.toString(), text)
                    .redirectErrorStream(true).start();
            int wanted = 100_000 + round * 300_000;
            ProcessCheck.await(() -> place.resolve("shop.log").toFile().length() > wanted);
            agent.destroyForcibly();
            assertThat(agent.waitFor()).isEqualTo(137);
            // the app goes on
            ProcessCheck.await(() -> Files.exists(place.resolve("done")));

            AppLogFollower.prepare(place, "shop", Log.Format.TEXT, new ManualTime()).close();

            List<String> seen = lines(place).stream().map(line -> line.substring(line.indexOf(": ") + 2)).toList();
            assertThat(seen).isEqualTo(IntStream.rangeClosed(1, 60_000).mapToObj(i -> "line-" + i).toList());
        }
    }

    @Test
    void anAppThatPrintsWithoutEndIsNeitherHeldUpNorFillsTheDisk() throws Exception {
        try (AppLog log = AppLog.open(directory, "shop", Log.Format.TEXT, Time.system())) {
            Output output = log.begin("shop-2");
            // half a gigabyte as fast as it goes, and its own clock says how long that took
            String text = "import time\nb = (b'x' * 99 + b'\\n') * 10000\nt = time.time()\nimport sys\nfor i in range(500):\n  sys.stdout.buffer.write(b)\nsys.stdout.flush()\nsys.stderr.write('%.3f' % (time.time() - t))\n";
            Child child = Posix.start(new Launch(List.of("/usr/bin/env", "python3", "-c", text), Map.of("PATH", "/usr/local/bin:/usr/bin:/bin"), directory, output.stdout(), output.stderr()));
            assertThat(child.awaitEnd(PATIENCE)).isTrue();
            assertThat(child.reap()).isEqualTo(new ExitStatus.Exited(0));
            output.ended();
            assertThat(raw()).isEmpty();
            assertThat(logs().stream().mapToLong(file -> file.toFile().length()).sum()).isBetween(10L << 20, 50L << 20);
        }
    }

    @Test
    void whatIsPrintedAppearsByItself() throws Exception {
        try (AppLog log = AppLog.open(directory, "shop", Log.Format.TEXT, Time.system())) {
            Output output = log.begin("shop-2");
            Child child = Posix.start(new Launch(List.of("/bin/sh", "-c", "echo here; exec sleep 600"), Map.of("PATH", "/bin"), directory, output.stdout(), output.stderr()));
            ProcessCheck.await(() -> lines().size() == 1);
            child.signalGroup(Signal.KILL);
            assertThat(child.awaitEnd(PATIENCE)).isTrue();
            child.reap();
        }
    }

    @Test
    void inheritedOutputsAreOurOwn() throws Exception {
        AppLog log = AppLog.inherited();
        Output output = log.begin("shop-2");
        Path said = directory.resolve("said");
        Child child = Posix.start(new Launch(List.of("/bin/sh", "-c", "readlink /proc/$$/fd/1 /proc/$$/fd/2 > " + said), Map.of("PATH", "/usr/bin:/bin"), directory, output.stdout(), output.stderr()));
        assertThat(child.awaitEnd(PATIENCE)).isTrue();
        child.reap();
        // the first is the redirection of readlink's shell; the program's second is ours
        assertThat(Files.readAllLines(said).getLast()).isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString());
        assertThat(output.tail(10)).isEmpty();
        output.ended();
        log.close();
        log.close();
        try (Descriptor again = Descriptor.ofOurStderr()) {
            assertThat(again).as("ours stays open").isNotNull();
        }
    }

    @Test
    void aNameThatIsAPathIsRefused() {
        assertThatThrownBy(() -> AppLog.open(directory, "../shop", Log.Format.TEXT, Time.system())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> prepared(Log.Format.TEXT).begin("a/b")).isInstanceOf(IllegalArgumentException.class);
    }

    private AppLogFollower prepared(Log.Format format) throws IOException {
        return AppLogFollower.prepare(directory, "shop", format, new ManualTime());
    }

    private void print(Output output, String text) throws Exception {
        Child child = Posix.start(new Launch(List.of("/bin/sh", "-c", text), Map.of("PATH", "/usr/bin:/bin"), directory, output.stdout(), output.stderr()));
        assertThat(child.awaitEnd(PATIENCE)).isTrue();
        assertThat(child.reap()).isEqualTo(new ExitStatus.Exited(0));
    }

    private void append(Output output, String stream, String text) throws IOException {
        append(directory, output, stream, text);
    }

    /** As the process does it, at the file's end. */
    private static void append(Path place, Output output, String stream, String text) throws IOException {
        assertThat(output).isNotNull();
        Files.writeString(raw(place).stream().filter(file -> file.toString().endsWith(stream)).findFirst().orElseThrow(), text, StandardOpenOption.APPEND);
    }

    private List<String> lines() {
        return lines(directory);
    }

    private static List<String> lines(Path place) {
        try {
            return Files.readAllLines(place.resolve("shop.log"));
        } catch (IOException e) {
            return List.of();
        }
    }

    private List<Path> logs() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("shop.log")).toList();
        }
    }

    private List<Path> raw() throws IOException {
        return raw(directory);
    }

    private static List<Path> raw(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place.resolve("raw/shop"))) {
            return files.filter(file -> !file.endsWith("positions")).toList();
        }
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        long blocks = Long.parseLong(stat.inputReader().readLine());
        assertThat(stat.waitFor()).isZero();
        return blocks;
    }
}
