package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final long GIBIBYTE = 1L << 30;

    private final Commands commands = new Commands(Time.system(), Duration.ofMillis(200));
    private String mark;

    @TempDir
    Path directory;

    @BeforeEach
    void uniqueMark() {
        mark = "test-" + directory.getFileName() + "-";
    }

    @AfterEach
    void nothingIsLeft() {
        String entry = Commands.MARK + "=" + mark;
        assertThat(Processes.ofThisUser()).noneMatch(seen -> seen.carriesPrefix(entry));
    }

    @Test
    void statusAndBothOutputsComeBack() throws Exception {
        Commands.Ended ended = run("echo out; echo err >&2; exit 3", LONG);

        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(3));
        assertThat(ended.stdout().text()).isEqualTo("out\n");
        assertThat(ended.stderr().text()).isEqualTo("err\n");
        assertThat(ended.timedOut()).isFalse();
        assertThat(ended.leftovers()).isZero();
        assertThat(ended.took()).isPositive().isLessThan(LONG);
    }

    @Test
    void aMissingCommandIsTheShells127() throws Exception {
        Commands.Ended ended = run("no-such-command-anywhere", LONG);
        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(127));
        assertThat(ended.stderr().text()).contains("no-such-command-anywhere");
    }

    @Test
    void aGibibyteOnEachOutputKeepsTwoTailsAndEnds() throws Exception {
        Commands.Ended ended = run("head -c 1G /dev/zero; printf end; head -c 1G /dev/zero >&2; printf end >&2", LONG);

        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(0));
        for (Tail tail : new Tail[] {ended.stdout(), ended.stderr()}) {
            assertThat(tail.totalBytes()).isEqualTo(GIBIBYTE + 3);
            assertThat(tail.bytes()).hasSize(64 * 1024).endsWith('e', 'n', 'd');
            assertThat(tail.isCut()).isTrue();
        }
    }

    @Test
    void aBackgroundedChildThatHoldsThePipesDelaysNothingAndIsEnded() throws Exception {
        Commands.Ended ended = run("sleep 600 & echo $! > pid; echo done", LONG);

        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(0));
        assertThat(ended.stdout().text()).isEqualTo("done\n");
        assertThat(ended.leftovers()).isEqualTo(1);
        assertThat(ended.took()).isLessThan(Duration.ofSeconds(5));
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void aDaemonThatLeftTheGroupAndTheSessionIsEnded() throws Exception {
        Commands.Ended ended = run("setsid sh -c '(setsid sleep 600 & echo $! > pid) &' ; while ! [ -s pid ]; do :; done", LONG);

        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(0));
        assertThat(ended.leftovers()).isPositive();
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void aLeftoverThatDroppedItsEnvironmentButNotTheGroupIsEnded() throws Exception {
        run("env -i sleep 600 & echo $! > pid", LONG);
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void aLeftoverAmidItsExecIsStillFound() throws Exception {
        for (int i = 0; i < 30; i++) {
            run("setsid sleep 600 & echo $! > pid", LONG);
            assertThat(ProcessCheck.isRunning(pid("pid"))).as("round " + i).isFalse();
        }
    }

    @Test
    void aLeftoverThatGoesOnFromProcessToProcessIsCaught() throws Exception {
        for (int i = 0; i < 20; i++) {
            run("setsid sh -c 'hop() { if [ \"$1\" -gt 0 ]; then hop $(($1 - 1)) & else exec sleep 600; fi; }; hop 60' &", LONG);
            String entry = Commands.MARK + "=" + mark;
            assertThat(Processes.ofThisUser()).as("round " + i).noneMatch(seen -> seen.carriesPrefix(entry));
        }
    }

    @Test
    void aLeftoverThatIgnoresTermIsKilled() throws Exception {
        Commands.Ended ended = run("setsid sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 0.05; done' & while ! [ -s pid ]; do :; done", LONG);

        assertThat(ended.leftovers()).isPositive();
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void aNoisyLeftoverDoesNotKeepTheReaderBusy() throws Exception {
        Commands.Ended ended = run("setsid yes & echo $! > pid", LONG);

        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(0));
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void aHangingCommandIsEndedAtItsDeadlineWithItsWholeGroup() throws Exception {
        Commands.Ended ended = run("echo before; sleep 600 & echo $! > pid; wait", SHORT);

        assertThat(ended.timedOut()).isTrue();
        assertThat(ended.status()).isEqualTo(new ExitStatus.Killed(15));
        assertThat(ended.stdout().text()).isEqualTo("before\n");
        assertThat(ended.took()).isBetween(SHORT, Duration.ofSeconds(10));
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void oneThatIgnoresTermIsKilledAfterTheGrace() throws Exception {
        Commands.Ended ended = run("trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done", SHORT);

        assertThat(ended.timedOut()).isTrue();
        assertThat(ended.status()).isEqualTo(new ExitStatus.Killed(9));
        assertThat(ProcessCheck.isRunning(pid("pid"))).isFalse();
    }

    @Test
    void aTrapRunsWithinTheGrace() throws Exception {
        Commands slow = new Commands(Time.system(), LONG);
        Commands.Ended ended = slow.run("trap 'echo cleaned; exit 7' TERM; sleep 600 & wait", Map.of("PATH", "/usr/bin:/bin"), directory, SHORT, mark);

        assertThat(ended.timedOut()).isTrue();
        assertThat(ended.status()).isEqualTo(new ExitStatus.Exited(7));
        assertThat(ended.stdout().text()).isEqualTo("cleaned\n");
    }

    @Test
    void anInterruptEndsTheCommandToo() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread runner = Thread.ofVirtual().start(() -> {
            try {
                run("sleep 600 & echo $! > pid; wait", LONG);
            } catch (Throwable t) {
                thrown.set(t);
            } finally {
                over.countDown();
            }
        });
        ProcessCheck.await(() -> Files.exists(directory.resolve("pid")));
        runner.interrupt();
        over.await();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        ProcessCheck.awaitEnd(pid("pid"));
    }

    @Test
    void whatCannotStartThrowsAndLeavesNothingOpen() throws Exception {
        long before = openDescriptors();
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> commands.run("true", Map.of("A", "\0"), directory, LONG, mark)).isInstanceOf(IOException.class);
        }
        assertThat(openDescriptors()).isLessThanOrEqualTo(before + 3);
    }

    @Test
    void hundredRunsLeaveNoDescriptorAndNoZombie() throws Exception {
        run("true", LONG);
        long before = openDescriptors();
        for (int i = 0; i < 100; i++) {
            assertThat(run("true", LONG).status().isSuccess()).isTrue();
        }
        assertThat(openDescriptors()).isLessThanOrEqualTo(before + 3);
        assertThat(ProcessHandle.current().children()).isEmpty();
    }

    @Test
    void whatAnEarlierAgentLeftIsEndedByTheExactPrefixOnly() throws Exception {
        Child ours = orphan(Commands.MARK, mark + "earlier");
        Child otherValue = orphan(Commands.MARK, "x" + mark + "earlier");
        Child otherName = orphan("X" + Commands.MARK, mark + "earlier");

        assertThat(commands.endMarked(Commands.MARK, mark)).isEqualTo(1);

        assertThat(ours.awaitEnd(LONG)).isTrue();
        assertThat(ours.reap()).isEqualTo(new ExitStatus.Killed(15));
        for (Child other : new Child[] {otherValue, otherName}) {
            assertThat(ProcessCheck.isRunning(other.pid())).isTrue();
            other.signal(Signal.KILL);
            assertThat(other.awaitEnd(LONG)).isTrue();
            other.reap();
        }
    }

    @Test
    void kernelThreadsAndWeOurselvesAreNotLookedAt() {
        assertThat(Processes.ofThisUser()).noneMatch(seen -> seen.pid() == 2 || seen.pid() == ProcessHandle.current().pid()).isNotEmpty();
    }

    @Test
    void aMarkIsComparedWholeEntryByWholeEntry() {
        Processes.Seen seen = new Processes.Seen(1, 1, 1, "A=1\0MARK=abc\0TEXT=x MARK=other\0", false);
        assertThat(seen.carries("MARK=abc")).isTrue();
        assertThat(seen.carries("A=1")).isTrue();
        assertThat(seen.carries("MARK=ab")).isFalse();
        assertThat(seen.carries("ARK=abc")).isFalse();
        assertThat(seen.carries("MARK=other")).isFalse();
        assertThat(seen.carriesPrefix("MARK=ab")).isTrue();
        assertThat(seen.carriesPrefix("MARK=o")).isFalse();
    }

    @Test
    void aSignalGoesOnlyToTheProcessThatIsStillMeant() throws Exception {
        Child child = orphan("NAME", "value");
        assertThat(Posix.signalIf(() -> false, child.pid(), Signal.KILL)).isFalse();
        assertThat(ProcessCheck.isRunning(child.pid())).isTrue();
        assertThat(Posix.signalIf(() -> true, child.pid(), Signal.KILL)).isTrue();
        assertThat(child.awaitEnd(LONG)).isTrue();
        child.reap();
        assertThat(Posix.signalIf(() -> true, child.pid(), Signal.KILL)).isFalse();
    }

    private Commands.Ended run(String text, Duration limit) throws IOException, InterruptedException {
        return commands.run(text, Map.of("PATH", "/usr/bin:/bin"), directory, limit, mark);
    }

    private Child orphan(String name, String value) throws IOException, InterruptedException {
        try (Pipe out = Posix.pipe(); Pipe err = Posix.pipe()) {
            Child child = Posix.start(new Launch(java.util.List.of("/bin/sleep", "600"), Map.of(name, value), directory, out.writeEnd(), err.writeEnd()));
            ProcessCheck.await(() -> Processes.look(child.pid()).filter(seen -> seen.carries(name + "=" + value)).isPresent());
            return child;
        }
    }

    private int pid(String file) throws IOException {
        return ProcessCheck.pidIn(directory.resolve(file));
    }

    private static long openDescriptors() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.count();
        }
    }
}
