package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.health.Check;
import dev.dewpoint.testing.Seeds;
import dev.dewpoint.testing.FlickeringBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names: who joins, who leaves, and what a bad lookup does not do. */
@Timeout(60)
class DiscoveryTest {
    private static final Check TCP = new Check.Tcp();
    private static final Check NONE = new Check.None();
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final Scene scene = new Scene();

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void newAddressesJoinAfterAPassedCheckAndVanishedOnesAreSealed() throws Exception {
        FlickeringBackend first = scene.backend();
        int port = first.port();
        scene.rhythm(1, 1);
        scene.names.put("api", "127.0.0.1");
        scene.open(TCP, new Upstream.Named("api", port, 3));
        scene.begin();
        assertThat(scene.ready()).containsExactly("127.0.0.1:" + port);
        Backend old = scene.route().live().members().getFirst();
        assertThat(old.weight()).isEqualTo(3);
        assertThat(old.tryClaim()).isTrue();

        scene.names.put("api", "127.0.0.1", "127.0.0.3");
        scene.advance(REFRESH);
        scene.until("it has joined", () -> scene.members().size() == 2);
        scene.untilResting();
        assertThat(scene.ready()).containsExactly("127.0.0.1:" + port);
        try (FlickeringBackend second = FlickeringBackend.on("127.0.0.3", port)) {
            scene.untilWithTime("it is ready", () -> scene.ready().size() == 2);
            scene.until("it was asked", () -> second.asked() > 0);
            assertThat(scene.route().live().members().getFirst()).isSameAs(old);
            scene.names.put("api", "127.0.0.3");
            scene.advance(REFRESH);
            scene.until("the first has left", () -> scene.members().equals(List.of("127.0.0.3:" + port)));
            assertThat(old.tryClaim()).isFalse();
            assertThat(old.inFlight()).isEqualTo(1);
            scene.until("it was handed on", () -> scene.gone.equals(List.of(List.of("127.0.0.1:" + port))));
            old.release();
            assertThat(old.seal()).isDone();
            assertThat(scene.told()).containsSubsequence("joined 127.0.0.1:" + port, "joined 127.0.0.3:" + port, "unready 127.0.0.3:" + port + ": connection refused",
                    "ready 127.0.0.3:" + port + ": accepts connections", "left 127.0.0.1:" + port);
        }
    }

    @Test
    void theSameAddressesInAnyOrderChangeNothing() throws Exception {
        scene.names.put("api", "127.0.0.3", "127.0.0.2", "127.0.0.2");
        scene.open(NONE, new Upstream.Named("api", 80, 1));
        AtomicInteger changes = new AtomicInteger();
        scene.route().onChange(changes::incrementAndGet);
        scene.begin();
        List<Backend> before = scene.route().live().members();
        assertThat(scene.members()).containsExactly("127.0.0.2:80", "127.0.0.3:80");
        for (int i = 0; i < 5; i++) {
            scene.names.put("api", i % 2 == 0 ? new String[] {"127.0.0.2", "127.0.0.3"} : new String[] {"127.0.0.3", "127.0.0.2", "127.0.0.3"});
            int asked = scene.names.asked();
            scene.advance(REFRESH);
            scene.until("it was looked up", () -> scene.names.asked() > asked);
            scene.untilResting();
        }
        assertThat(changes).hasValue(1);
        assertThat(scene.route().live().members()).isEqualTo(before);
    }

    @Test
    void aFailedOrEmptyLookupKeepsTheLastAddressesAndIsToldOnce() throws Exception {
        scene.names.put("api", "127.0.0.2");
        scene.open(NONE, new Upstream.Named("api", 80, 1));
        scene.begin();
        scene.names.remove("api");
        lookUpAgain();
        scene.names.put("api");
        lookUpAgain();
        lookUpAgain();
        assertThat(scene.members()).containsExactly("127.0.0.2:80");
        scene.names.put("api", "127.0.0.2");
        lookUpAgain();
        assertThat(scene.told()).containsExactly("joined 127.0.0.2:80", "lookup of api failed: there is no such name", "lookup of api recovered after 30s");
    }

    @Test
    void anUnknownNameIsLookedUpUntilItIsKnown() throws Exception {
        scene.open(NONE, new Upstream.Named("api", 80, 1), new Upstream.Fixed("web", 81, 1));
        scene.begin();
        assertThat(scene.told()).containsExactlyInAnyOrder("lookup of api failed: there is no such name", "lookup of web failed: there is no such name", "empty after 0s");
        scene.names.put("api", "127.0.0.2");
        scene.names.put("web", "127.0.0.3");
        lookUpAgain();
        scene.until("both serve", () -> scene.ready().equals(List.of("127.0.0.2:80", "web:81")));
        assertThat(scene.told()).contains("served again");
    }

    @Test
    void anAnswerIsBelievedForItsTimeToLiveOrForWhatWasSaidInstead() throws Exception {
        scene.names.put("api", "127.0.0.2");
        scene.names.ttl = Optional.of(Duration.ofSeconds(4));
        scene.open(NONE, new Upstream.Named("api", 80, 1));
        scene.begin();
        scene.advance(Duration.ofMillis(3999));
        assertThat(scene.names.asked()).isEqualTo(1);
        scene.names.ttl = Optional.of(Duration.ZERO);
        scene.advance(Duration.ofMillis(1));
        scene.until("the answer was too old", () -> scene.names.asked() == 2);
        scene.untilResting();
        scene.advance(Duration.ofMillis(999));
        assertThat(scene.names.asked()).isEqualTo(2);
        scene.names.ttl = Optional.of(Duration.ofHours(1));
        scene.advance(Duration.ofMillis(1));
        scene.until("not more often than each second", () -> scene.names.asked() == 3);
        scene.untilResting();
        scene.advance(REFRESH);
        scene.until("not less often than each refresh", () -> scene.names.asked() == 4);
    }

    @Test
    void whatIsSaidToBeValidReplacesTheTimeToLive() throws Exception {
        scene.names.put("api", "127.0.0.2");
        scene.names.ttl = Optional.of(Duration.ofSeconds(1));
        scene.lookups(Duration.ofSeconds(60), Optional.of(Duration.ofSeconds(5)));
        scene.open(NONE, new Upstream.Named("api", 80, 1));
        scene.begin();
        scene.advance(Duration.ofMillis(4999));
        assertThat(scene.names.asked()).isEqualTo(1);
        scene.advance(Duration.ofMillis(1));
        scene.until("it was looked up", () -> scene.names.asked() == 2);
    }

    @Test
    void whenAllAddressesAreNewTheOldOnesServeUntilOneOfTheNewIsReady() throws Exception {
        FlickeringBackend old = scene.backend();
        int port = old.port();
        scene.rhythm(1, 1);
        scene.names.put("api", "127.0.0.1");
        scene.open(TCP, new Upstream.Named("api", port, 1));
        scene.begin();
        scene.names.put("api", "127.0.0.3");
        lookUpAgain();
        assertThat(scene.ready()).containsExactly("127.0.0.1:" + port);
        try (FlickeringBackend fresh = FlickeringBackend.on("127.0.0.3", port)) {
            scene.untilWithTime("the new one took over", () -> scene.members().equals(List.of("127.0.0.3:" + port)));
            assertThat(scene.ready()).containsExactly("127.0.0.3:" + port);
            scene.until("it was asked", () -> fresh.asked() > 0);
        }
        assertThat(scene.told()).doesNotContain("empty after 0s");
    }

    @Test
    void anOldAddressThatStopsAnsweringGoesEvenIfNobodyElseIsReady() throws Exception {
        FlickeringBackend old = scene.backend();
        scene.rhythm(1, 1);
        scene.names.put("api", "127.0.0.1");
        scene.open(TCP, new Upstream.Named("api", old.port(), 1));
        scene.begin();
        scene.names.put("api", "127.0.0.3");
        lookUpAgain();
        old.close();
        scene.untilWithTime("it has gone", () -> scene.members().equals(List.of("127.0.0.3:" + old.port())));
        scene.until("it is said", () -> scene.told().contains("empty after 0s"));
    }

    @Test
    void aFixedNameIsTriedAtItsNextAddressAndLookedUpOnceMore() throws Exception {
        FlickeringBackend second = FlickeringBackend.on("127.0.0.3", 0);
        scene.rhythm(1, 1);
        scene.names.put("web", "127.0.0.2", "127.0.0.3");
        scene.open(TCP, new Upstream.Fixed("web", second.port(), 1));
        scene.begin();
        scene.untilWithTime("it is reached at its second address", () -> scene.ready().equals(List.of("web:" + second.port())));
        assertThat(scene.names.asked()).isEqualTo(1);
        Backend backend = scene.route().live().members().getFirst();
        assertThat(backend.address().getAddress().getHostAddress()).isEqualTo("127.0.0.3");
        scene.advance(Duration.ofSeconds(30));
        scene.untilResting();
        assertThat(scene.names.asked()).isEqualTo(1);

        second.close();
        scene.names.put("web", "127.0.0.4");
        try (FlickeringBackend third = FlickeringBackend.on("127.0.0.4", second.port())) {
            scene.untilWithTime("it is found where it moved", () -> scene.ready().size() == 1 && scene.route().live().members().getFirst() != backend);
            scene.until("it was asked", () -> third.asked() > 0);
        }
        assertThat(backend.sealed()).isTrue();
        assertThat(scene.members()).containsExactly("web:" + second.port());
    }

    @Test
    void oneAddressByTwoUpstreamsIsOneBackend() throws Exception {
        scene.names.put("api", "127.0.0.2", "127.0.0.3");
        scene.open(NONE, new Upstream.Fixed("127.0.0.3", 80, 1), new Upstream.Named("api", 80, 1), new Upstream.Fixed("[::1]", 80, 1), new Upstream.Fixed("::1", 80, 1));
        scene.begin();
        assertThat(scene.members()).containsExactly("127.0.0.3:80", "127.0.0.2:80", "[::1]:80");
    }

    @Test
    void nothingInFlightIsLostWhileAddressesComeAndGo() throws Exception {
        scene.lookups(Duration.ofSeconds(1), Optional.empty());
        scene.names.put("api", "127.0.0.1");
        scene.open(NONE, new Upstream.Named("api", 80, 1));
        Set<Backend> seen = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
        scene.route().onChange(() -> seen.addAll(scene.route().live().members()));
        scene.begin();
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong claims = new AtomicLong();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clients.add(Thread.ofPlatform().daemon().start(() -> {
                for (int turn = 0; !over.get(); turn++) {
                    List<Backend> live = scene.route().live().members();
                    Backend backend = live.get(turn % live.size());
                    if (!backend.tryClaim()) {
                        if (!backend.sealed()) {
                            wrong.add("no claim on " + backend + ", which is not sealed");
                        }
                        continue;
                    }
                    claims.incrementAndGet();
                    if (backend.inFlight() < 1) {
                        wrong.add("nothing in flight on " + backend + " within a request");
                    }
                    if (backend.sealed() && backend.seal().isDone()) {
                        wrong.add(backend + " was drained within a request");
                    }
                    backend.release();
                }
            }));
        }
        Seeds.each(1, random -> {
            for (int i = 0; i < 300; i++) {
                scene.untilResting();
                Set<String> addresses = new HashSet<>();
                for (int n = 1 + random.nextInt(4); n > 0; n--) {
                    addresses.add("127.0.0." + (1 + random.nextInt(5)));
                }
                scene.names.put("api", addresses.toArray(String[]::new));
                int asked = scene.names.asked();
                scene.time.advance(Duration.ofSeconds(1));
                scene.until("it was looked up", () -> scene.names.asked() > asked && scene.members().size() == addresses.size());
            }
        });
        over.set(true);
        for (Thread client : clients) {
            client.join();
        }
        scene.untilResting();
        assertThat(wrong).isEmpty();
        assertThat(claims.get()).isGreaterThan(1000);
        List<Backend> live = scene.route().live().members();
        assertThat(seen).hasSizeGreaterThan(20).allSatisfy(backend -> {
            assertThat(backend.sealed()).isEqualTo(!live.contains(backend));
            assertThat(backend.inFlight()).isZero();
        });
        assertThat(seen.stream().filter(Backend::sealed)).allSatisfy(backend -> assertThat(backend.seal()).isDone());
        assertThat(scene.gone.stream().mapToInt(List::size).sum()).isEqualTo((int) seen.stream().filter(Backend::sealed).count());
    }

    private void lookUpAgain() {
        int asked = scene.names.asked();
        scene.untilResting();
        scene.advance(REFRESH);
        scene.until("it was looked up", () -> scene.names.asked() > asked);
        scene.untilResting();
    }
}
