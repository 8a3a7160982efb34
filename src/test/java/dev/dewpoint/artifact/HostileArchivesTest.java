package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.dewpoint.host.Durable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every class of hostile archive in every format where it applies; prints class, format, expected and got. */
final class HostileArchivesTest {
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static List<HostileCase> cases() {
        Stream<HostileCase> archives = Stream.of(NameCases.all(), LinkCases.all(), KindCases.all(), FormatCases.all(), BombCases.all(), DamageCases.all()).flatMap(List::stream);
        return Stream.concat(archives, Stream.of(new EndlessBodyCase())).toList();
    }

    @Test
    void everyClassOfHostileArchiveEndsAsItShouldAndTouchesNothingElse(@TempDir(factory = MemoryDirectory.class) Path temp) throws Exception {
        List<String> table = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        Set<String> ids = new TreeSet<>();
        Path room = Files.createDirectory(temp.resolve("room"));
        for (HostileCase hostile : cases()) {
            String got = assertTimeout(LONGEST, () -> hostile.got(room), () -> hostile.id() + " " + hostile.format());
            Durable.deleteTree(room.resolve(HostileCase.TARGET));
            String line = String.format(Locale.ROOT, "%-4s %-34s %-18s %s", hostile.id(), hostile.format(), hostile.expected(), got);
            table.add(line);
            ids.add(hostile.id());
            if (!got.equals(hostile.expected())) {
                wrong.add(line);
            }
        }
        print(table);
        assertThat(wrong).isEmpty();
        assertThat(ids).isEqualTo(everyId());
    }

    private static Set<String> everyId() {
        Set<String> ids = new TreeSet<>();
        IntStream.rangeClosed(1, 40).forEach(i -> ids.add(String.format(Locale.ROOT, "A%02d", i)));
        IntStream.rangeClosed(1, 12).forEach(i -> ids.add(String.format(Locale.ROOT, "B%02d", i)));
        IntStream.rangeClosed(1, 6).forEach(i -> ids.add(String.format(Locale.ROOT, "C%02d", i)));
        return ids;
    }

    /** The table is the point of the test, so it goes where people see it. */
    private static void print(List<String> table) {
        System.out.println(String.format(Locale.ROOT, "%-4s %-34s %-18s %s", "id", "format", "expected", "got"));
        table.stream().distinct().forEach(System.out::println);
    }
}
