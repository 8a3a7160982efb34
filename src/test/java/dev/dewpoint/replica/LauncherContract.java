package dev.dewpoint.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What everything above {@link Launcher} relies on, whatever it is that gets started. */
@Timeout(120)
public abstract class LauncherContract {
    protected static final int INSIDE = 8080;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant DEPLOYED = Instant.parse("2026-01-15T10:30:45Z");

    /** What a release does, as a shell script where it is a real one. */
    protected enum App {
        /** A process below the one that was started listens; asked to end, it takes a moment. */
        SERVES("trap '/bin/busybox sleep 0.3; exit 0' TERM; /bin/busybox httpd -f -p ${PORT:-8080} & wait"),
        IGNORES_THE_REQUEST_TO_END("trap '' TERM; /bin/busybox httpd -f -p ${PORT:-8080} & while :; do /bin/busybox sleep 0.1; done"),
        FAILS("echo the last words of it >&2; exit 3");

        private final String script;

        App(String script) {
            this.script = script;
        }

        public String script() {
            return script;
        }

        public Digest digest() {
            return digestOf(ordinal() + 1);
        }
    }

    protected abstract Launcher launcher();

    /** Of another app on this host. */
    protected abstract Launcher ofAnotherApp();

    /** Of the same app, as an agent has it that is started after the one with {@link #launcher} was killed. */
    protected abstract Launcher ofTheNextAgent() throws Exception;

    protected abstract Optional<Prepared> here(App app) throws InterruptedException;

    /** Asks for a release that was never brought here. */
    protected abstract Optional<Prepared> hereAtAll(Digest digest, String release) throws InterruptedException;

    /** As the kernel does it when there is no memory left. */
    protected abstract void kill(Replica replica);

    /** When no replica is left. */
    protected abstract void close();

    /** Returns once ends are heard of. */
    protected void isListening(Ears ears) throws InterruptedException {}

    protected static Digest digestOf(int number) {
        return new Digest(Digest.Algorithm.SHA256, String.format("%064x", number));
    }

    /** Remembers how who ended. */
    protected static final class Ears implements Launcher.Watch {
        private final Map<String, String> ends = new ConcurrentHashMap<>();
        private final Semaphore missed = new Semaphore(0);

        @Override
        public void ended(String replica, String how) {
            ends.putIfAbsent(replica, how);
        }

        @Override
        public void changed(String replica) {}

        @Override
        public void missed() {
            missed.release();
        }

        public void awaitMissed() throws InterruptedException {
            assertThat(missed.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("listens").isTrue();
        }

        String heardOf(Replica replica) throws Exception {
            return eventually("the end of " + replica + " is told", () -> Optional.ofNullable(ends.get(replica.id())));
        }
    }

    @AfterEach
    final void removeAll() throws InterruptedException {
        for (Launcher each : List.of(launcher(), ofAnotherApp())) {
            for (Replica replica : each.all()) {
                each.stop(replica, Duration.ZERO);
            }
        }
        close();
    }

    private Order order(App app, int number) throws InterruptedException {
        return new Order(here(app).orElseThrow(), new Tag("v1.0.0"), app.digest(), "attempt-1", number, List.of(new Order.Port(INSIDE, 0)), DEPLOYED);
    }

    private Replica serving(int number) throws Exception {
        return serving(launcher(), App.SERVES, number);
    }

    private Replica serving(Launcher launcher, App app, int number) throws Exception {
        Replica replica = launcher.start(order(app, number));
        eventually(replica + " answers", () -> answers(replica) ? Optional.of(true) : Optional.empty());
        return replica;
    }

    private static boolean answers(Replica replica) {
        InetSocketAddress door = replica.doors().get(INSIDE);
        try (Socket socket = new Socket(door.getAddress(), door.getPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1).startsWith("HTTP/1.");
        } catch (IOException e) {
            return false; // not yet, or no more
        }
    }

    private Launcher.Watching heardBy(Ears ears) throws InterruptedException {
        Launcher.Watching watching = launcher().watch(ears);
        isListening(ears);
        return watching;
    }

    private static <T> T eventually(String what, Callable<Optional<T>> ask) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Optional<T> answer = ask.call();
        while (answer.isEmpty()) {
            assertThat(System.nanoTime()).as("waited for: " + what).isLessThan(deadline);
            LockSupport.parkNanos(20_000_000); // nothing announces what goes on inside of what was started
            answer = ask.call();
        }
        return answer.get();
    }

    @Test
    void whatIsStartedIsAsOrderedAndAnswersWhereItSays() throws Exception {
        Order order = order(App.SERVES, 2);
        String name = launcher().name(order);
        Replica replica = launcher().start(order);
        assertThat(replica.name()).isEqualTo(name).endsWith("-1768473045-2");
        assertThat(replica.number()).isEqualTo(2);
        assertThat(replica.attempt()).isEqualTo("attempt-1");
        assertThat(replica.digest()).isEqualTo(App.SERVES.digest());
        assertThat(replica.configuration()).isEqualTo(launcher().configuration());
        assertThat(replica.doors()).containsOnlyKeys(INSIDE);
        assertThat(replica.doors().get(INSIDE).getAddress().isLoopbackAddress()).isTrue();
        eventually("it answers", () -> answers(replica) ? Optional.of(true) : Optional.empty());
        assertThat(replica.alive()).isTrue();
        assertThat(launcher().all()).containsExactly(replica);
        assertThat(launcher().end(replica)).isEmpty();
        assertThat(launcher().lostItsPort(replica)).isFalse();
        assertThat(launcher().says(replica)).as("it has no check of its own").isEqualTo(Launcher.Says.NOTHING);
    }

    @Test
    @DisplayName("who fails at once is told of, and how it ended and its last output can be had until it is removed; removing it twice is harmless")
    void whoFailsAtOnceCanBeAskedWhyUntilItIsRemoved() throws Exception {
        Ears ears = new Ears();
        try (Launcher.Watching _ = heardBy(ears)) {
            Replica failed = launcher().start(order(App.FAILS, 1));
            assertThat(ears.heardOf(failed)).isEqualTo("exit code 3");
            assertThat(eventually("its end is known", () -> launcher().end(failed))).isEqualTo("exit code 3");
            assertThat(launcher().all()).singleElement().satisfies(one -> {
                assertThat(one.id()).isEqualTo(failed.id());
                assertThat(one.alive()).isFalse();
            });
            assertThat(launcher().lastOutput(failed)).contains("the last words of");
            assertThat(launcher().lostItsPort(failed)).isFalse();
            launcher().stop(failed, Duration.ZERO);
            assertThat(launcher().all()).isEmpty();
            launcher().stop(failed, Duration.ZERO);
            assertThat(launcher().end(failed)).as("gone is ended").isPresent();
            assertThat(launcher().lastOutput(failed)).isEmpty();
            assertThat(launcher().lostItsPort(failed)).isFalse();
            assertThat(launcher().says(failed)).isEqualTo(Launcher.Says.UNREADY);
        }
    }

    @Test
    void whoIsStoppedEndsByItselfInItsTimeWithAllThatItStarted() throws Exception {
        Ears ears = new Ears();
        try (Launcher.Watching _ = heardBy(ears)) {
            Replica replica = serving(1);
            launcher().stop(replica, PATIENCE.plus(PATIENCE));
            assertThat(ears.heardOf(replica)).as("nobody killed it").isEqualTo("exit code 0");
            assertThat(answers(replica)).as("what it started is gone as well").isFalse();
            assertThat(launcher().all()).isEmpty();
        }
    }

    @Test
    void whoIgnoresTheRequestIsKilledWithAllThatItStarted() throws Exception {
        Ears ears = new Ears();
        try (Launcher.Watching _ = heardBy(ears)) {
            Replica replica = serving(launcher(), App.IGNORES_THE_REQUEST_TO_END, 1);
            launcher().stop(replica, Duration.ofSeconds(1));
            assertThat(ears.heardOf(replica)).contains("signal 9");
            assertThat(answers(replica)).isFalse();
            assertThat(launcher().all()).isEmpty();
        }
    }

    @Test
    void severalMayStopTheSameOne() throws Exception {
        Replica replica = serving(1);
        atOnce(4, _ -> {
            launcher().stop(replica, Duration.ofSeconds(20));
            return true;
        });
        assertThat(answers(replica)).isFalse();
        assertThat(launcher().all()).isEmpty();
    }

    @Test
    void whoIsKilledIsToldOfAndStaysListedUntilItIsRemoved() throws Exception {
        Ears ears = new Ears();
        try (Launcher.Watching _ = heardBy(ears)) {
            Replica replica = serving(1);
            kill(replica);
            assertThat(ears.heardOf(replica)).contains("signal 9");
            assertThat(eventually("its end is known", () -> launcher().end(replica))).contains("signal 9");
            assertThat(launcher().all()).extracting(Replica::name, Replica::alive).containsExactly(org.assertj.core.groups.Tuple.tuple(replica.name(), false));
            assertThat(answers(replica)).as("what it started is gone as well").isFalse();
        }
    }

    @Test
    void replicasOfOneAppDoNotDisturbEachOther() throws Exception {
        List<Replica> all = new ArrayList<>(atOnce(3, this::serving));
        all.add(serving(1)); // of the same second, in place of the first
        all.add(serving(1));
        assertThat(all).extracting(Replica::id).doesNotHaveDuplicates();
        assertThat(all).extracting(Replica::name).doesNotHaveDuplicates();
        assertThat(all).extracting(Replica::doors).doesNotHaveDuplicates();
        assertThat(launcher().all()).containsExactlyInAnyOrderElementsOf(all);
        launcher().stop(all.removeFirst(), Duration.ofSeconds(20));
        assertThat(launcher().all()).containsExactlyInAnyOrderElementsOf(all);
        assertThat(all).allSatisfy(replica -> assertThat(answers(replica)).isTrue());
    }

    @Test
    void whatBelongsToAnotherAppIsNeitherListedNorTouched() throws Exception {
        Replica others = serving(ofAnotherApp(), App.SERVES, 1);
        Replica ours = serving(1);
        assertThat(launcher().all()).containsExactly(ours);
        launcher().stop(others, Duration.ZERO);
        assertThat(ofAnotherApp().all()).containsExactly(others);
        assertThat(ofAnotherApp().end(others)).isEmpty();
        assertThat(answers(others)).isTrue();
        assertThat(launcher().lastOutput(others)).isEmpty();
    }

    @Test
    @DisplayName("I5: what a killed agent left is known to the next one, or does not run any more")
    void whatIsNotListedDoesNotRun() throws Exception {
        Replica left = serving(1);
        Replica foreign = serving(ofAnotherApp(), App.SERVES, 1);
        Launcher next = ofTheNextAgent();
        List<Replica> known = next.all();
        assertThat(known).isSubsetOf(left);
        assertThat(answers(left)).isEqualTo(!known.isEmpty());
        next.stop(left, Duration.ofSeconds(20));
        assertThat(answers(left)).isFalse();
        assertThat(next.all()).isEmpty();
        assertThat(answers(foreign)).as("another app's goes on").isTrue();
    }

    @Test
    void whoStopsListeningHearsNoMore() throws Exception {
        Ears deaf = new Ears();
        Ears ears = new Ears();
        Launcher.Watching closing = heardBy(deaf);
        try (Launcher.Watching _ = heardBy(ears)) {
            Replica first = serving(1);
            kill(first);
            ears.heardOf(first);
            deaf.heardOf(first);
            closing.close();
            Replica second = serving(2);
            kill(second);
            ears.heardOf(second);
            assertThat(deaf.ends).containsOnlyKeys(first.id());
        }
    }

    @Test
    void onlyWhatWasBroughtHereIsHere() throws Exception {
        assertThat(here(App.SERVES)).hasValueSatisfying(prepared -> assertThat(prepared.checksItself()).isFalse());
        assertThat(hereAtAll(digestOf(4711), "20000101T000000Z")).isEmpty();
    }

    private interface Act<T> {
        T of(int number) throws Exception;
    }

    /** From 1. */
    private static <T> List<T> atOnce(int times, Act<T> act) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> under = new ArrayList<>();
            for (int i = 1; i <= times; i++) {
                int number = i;
                under.add(threads.submit(() -> act.of(number)));
            }
            List<T> all = new ArrayList<>();
            for (Future<T> one : under) {
                all.add(one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            return all;
        }
    }
}
