package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpawnSocketsTest {
    private static final Map<String, String> PATH_ONLY = Map.of("PATH", "/usr/local/bin:/usr/bin:/bin");
    private static final Limits SMALL = new Limits(OptionalLong.of(256L << 20), OptionalInt.of(100), OptionalInt.of(7));

    @TempDir
    Path directory;

    private final List<Listener> sockets = new ArrayList<>();

    @AfterEach
    void close() {
        sockets.forEach(Listener::close);
    }

    @Test
    void childHasItsSocketsAfterItsOutputsAndNothingElse() throws Exception {
        List<String> inodes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            inodes.add(Files.readSymbolicLink(Path.of("/proc/self/fd/" + bind().number())).toString());
        }

        Printed printed = run(PATH_ONLY, Limits.none(), "/bin/ls", "-l", "/proc/self/fd");

        Map<Integer, String> open = printed.stdout().lines().filter(line -> line.contains(" -> ")).map(line -> line.substring(line.lastIndexOf(' ', line.indexOf(" -> ") - 1) + 1).split(" -> "))
                .collect(Collectors.toMap(pair -> Integer.parseInt(pair[0]), pair -> pair[1]));
        // ls itself holds one more, on the directory it lists
        assertThat(open.keySet()).containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(0, 15).boxed().toList());
        assertThat(open.get(0)).isEqualTo("/dev/null");
        assertThat(IntStream.range(3, 15).mapToObj(open::get).toList()).isEqualTo(inodes);
    }

    @Test
    void listenPidIsTheProgramsOwn() throws Exception {
        bind();
        String[] pids = run(Map.of("PATH", "/bin", "LISTEN_PID", "1"), Limits.none(), "/bin/sh", "-c", "echo $$ $LISTEN_PID").stdout().strip().split(" ");
        assertThat(pids[1]).isEqualTo(pids[0]);
    }

    @Test
    void pidOfTheChildIsTheProgramsAndLeadsItsGroup() throws Exception {
        bind();
        try (Descriptor out = Descriptor.appendingTo(directory.resolve("out"))) {
            Child child = Posix.start(new Launch(List.of("/bin/sleep", "600"), PATH_ONLY, directory, out, out, sockets, SMALL));
            ProcessCheck.await(() -> read("/proc/" + child.pid() + "/comm").equals("sleep\n"));
            String[] stat = read("/proc/" + child.pid() + "/stat").split(" ");
            assertThat(stat[4]).isEqualTo(Integer.toString(child.pid()));
            child.signalGroup(Signal.KILL);
            assertThat(child.awaitEnd(java.time.Duration.ofSeconds(10))).isTrue();
            child.reap();
        }
    }

    @Test
    void signalsAreTheDefaultOnes() throws Exception {
        bind();
        String status = run(PATH_ONLY, Limits.none(), "/bin/grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status").stdout();
        Map<String, String> sets = status.lines().map(line -> line.split(":\\s+")).collect(Collectors.toMap(field -> field[0], field -> field[1]));
        assertThat(sets.get("SigBlk")).isEqualTo("0000000000000000");
        // 32 and 33 are glibc's own
        assertThat(Long.parseLong(sets.get("SigIgn"), 16) & 0x7fffffffL).isZero();
    }

    @Test
    void environmentArrivesByteByByteWhateverItsNames() throws Exception {
        Map<String, String> given = new HashMap<>(PATH_ONLY);
        given.putAll(Map.of("spring.profile", "a=b", "-x", "dash first", "BASH_FUNC_f%%", "() { echo no; }", "1ST", "digit first", "PWD", "/elsewhere"));
        given.putAll(Map.of("IFS", "a,b", "OPTIND", "77", "_", "underscore", "SHLVL", "3", "MULTI", "line 1\nline 2\n", "QUOTES", "'\"`$(touch x)\\", "EMPTY", "", "GRÜSSE", "grüß dich 🌱", "PS4", "+"));

        assertThat(environment(given, Limits.none())).containsExactlyInAnyOrderElementsOf(entries(given));
        bind();
        List<String> beside = environment(given, SMALL);
        assertThat(beside).anyMatch(entry -> entry.matches("LISTEN_PID=\\d+"));
        assertThat(beside.stream().filter(entry -> !entry.startsWith("LISTEN_PID=")).toList()).containsExactlyInAnyOrderElementsOf(entries(given));
    }

    @Test
    void limitsAloneAddNothingToTheEnvironment() throws Exception {
        assertThat(environment(PATH_ONLY, SMALL)).containsExactlyInAnyOrderElementsOf(entries(PATH_ONLY));
    }

    @Test
    void wordsAreNeverReadByTheShell() throws Exception {
        bind();
        String[] words = {"$(touch x)", "a b", "", "'", "\"", "line\nbreak", "*", "-n", "\\", "`id`", "A=B"};
        List<String> command = new ArrayList<>(List.of("/usr/bin/printf", "%s\\0"));
        command.addAll(Arrays.asList(words));
        assertThat(run(Map.of("a.b", "through env"), SMALL, command.toArray(String[]::new)).stdout()).isEqualTo(String.join("\0", words) + "\0");
        assertThat(directory.resolve("x")).doesNotExist();
    }

    @Test
    void memoryLimitIsFelt() throws Exception {
        String text = "x = bytearray(%d)\nprint('had it')";
        assertThat(run(PATH_ONLY, SMALL, "/usr/bin/env", "python3", "-c", text.formatted(64 << 20)).stdout()).isEqualTo("had it\n");
        Printed refused = run(PATH_ONLY, SMALL, "/usr/bin/env", "python3", "-c", text.formatted(300 << 20));
        assertThat(refused.stdout()).isEmpty();
        assertThat(refused.stderr()).contains("MemoryError");
    }

    @Test
    void limitsAreThereBeforeTheProgramRuns() throws Exception {
        Printed printed = run(PATH_ONLY, SMALL, "/bin/sh", "-c", "ulimit -v; ulimit -Hv; ulimit -n; ulimit -Hn; nice; readlink /proc/self/fd/0");
        int nice = Integer.parseInt(run(PATH_ONLY, Limits.none(), "/usr/bin/nice").stdout().strip());
        assertThat(nice).isNotEqualTo(7);
        assertThat(printed.stdout()).isEqualTo("262144\n262144\n100\n100\n7\n/dev/null\n");
    }

    @Test
    void aLimitThatTheHostRefusesStartsNothing() {
        Limits refused = new Limits(OptionalLong.empty(), OptionalInt.of(Integer.MAX_VALUE), OptionalInt.empty());
        assertThatThrownBy(() -> run(PATH_ONLY, refused, "/bin/touch", "ran")).isInstanceOf(IOException.class).hasMessage("a limit of 2147483647 open files: Operation not permitted");
        assertThat(directory.resolve("ran")).doesNotExist();
        assertThat(ProcessHandle.current().children().filter(child -> child.info().command().orElse("").contains("sh"))).isEmpty();
        assertThatThrownBy(() -> new Limits(OptionalLong.of(0), OptionalInt.empty(), OptionalInt.empty())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Limits(OptionalLong.empty(), OptionalInt.empty(), OptionalInt.of(20))).isInstanceOf(IllegalArgumentException.class).hasMessage("no program can have a nice value of 20");
    }

    @Test
    void whatCannotBeStartedSaysWhy() throws Exception {
        bind();
        Files.writeString(directory.resolve("text"), "no program");
        assertThatThrownBy(() -> run(PATH_ONLY, Limits.none(), "/no/such/program")).isInstanceOf(IOException.class).hasMessage("/no/such/program: No such file or directory");
        assertThatThrownBy(() -> run(PATH_ONLY, Limits.none(), directory.resolve("text").toString())).isInstanceOf(IOException.class).hasMessageEndingWith("/text: Permission denied");
        assertThatThrownBy(() -> run(PATH_ONLY, Limits.none(), "sleep")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("absolute path");
        Path odd = Files.copy(Path.of("/bin/true"), directory.resolve("a=b"));
        assertThatThrownBy(() -> run(Map.of("a.b", "c"), Limits.none(), odd.toString())).isInstanceOf(IOException.class).hasMessageContaining("a.b");
    }

    @Test
    void startingAndEndingLeavesNoDescriptorOpen() throws Exception {
        bind();
        run(PATH_ONLY, SMALL, "/bin/true");
        long before = descriptors();
        for (int i = 0; i < 20; i++) {
            run(PATH_ONLY, SMALL, "/bin/true");
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private Listener bind() throws IOException {
        Listener listener = Listener.bind(Optional.empty(), 0);
        sockets.add(listener);
        return listener;
    }

    private Printed run(Map<String, String> environment, Limits limits, String... command) throws Exception {
        return Printed.of(List.of(command), environment, directory, sockets, limits);
    }

    private List<String> environment(Map<String, String> given, Limits limits) throws Exception {
        return List.of(run(given, limits, "/usr/bin/env", "-0").stdout().split("\0"));
    }

    private static List<String> entries(Map<String, String> environment) {
        return environment.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    }

    private static long descriptors() throws IOException {
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.count();
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
