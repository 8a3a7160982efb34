package dev.dewpoint.host;

import static dev.dewpoint.testing.ServerApps.Behaviour;
import static dev.dewpoint.testing.ServerApps.Kind;
import static dev.dewpoint.testing.ServerApps.Protocol;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.ServerApps;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Real clients of the protocol on sockets of ours, one generation after the other. */
class ServerAppsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int ANSWERS_OF_EACH = 200;
    private static final Pattern GENERATION = Pattern.compile("\"generation\": ?\"(\\d+)\"");

    @TempDir
    Path directory;

    private final Map<Family, Child> running = new ConcurrentHashMap<>();
    private Listener socket;

    @BeforeEach
    void bind() throws IOException {
        socket = Listener.bind(Optional.empty(), 0);
    }

    @AfterEach
    void close() throws InterruptedException {
        for (Family family : running.keySet()) {
            family.end(Duration.ZERO);
        }
        socket.close();
    }

    private record Started(Child child, Family family, String mark, Path out, Path err) {}

    @ParameterizedTest
    @CsvSource({"C, STARTER", "C, LISTEN", "PYTHON, STARTER", "PYTHON, LISTEN", "NODE, STARTER", "NODE, LISTEN"})
    void anAppServesOnWhatItWasGivenAndEndsInOrder(Kind kind, Protocol protocol) throws Exception {
        assertThat(ServerApps.here()).contains(kind);
        Started app = start(kind, protocol, 7, Behaviour.HEADER);

        String answer = get("/");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\nDewpoint-Generation: 7\r\n");
        assertThat(answer.replace(" ", "")).contains("\"name\":\"" + kind.name().toLowerCase() + "\"", "\"pid\":" + app.child.pid(), "\"generation\":\"7\"", "\"version\":\"v7\"");
        Family.Ended ended = end(app, PATIENCE);
        assertThat(ended).isEqualTo(new Family.Ended(new ExitStatus.Exited(0), true, 0));
        assertThat(Files.readString(app.err)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void noConnectionIsRefusedWhileGenerationsFollowEachOther(Kind kind) throws Exception {
        Started now = serving(start(kind, Protocol.STARTER, 1));
        AtomicBoolean over = new AtomicBoolean();
        List<String> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        Map<String, Integer> generations = new ConcurrentHashMap<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(Thread.ofPlatform().daemon().start(() -> {
                while (!over.get()) {
                    try {
                        Matcher generation = GENERATION.matcher(get("/"));
                        assertThat(generation.find()).isTrue();
                        generations.merge(generation.group(1), 1, Integer::sum);
                    } catch (IOException | AssertionError e) {
                        failures.add(e.toString());
                    }
                }
            }));
        }
        for (int generation = 2; generation <= 5; generation++) {
            Started next = serving(start(kind, Protocol.LISTEN, generation));
            assertThat(end(now, PATIENCE).status()).isEqualTo(new ExitStatus.Exited(0));
            now = next;
            String wanted = Integer.toString(generation);
            ProcessCheck.await(() -> generations.getOrDefault(wanted, 0) >= ANSWERS_OF_EACH);
        }
        over.set(true);
        for (Thread client : clients) {
            client.join(PATIENCE);
        }
        assertThat(failures).isEmpty();
        assertThat(generations.keySet()).containsExactlyInAnyOrder("1", "2", "3", "4", "5");
        end(now, PATIENCE);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void whatIsInFlightIsAnsweredBeforeTheEnd(Kind kind) throws Exception {
        Started app = serving(start(kind, Protocol.LISTEN, 1));
        try (Socket slow = connect()) {
            slow.getOutputStream().write("GET /slow?ms=600 HTTP/1.1\r\nHost: app\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            // answered after it: the slow one has been accepted, as the queue is in order
            get("/");
            app.child.signal(Signal.TERM);
            assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("200 OK");
        }
        // a second SIGTERM could meet an interpreter that no longer has its handlers
        assertThat(app.child.awaitEnd(PATIENCE)).isTrue();
        assertThat(end(app, PATIENCE).status()).isEqualTo(new ExitStatus.Exited(0));
    }

    @Test
    void aConnectionWaitsForTheNextGeneration() throws Exception {
        end(serving(start(Kind.C, Protocol.STARTER, 1)), PATIENCE);
        try (Socket early = connect()) {
            early.getOutputStream().write("GET / HTTP/1.1\r\nHost: app\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            start(Kind.C, Protocol.STARTER, 2);
            assertThat(new String(early.getInputStream().readAllBytes(), StandardCharsets.UTF_8).replace(" ", "")).contains("\"generation\":\"2\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void oneThatIgnoresTermIsKilledAfterTheGrace(Kind kind) throws Exception {
        Started app = serving(start(kind, Protocol.LISTEN, 1, Behaviour.IGNORE_TERM));
        assertThat(end(app, Duration.ofMillis(300))).isEqualTo(new Family.Ended(new ExitStatus.Killed(9), false, 0));
    }

    @Test
    void whoeverCannotWaitKillsTheGroupMeanwhile() throws Exception {
        Started app = serving(start(Kind.C, Protocol.LISTEN, 1, Behaviour.IGNORE_TERM));
        CountDownLatch ended = new CountDownLatch(1);
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                app.family.end(Duration.ofMinutes(10));
                ended.countDown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        app.child.signalGroup(Signal.KILL);
        assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        waiting.join();
    }

    @Test
    void aDrainOfFiveSecondsEndsByItself() throws Exception {
        Started app = serving(start(Kind.C, Protocol.STARTER, 1, Behaviour.SLOW_DRAIN));
        assertThat(end(app, PATIENCE)).isEqualTo(new Family.Ended(new ExitStatus.Exited(0), true, 0));
        assertThat(Files.readString(app.out)).endsWith("c ends\n");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void oneThatLeavesTheForegroundLeavesNothingBehind(Kind kind) throws Exception {
        Started app = start(kind, Protocol.STARTER, 1, Behaviour.DAEMON);
        assertThat(get("/")).contains("200 OK");
        assertThat(app.child.awaitEnd(PATIENCE)).isTrue();

        Family.Ended ended = end(app, PATIENCE);

        assertThat(ended).isEqualTo(new Family.Ended(new ExitStatus.Exited(0), true, 1));
        assertThat(Processes.ofThisUser()).noneMatch(seen -> seen.carriesPrefix(Commands.MARK + "=" + app.mark));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void anEarlyEndIsToldToWhoeverAsked(Kind kind) throws Exception {
        Started app = start(kind, Protocol.STARTER, 1, Behaviour.DIE);
        CountDownLatch told = new CountDownLatch(2);
        app.child.whenEnded(told::countDown);
        assertThat(app.child.awaitEnd(PATIENCE)).isTrue();
        app.child.whenEnded(told::countDown);
        assertThat(told.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(end(app, PATIENCE).status()).isEqualTo(new ExitStatus.Exited(1));
        assertThat(Files.readString(app.err)).isEqualTo("fatal: no configuration found\n");
    }

    private Started start(Kind kind, Protocol protocol, int generation, Behaviour... behaviours) throws Exception {
        Path place = directory.resolve("v" + generation);
        List<String> command = ServerApps.make(kind, place, "v" + generation);
        Map<String, String> environment = ServerApps.environment(protocol, generation, List.of(socket.key()), behaviours);
        String mark = "test-" + UUID.randomUUID();
        environment.put(Commands.MARK, mark);
        Path out = place.resolve("out");
        Path err = place.resolve("err");
        try (Descriptor stdout = Descriptor.appendingTo(out); Descriptor stderr = Descriptor.appendingTo(err)) {
            Child child = Posix.start(new Launch(command, environment, place, stdout, stderr, List.of(socket), Limits.none()));
            Family family = new Family(child, mark, Time.system());
            running.put(family, child);
            return new Started(child, family, mark, out, err);
        }
    }

    private static Started serving(Started app) throws InterruptedException {
        ProcessCheck.await(() -> {
            try {
                return Files.readString(app.out).contains("serves as generation");
            } catch (IOException e) {
                return false;
            }
        });
        return app;
    }

    private Family.Ended end(Started app, Duration grace) throws InterruptedException {
        running.remove(app.family);
        return app.family.end(grace);
    }

    private String get(String target) throws IOException {
        try (Socket client = connect()) {
            client.getOutputStream().write(("GET " + target + " HTTP/1.1\r\nHost: app\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Socket connect() throws IOException {
        Socket client = new Socket();
        client.setSoTimeout((int) PATIENCE.toMillis());
        client.connect(new InetSocketAddress("127.0.0.1", socket.address().getPort()), (int) PATIENCE.toMillis());
        return client;
    }
}
