package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AppLogReaderTest {
    @TempDir
    Path directory;

    @Test
    void theLastLinesAreThoseOfAllFiles() throws Exception {
        Files.writeString(directory.resolve("shop.log.2"), "one\n");
        Files.writeString(directory.resolve("shop.log.1"), "two\nthree\n");
        Files.writeString(directory.resolve("shop.log"), "four\nfive\nnot whole yet");
        assertThat(last(3, OptionalInt.empty())).containsExactly("three", "four", "five");
        assertThat(last(100, OptionalInt.empty())).containsExactly("one", "two", "three", "four", "five");
        assertThat(last(0, OptionalInt.empty())).isEmpty();
    }

    @Test
    void aReplicaIsFoundInBothFormats() throws Exception {
        for (Log.Format format : Log.Format.values()) {
            try (AppLogFollower log = new AppLogStage(directory).prepared(format)) {
                for (String replica : List.of("shop-1768473045-1", "shop-1768473045-2", "shop-1768473045-2.2", "shop-1768473045-12")) {
                    Output output = log.begin(replica);
                    new AppLogStage(directory).print(output, "echo " + format + " of " + replica + ", not shop-1-2");
                    output.ended();
                }
            }
        }
        assertThat(last(100, OptionalInt.of(2))).hasSize(4).allMatch(line -> line.matches(".* of shop-1768473045-2(\\.2)?,.*"));
    }

    @Test
    void whoFollowsSeesEveryLineOnceThroughRotations() throws Exception {
        Path log = Files.writeString(directory.resolve("shop.log"), "0\n1\n");
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Thread reading = Thread.ofPlatform().daemon().start(() -> {
            try {
                AppLogReader reader = AppLogReader.of(directory, "shop", OptionalInt.empty());
                reader.last(1, seen::add);
                reader.follow(line -> seen.add(line) && !line.equals("end"), Time.system());
            } catch (Exception e) {
                seen.add(e.toString());
            }
        });
        assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("1");
        try (AppLogFile file = AppLogFile.open(log, Log.Format.TEXT, Long.MAX_VALUE)) {
            String filling = "x".repeat(1 << 20) + "\n";
            int lines = 25;
            for (int i = 0; i < lines; i++) {
                byte[] bytes = (i + filling).getBytes(StandardCharsets.ISO_8859_1);
                file.makeRoom(bytes.length);
                file.keep("stdout", bytes);
                assertThat(seen.poll(20, TimeUnit.SECONDS)).startsWith(i + "x").hasSize(bytes.length - 1);
            }
            assertThat(directory.resolve("shop.log.2")).exists();
            file.keep("stdout", "half".getBytes(StandardCharsets.ISO_8859_1));
            file.keep("stdout", " and half\nend\nmore\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("half and half");
        assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("end");
        reading.join();
        assertThat(seen).isEmpty();
    }

    @Test
    void whatIsPassedOnIsNotHere() throws Exception {
        assertThat(AppLogReader.apps(directory.resolve("none"))).isEmpty();
        assertThat(AppLogReader.passedOn(directory)).isEmpty();
        new AppLogStage(directory).prepared(Log.Format.TEXT).close();
        assertThat(AppLogReader.apps(directory)).containsExactly("shop");
        assertThat(AppLogReader.passedOn(directory)).isEmpty();
        try (AppLogFollower log = AppLogFollower.prepare(directory, "shop", new ManualTime(), _ -> AppLogPassedOn.to(new ByteArrayOutputStream(), new ByteArrayOutputStream()))) {
            assertThat(log.look()).isFalse();
            assertThat(AppLogReader.passedOn(directory)).containsExactly("shop");
        }
    }

    @Test
    void whoFollowsFromNowOnSeesNothingOfBefore() throws Exception {
        Path log = Files.writeString(directory.resolve("shop.log"), "before\n");
        AppLogReader reader = AppLogReader.of(directory, "shop", OptionalInt.empty());
        List<String> seen = new ArrayList<>();
        reader.last(0, seen::add);
        Files.writeString(log, "before\nafter\n");
        reader.follow(line -> {
            seen.add(line);
            return false;
        }, new ManualTime());
        assertThat(seen).containsExactly("after");
    }

    private List<String> last(int number, OptionalInt replica) throws Exception {
        List<String> lines = new ArrayList<>();
        AppLogReader.of(directory, "shop", replica).last(number, lines::add);
        return lines;
    }
}
