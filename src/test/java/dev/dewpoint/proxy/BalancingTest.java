package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Who gets which request. */
class BalancingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void turnsAreEvenFromSeveralThreads() throws Exception {
        Route route = route(Balance.ROUND_ROBIN, backends(1, 1, 1));
        Map<Backend, AtomicInteger> counts = counts(route);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 2500; i++) {
                    Backend backend = Balancer.claim(route, 0, 0, new Backend[0], 0);
                    counts.get(backend).incrementAndGet();
                    backend.release();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(counts.values()).allSatisfy(count -> assertThat(count.get()).isBetween(3333, 3334));
    }

    @Test
    void turnsAreEvenOverManyConnections() {
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); TestBackend c = TestBackend.saying("c"); Stage stage = Stage.with(a, b, c)) {
            for (int i = 0; i < 31; i++) {
                try (TestClient client = stage.client()) {
                    client.get("/");
                    client.get("/");
                }
            }
            assertThat(List.of(a.requests().size(), b.requests().size(), c.requests().size())).allSatisfy(count -> assertThat(count).isBetween(20, 21));
        }
    }

    @Test
    void turnsGoByWeightAndAreSpreadOut() {
        Route route = route(Balance.ROUND_ROBIN, backends(5, 1, 2));
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            Backend backend = claim(route);
            order.append(backend.name());
            backend.release();
        }
        assertThat(order.toString().chars().filter(c -> c == '0').count()).isEqualTo(10);
        assertThat(order.toString().chars().filter(c -> c == '1').count()).isEqualTo(2);
        assertThat(order.toString().chars().filter(c -> c == '2').count()).isEqualTo(4);
        assertThat(order.toString()).doesNotContain("0000", "22");
    }

    @Test
    void largeWeightsWithACommonDivisorAreAsGoodAsSmallOnes() {
        Route route = route(Balance.ROUND_ROBIN, backends(3000, 1000));
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            counts.merge(claim(route).name(), 1, Integer::sum);
        }
        assertThat(counts).containsEntry("0", 300).containsEntry("1", 100);
    }

    @Test
    void leastRequestsLooksAtWhatIsInFlightForItsWeight() {
        Route route = route(Balance.LEAST_REQUESTS, backends(1, 2, 1));
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            counts.merge(claim(route).name(), 1, Integer::sum);
        }
        assertThat(counts).containsEntry("0", 10).containsEntry("1", 20).containsEntry("2", 10);
        Backend busy = route.live().members().getFirst();
        while (busy.inFlight() > 0) {
            busy.release();
        }
        for (int i = 0; i < 10; i++) {
            assertThat(claim(route)).isSameAs(busy);
        }
    }

    @Test
    void leastRequestsIsEvenWhenAllAreIdle() {
        Route route = route(Balance.LEAST_REQUESTS, backends(1, 1, 1));
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            Backend backend = claim(route);
            counts.merge(backend.name(), 1, Integer::sum);
            backend.release();
        }
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(99, 101));
    }

    @Test
    void aClientStaysWithItsBackendAndALostOneMovesOnlyItsOwn() {
        int clients = 20_000;
        for (int n = 2; n <= 6; n++) {
            List<Backend> all = backends(1, 1, 1, 1, 1, 1).subList(0, n);
            Route route = route(Balance.IP_HASH, all);
            Backend[] before = picks(route, clients);
            assertThat(picks(route, clients)).as("the same again").isEqualTo(before);
            Map<Backend, Long> shares = List.of(before).stream().collect(Collectors.groupingBy(backend -> backend, Collectors.counting()));
            int even = clients / n;
            assertThat(shares.values()).hasSize(n).allSatisfy(share -> assertThat(share).isBetween(even * 9L / 10, even * 11L / 10));
            Backend lost = all.get(n / 2);
            lost.ready(false);
            route.refresh();
            Backend[] after = picks(route, clients);
            for (int i = 0; i < clients; i++) {
                if (before[i] != lost) {
                    assertThat(after[i]).as("client %s of another", i).isSameAs(before[i]);
                } else {
                    assertThat(after[i]).isNotSameAs(lost);
                }
            }
            lost.ready(true);
            route.refresh();
            assertThat(picks(route, clients)).as("back as it was").isEqualTo(before);
        }
    }

    @Test
    void addressesAreSharedByWeight() {
        Route route = route(Balance.IP_HASH, backends(3, 1));
        long first = List.of(picks(route, 20_000)).stream().filter(backend -> backend.name().equals("0")).count();
        assertThat(first).isBetween(14_500L, 15_500L);
    }

    @Test
    void behindATrustedProxyTheRealAddressCounts() {
        Terms terms = new Terms(Terms.USUAL.head(), Terms.USUAL.parse(), Terms.USUAL.idle(), Terms.USUAL.stall(), Terms.USUAL.rate(), Terms.USUAL.connections(), _ -> true);
        assertThat(reached(terms)).as("believed").hasSize(3);
        assertThat(reached(Terms.USUAL)).as("not believed").hasSize(1);
    }

    private static Set<String> reached(Terms terms) {
        Set<String> reached = new HashSet<>();
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); TestBackend c = TestBackend.saying("c"); Stage stage = Stage.open(terms, Balance.IP_HASH, RouteOptions.USUAL, AccessLog.OFF, a, b, c); TestClient client = stage.client()) {
            for (int i = 0; i < 60; i++) {
                String head = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113." + i + "\r\n\r\n";
                String first = client.send(head).response().text();
                assertThat(client.send(head).response().text()).isEqualTo(first);
                reached.add(first);
            }
        }
        return reached;
    }

    @Test
    void twoPortsOfOneHostDoNotTakeEachOthersCookies() {
        try (TestBackend a = TestBackend.saying("a"); Stage one = Stage.open(Terms.USUAL, Balance.COOKIE, RouteOptions.USUAL, AccessLog.OFF, a); Stage other = Stage.open(Terms.USUAL, Balance.COOKIE, RouteOptions.USUAL, AccessLog.OFF, a);
                TestClient first = one.client(); TestClient second = other.client()) {
            assertThat(cookieName(first.get("/"))).isNotEqualTo(cookieName(second.get("/")));
        }
    }

    private static String cookieName(TestClient.Response response) {
        String set = response.header("Set-Cookie").orElseThrow();
        return set.substring(0, set.indexOf('='));
    }

    @Test
    void aCookieKeepsAClientWithItsBackendUntilThatLeaves() {
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); Stage stage = Stage.at("/shop", Terms.USUAL, Balance.COOKIE, RouteOptions.USUAL, AccessLog.OFF, a, b); TestClient client = stage.client()) {
            TestClient.Response first = client.get("/shop");
            String set = first.header("Set-Cookie").orElseThrow();
            assertThat(set).matches("dewpoint_[0-9a-f]{1,8}=[0-9a-f]{16}; Path=/shop; HttpOnly; SameSite=Lax");
            String cookie = set.substring(0, set.indexOf(';'));
            for (int i = 0; i < 10; i++) {
                TestClient.Response again = with(client, "other=1; " + cookie + "; third=x");
                assertThat(again.text()).isEqualTo(first.text());
                assertThat(again.headers("Set-Cookie")).as("it has it already").isEmpty();
            }
            List<Backend> stay = stage.route().live().members().stream().filter(backend -> !backend.name().endsWith(":" + (first.text().equals("a") ? a : b).address().getPort())).toList();
            stage.route().publish(stay);
            TestClient.Response moved = with(client, cookie);
            assertThat(moved.status()).isEqualTo(200);
            assertThat(moved.text()).isNotEqualTo(first.text());
            assertThat(moved.headers("Set-Cookie")).hasSize(1);
        }
    }

    @Test
    void aCookieOfADeadBackendIsNeverA502() {
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); Stage stage = Stage.open(Terms.USUAL, Balance.COOKIE, RouteOptions.USUAL, AccessLog.OFF, a, b); TestClient client = stage.client()) {
            TestClient.Response first = client.get("/");
            String cookie = first.header("Set-Cookie").orElseThrow().split(";")[0];
            (first.text().equals("a") ? a : b).close();
            TestClient.Response second = with(client, cookie);
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.text()).isNotEqualTo(first.text());
            assertThat(second.header("Set-Cookie").orElseThrow()).doesNotContain(cookie);
        }
    }

    @Test
    void nonsenseInACookieIsNoCookie() {
        try (TestBackend a = TestBackend.saying("a"); Stage stage = Stage.open(Terms.USUAL, Balance.COOKIE, RouteOptions.USUAL, AccessLog.OFF, a); TestClient client = stage.client()) {
            String name = client.get("/").header("Set-Cookie").orElseThrow().split("=")[0];
            for (String cookie : new String[] {name, name + "=", name + "=1", name + "=zzzzzzzzzzzzzzzz", name + "=0000000000000000", "x" + name + "=0123456789abcdef", ";;;=", name + "=0123456789abcdef"}) {
                TestClient.Response response = with(client, cookie);
                assertThat(response.text()).as(cookie).isEqualTo("a");
                assertThat(response.headers("Set-Cookie")).as(cookie).hasSize(1);
            }
        }
    }

    @Test
    void aKilledReplicaCostsNoGet() throws Exception {
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        AtomicBoolean on = new AtomicBoolean(true);
        AtomicInteger served = new AtomicInteger();
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); TestBackend c = TestBackend.saying("c"); Stage stage = Stage.with(a, b, c)) {
            CountDownLatch warm = new CountDownLatch(16);
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    try (TestClient client = stage.client()) {
                        for (int n = 0; on.get(); n++) {
                            int status = client.send(GET).response().status();
                            if (status != 200) {
                                failures.add("status " + status);
                            }
                            served.incrementAndGet();
                            if (n == 20) {
                                warm.countDown();
                            }
                        }
                    } catch (RuntimeException e) {
                        failures.add(e.toString());
                    }
                }));
            }
            warm.await();
            a.close();
            int then = served.get();
            while (served.get() < then + 2000) {
                Thread.onSpinWait();
            }
            b.close();
            then = served.get();
            while (served.get() < then + 2000) {
                Thread.onSpinWait();
            }
            on.set(false);
            for (Thread client : clients) {
                client.join();
            }
            assertThat(failures).as("of " + served).isEmpty();
        }
    }

    @Test
    void allDownIsA503AtOnce() {
        try (TestBackend a = TestBackend.saying("a"); TestBackend b = TestBackend.saying("b"); Stage stage = Stage.with(a, b); TestClient client = stage.client()) {
            a.close();
            b.close();
            for (int i = 0; i < 20; i++) {
                assertThat(client.get("/").status()).isEqualTo(503);
            }
        }
    }

    private static TestClient.Response with(TestClient client, String cookie) {
        return client.send("GET /shop HTTP/1.1\r\nHost: x\r\nCookie: " + cookie + "\r\n\r\n").response();
    }

    @Test
    void whoIsSealedAndStillListedIsPassedOver() {
        for (Balance balance : Balance.values()) {
            List<Backend> all = backends(1, 1, 1);
            Route route = route(balance, all);
            all.get(0).seal();
            all.get(2).seal();
            for (long client = 1; client < 20; client++) {
                assertThat(Balancer.claim(route, client, all.get(2).id(), new Backend[0], 0)).as("%s", balance).isSameAs(all.get(1));
                assertThat(Balancer.claim(route, client, all.get(0).id(), new Backend[] {all.get(1), null}, 1)).as("%s, all but the sealed ones tried", balance).isNull();
            }
        }
    }

    @Test
    void aListOfNobodyButSealedOnesHasNobody() {
        for (Balance balance : Balance.values()) {
            List<Backend> all = backends(2, 1, 1);
            Route route = route(balance, all);
            all.forEach(Backend::seal);
            assertThat(Balancer.claim(route, 7, all.get(1).id(), new Backend[0], 0)).as("%s", balance).isNull();
        }
    }

    private static Backend claim(Route route) {
        return Balancer.claim(route, 0, 0, new Backend[0], 0);
    }

    private static Backend[] picks(Route route, int clients) {
        Backend[] picks = new Backend[clients];
        for (int i = 0; i < clients; i++) {
            picks[i] = Balancer.claim(route, Balancer.hash(new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i}), 0, new Backend[0], 0);
            picks[i].release();
        }
        return picks;
    }

    private static Map<Backend, AtomicInteger> counts(Route route) {
        return route.live().members().stream().collect(Collectors.toMap(backend -> backend, _ -> new AtomicInteger()));
    }

    private static List<Backend> backends(int... weights) {
        List<Backend> backends = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            Backend backend = new Backend(String.valueOf(i), InetSocketAddress.createUnresolved("x", 1), weights[i], Experience.IGNORED);
            backend.ready(true);
            backends.add(backend);
        }
        return backends;
    }

    private static Route route(Balance balance, List<Backend> backends) {
        Route route = new Route(new Rule(new Match(80, "", "/", false), false, balance, List.of(), RouteOptions.USUAL, "80="));
        route.publish(backends);
        return route;
    }
}
