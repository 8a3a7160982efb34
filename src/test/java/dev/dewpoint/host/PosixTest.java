package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/bin:/bin", "GREETING", "grüß dich 🌱");

    @TempDir
    Path directory;

    @Test
    void childHasTheGivenDirectoryEnvironmentAndOutputs() throws Exception {
        Printed printed = run("pwd; echo \"$GREETING\"; echo to stderr >&2");

        assertThat(printed.status()).isEqualTo(new ExitStatus.Exited(0));
        assertThat(printed.stdout()).isEqualTo(directory.toRealPath() + "\ngrüß dich 🌱\n");
        assertThat(printed.stderr()).isEqualTo("to stderr\n");
    }

    @Test
    void childLeadsItsOwnGroupWithUnmaskedDefaultSignalsAndAnEmptyStdin() throws Exception {
        // by exec: a shell blocks signals of its own for moments
        Printed printed = run("cat; exec grep -E '^(Tgid|NSpgid|SigBlk|SigIgn):' /proc/self/status");

        Map<String, String> status = printed.stdout().lines().map(line -> line.split(":\\s+")).collect(Collectors.toMap(field -> field[0], field -> field[1]));
        assertThat(status.get("NSpgid")).isEqualTo(status.get("Tgid"));
        assertThat(status.get("SigBlk")).isEqualTo("0000000000000000");
        // 32 and 33 are glibc's own; it leaves them ignored in every child
        assertThat(Long.parseLong(status.get("SigIgn"), 16) & 0x7fffffffL).isZero();
    }

    @Test
    void childInheritsNoOtherDescriptor() throws Exception {
        try (Pipe ours = Posix.pipe(); var file = Files.newByteChannel(Files.createFile(directory.resolve("open")))) {
            assertThat(ours.readEnd().number()).isPositive();
            assertThat(file.isOpen()).isTrue();
            // ls itself holds a fourth, on the directory it lists
            assertThat(run("exec ls /proc/self/fd").stdout().split("\n")).containsExactly("0", "1", "2", "3");
        }
    }

    @Test
    void outputsMayBeSwappedOrShared() throws Exception {
        try (Pipe pipe = Posix.pipe()) {
            Child child = Posix.start(new Launch(List.of("/bin/sh", "-c", "echo one; echo two >&2"), ENVIRONMENT, directory, pipe.writeEnd(), pipe.writeEnd()));
            pipe.writeEnd().close();
            try (Pipe empty = Posix.pipe()) {
                empty.writeEnd().close();
                Drain drain = Drain.start(pipe.readEnd(), empty.readEnd(), 1024);
                assertThat(child.awaitEnd(PATIENCE)).isTrue();
                drain.finish();
                assertThat(drain.stdout().text()).isEqualTo("one\ntwo\n");
            }
            child.reap();
        }
    }

    @Test
    void exitCodesAndSignalsAreToldApart() throws Exception {
        assertThat(run("exit 137").status()).isEqualTo(new ExitStatus.Exited(137));
        assertThat(run("kill -KILL $$").status()).isEqualTo(new ExitStatus.Killed(9));
        assertThat(new ExitStatus.Killed(9).code()).isEqualTo(137);
        assertThat(new ExitStatus.Killed(9).text()).isEqualTo("killed by signal 9");
        assertThat(new ExitStatus.Exited(0).isSuccess()).isTrue();
    }

    @Test
    void aSignalReachesTheWholeGroup() throws Exception {
        try (Pipe out = Posix.pipe(); Pipe err = Posix.pipe()) {
            Child child = Posix.start(new Launch(List.of("/bin/sh", "-c", "sleep 600 & echo $!; wait"), ENVIRONMENT, directory, out.writeEnd(), err.writeEnd()));
            out.writeEnd().close();
            err.writeEnd().close();
            int sleeper = Integer.parseInt(firstLine(out));
            child.signalGroup(Signal.KILL);
            assertThat(child.awaitEnd(PATIENCE)).isTrue();
            assertThat(child.reap()).isEqualTo(new ExitStatus.Killed(9));
            assertThat(child.reap()).isEqualTo(new ExitStatus.Killed(9));
            ProcessCheck.awaitEnd(sleeper);
        }
    }

    @Test
    void aReapedChildIsNeverSignalledAgain() throws Exception {
        Child child = start("exit 0");
        assertThat(child.awaitEnd(PATIENCE)).isTrue();
        child.reap();

        child.signal(Signal.KILL);
        child.signalGroup(Signal.KILL);

        assertThat(ProcessHandle.of(child.pid())).isEmpty();
    }

    @Test
    void manyVirtualThreadsWaitWithoutHoldingTheirCarriers() throws Exception {
        int waiting = 4 * Runtime.getRuntime().availableProcessors() + 4;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<ExitStatus> waiter = () -> {
                Child child = start("while ! [ -e gate ]; do sleep 0.05; done; exit 3");
                assertThat(child.awaitEnd(PATIENCE)).isTrue();
                return child.reap();
            };
            List<Future<ExitStatus>> results = Stream.generate(() -> threads.submit(waiter)).limit(waiting).toList();
            // a virtual thread too: were all carriers held, it would never open the gate
            threads.submit(() -> Files.createFile(directory.resolve("gate")));
            for (Future<ExitStatus> result : results) {
                assertThat(result.get()).isEqualTo(new ExitStatus.Exited(3));
            }
        }
    }

    @Test
    void whatCannotBeStartedSaysWhy() {
        assertThatThrownBy(() -> spawn(List.of("/no/such/program"), Map.of(), directory)).isInstanceOf(IOException.class).hasMessage("/no/such/program: No such file or directory");
        assertThatThrownBy(() -> spawn(List.of("/bin/true"), Map.of(), directory.resolve("gone"))).isInstanceOf(IOException.class).hasMessage(directory.resolve("gone") + " is not a directory");
        assertThatThrownBy(() -> spawn(List.of("/bin/true", "a\0b"), Map.of(), directory)).isInstanceOf(IOException.class).hasMessage("an argument holds a NUL character");
        assertThatThrownBy(() -> spawn(List.of("/bin/true"), Map.of("A", "a\0b"), directory)).isInstanceOf(IOException.class).hasMessage("A holds a NUL character");
        assertThatThrownBy(() -> spawn(List.of("/bin/true"), Map.of("A=B", "c"), directory)).isInstanceOf(IOException.class).hasMessageContaining("'A=B'");
    }

    @Test
    void oneFileSystemIsFlushed() throws Exception {
        Files.writeString(directory.resolve("file"), "text");
        Posix.syncfs(directory);
        assertThatThrownBy(() -> Posix.syncfs(directory.resolve("gone"))).isInstanceOf(IOException.class).hasMessage(directory.resolve("gone") + ": No such file or directory");
    }

    private Printed run(String text) throws Exception {
        return Printed.of(List.of("/bin/sh", "-c", text), ENVIRONMENT, directory, List.of(), Limits.none());
    }

    private Child start(String text) throws IOException {
        return spawn(List.of("/bin/sh", "-c", text), ENVIRONMENT, directory);
    }

    private static Child spawn(List<String> argv, Map<String, String> environment, Path directory) throws IOException {
        try (Pipe out = Posix.pipe(); Pipe err = Posix.pipe()) {
            return Posix.start(new Launch(argv, environment, directory, out.writeEnd(), err.writeEnd()));
        }
    }

    private static String firstLine(Pipe pipe) throws IOException {
        StringBuilder line = new StringBuilder();
        try (var in = Files.newInputStream(Path.of("/proc/self/fd/" + pipe.readEnd().number()))) {
            for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
