package dev.dewpoint.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.SharedSocket;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.RoutingTable;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.proxy.lane.Entrance;
import dev.dewpoint.proxy.lane.OwnPages;
import dev.dewpoint.testing.NoLeaks;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One proxy after the other at the same sockets. */
@ExtendWith(NoLeaks.class)
class HeldSocketTest {
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int GENERATIONS = 8;
    private static final int CLIENTS = 6;
    private static final int BETWEEN = 40;

    private static Gateway gateway() {
        return gateway(2);
    }

    private static Gateway gateway(int threads) {
        return Gateway.open(threads, Terms.USUAL, Time.system(), AccessLog.OFF, new SplittableRandom());
    }

    private static Route route(int port, boolean stream, TestBackend backend) {
        Route route = new Route(new Rule(new Match(port, "", "/", false), stream, Balance.ROUND_ROBIN, List.of(), RouteOptions.USUAL, port + "="));
        Backend behind = new Backend("backend", backend.address(), 1, Experience.IGNORED);
        behind.ready(true);
        route.publish(List.of(behind));
        return route;
    }

    private static Entrance entrance(int port, TestBackend backend) {
        return new Entrance(port, false, new RoutingTable(List.of(route(port, false, backend))), OwnPages.NONE, OptionalInt.empty());
    }

    /** Each request on a connection of its own; some take their time before they ask. */
    @ParameterizedTest
    @ValueSource(strings = {"http", "tcp"})
    void nobodyIsLostWhileProxiesFollowEachOther(String protocol) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
        try (TestBackend backend = TestBackend.saying("ok"); SharedSocket socket = SharedSocket.bind(Optional.empty())) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                long hesitation = i * Duration.ofMillis(7).toNanos();
                clients.add(Thread.ofVirtual().start(() -> {
                    while (!over.get()) {
                        try (TestClient client = new TestClient(socket.address())) {
                            LockSupport.parkNanos(hesitation);
                            assertThat(client.get("/").text()).isEqualTo("ok");
                            answered.incrementAndGet();
                        } catch (RuntimeException | AssertionError e) {
                            lost.add(e.toString());
                        }
                    }
                }));
            }
            for (int generation = 0; generation < GENERATIONS; generation++) {
                try (Gateway gateway = gateway()) {
                    if (protocol.equals("tcp")) {
                        gateway.stream(socket.handedOver(), route(socket.port(), true, backend));
                    } else {
                        gateway.listen(socket.handedOver(), entrance(socket.port(), backend));
                    }
                    int before = answered.get();
                    await(() -> answered.get() > before + BETWEEN || !lost.isEmpty());
                    if (generation == GENERATIONS - 1) {
                        over.set(true);
                        for (Thread client : clients) {
                            client.join();
                        }
                    }
                    gateway.close(GRACE, Time.system());
                }
            }
        }
        assertThat(lost).isEmpty();
        assertThat(answered.get()).isGreaterThan(GENERATIONS * BETWEEN);
    }

    @Test
    void theOldOneEndsWhatItHasWhileNewConnectionsWaitForTheNext() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend slow = TestBackend.start((request, _, out) -> {
            if (!request.target().equals("/at-once")) {
                go.await();
            }
            TestBackend.ok(out, "old");
        }); TestBackend quick = TestBackend.saying("new"); SharedSocket socket = SharedSocket.bind(Optional.of(InetAddress.ofLiteral("::1")))) {
            Gateway old = gateway(1);
            old.listen(socket.handedOver(), entrance(socket.port(), slow));
            try (TestClient idle = new TestClient(socket.address()); TestClient inFlight = new TestClient(socket.address())) {
                assertThat(idle.get("/at-once").text()).isEqualTo("old");
                inFlight.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                await(() -> slow.requests().size() == 2);
                TestClient aboutToAsk = new TestClient(socket.address());
                await(() -> old.connections() == 3);
                Thread closing = Thread.ofVirtual().start(() -> close(old));
                assertThat(idle.isClosed()).as("its one thread knows").isTrue();
                try (aboutToAsk; TestClient waiting = new TestClient(socket.address())) {
                    aboutToAsk.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                    waiting.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                    await(() -> slow.requests().size() == 3);
                    go.countDown();
                    assertThat(inFlight.response()).satisfies(answer -> assertThat(answer.text()).isEqualTo("old"), answer -> assertThat(answer.header("Connection")).contains("close"));
                    assertThat(aboutToAsk.response().text()).as("who was accepted is served").isEqualTo("old");
                    assertThat(closing.join(GRACE)).isTrue();
                    try (Gateway next = gateway()) {
                        next.listen(socket.handedOver(), entrance(socket.port(), quick));
                        assertThat(waiting.response().text()).isEqualTo("new");
                    }
                }
            }
        }
    }

    @Test
    void backendsHearOfThePortThatClientsSee() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.header("X-Forwarded-Port").orElse("none")));
                SharedSocket one = SharedSocket.bind(Optional.empty()); SharedSocket other = SharedSocket.bind(Optional.of(InetAddress.ofLiteral("127.0.0.3"))); Gateway gateway = gateway()) {
            for (SharedSocket socket : List.of(one, other)) {
                gateway.listen(socket.handedOver(), entrance(socket.port(), backend));
                try (TestClient client = new TestClient(socket.address())) {
                    assertThat(client.get("/").text()).isEqualTo(String.valueOf(socket.port()));
                }
            }
        }
    }

    /** Nobody waits longer for those who never ask than for those who are about to. */
    @Test
    void whoNeverAsksHoldsUpNobody() throws Exception {
        try (TestBackend backend = TestBackend.saying("ok"); SharedSocket socket = SharedSocket.bind(Optional.empty())) {
            Gateway gateway = gateway();
            gateway.listen(socket.handedOver(), entrance(socket.port(), backend));
            try (TestClient _ = new TestClient(socket.address())) {
                await(() -> gateway.connections() == 1);
                long began = System.nanoTime();
                gateway.close(GRACE, Time.system());
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
            }
        }
    }

    private static void close(Gateway gateway) {
        try {
            gateway.close(GRACE, Time.system());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(BooleanSupplier condition) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("it never came true");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
