package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.dewpoint.testing.Seeds;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
    private static final int LOOKUPS = 20_000;

    @Test
    void aPrefixEndsAtASegmentBorder() {
        RoutingTable table = table("80 - /api", "80 - /api/v2");
        assertThat(find(table, 80, "h", "/api")).isEqualTo("80 - /api");
        assertThat(find(table, 80, "h", "/api/")).isEqualTo("80 - /api");
        assertThat(find(table, 80, "h", "/api/v1/x")).isEqualTo("80 - /api");
        assertThat(find(table, 80, "h", "/api/v2")).isEqualTo("80 - /api/v2");
        assertThat(find(table, 80, "h", "/api/v2/x")).isEqualTo("80 - /api/v2");
        assertThat(find(table, 80, "h", "/api/v22")).isEqualTo("80 - /api");
        assertThat(find(table, 80, "h", "/apix")).isNull();
        assertThat(find(table, 80, "h", "/")).isNull();
        assertThat(find(table, 80, "h", "")).isNull();
        assertThat(find(table, 81, "h", "/api")).isNull();
    }

    @Test
    void anExactPathGoesBeforeTheLongestPrefixWithOrWithoutASlashAtItsEnd() {
        RoutingTable table = table("80 - /api", "80 - /api/student$", "80 - /api/student", "80 - /$");
        assertThat(find(table, 80, "h", "/api/student")).isEqualTo("80 - /api/student$");
        assertThat(find(table, 80, "h", "/api/student/")).isEqualTo("80 - /api/student$");
        assertThat(find(table, 80, "h", "/api/student//")).isEqualTo("80 - /api/student");
        assertThat(find(table, 80, "h", "/api/student/1")).isEqualTo("80 - /api/student");
        assertThat(find(table, 80, "h", "/")).isEqualTo("80 - /$");
        assertThat(find(table, 80, "h", "")).isEqualTo("80 - /$");
        assertThat(find(table, 80, "h", "/other")).isNull();
    }

    @Test
    void pathsAreComparedAsTheyAreSent() {
        RoutingTable table = table("80 - /a/b", "80 - /f%C3%BC");
        assertThat(find(table, 80, "h", "/a%2Fb")).isNull();
        assertThat(find(table, 80, "h", "/A/b")).isNull();
        assertThat(find(table, 80, "h", "//a/b")).isNull();
        assertThat(find(table, 80, "h", "/a//b")).isNull();
        assertThat(find(table, 80, "h", "/f%C3%BC/x")).isEqualTo("80 - /f%C3%BC");
        assertThat(find(table, 80, "h", "/f%c3%bc")).isNull();
    }

    @Test
    void whatIsNoPathGoesToAWholeHostOnly() {
        RoutingTable table = table("80 - /", "80 a.example /x", "81 - /$");
        assertThat(find(table, 80, "a.example", "*")).isEqualTo("80 - /");
        assertThat(find(table, 81, "a.example", "*")).isNull();
        assertThat(find(table, 80, "a.example", "a.example:443")).isEqualTo("80 - /");
    }

    @Test
    void theHostIsFoundHoweverItIsWritten() {
        RoutingTable table = table("80 example.com /", "80 [::1] /", "80 10.0.0.1 /");
        for (String host : List.of("example.com", "EXAMPLE.com", "example.com:80", "example.com:8080", "example.com.", "Example.COM.:80", "example.com:")) {
            assertThat(find(table, 80, host, "/")).as(host).isEqualTo("80 example.com /");
        }
        for (String host : List.of("[::1]", "[::1]:80")) {
            assertThat(find(table, 80, host, "/")).as(host).isEqualTo("80 [::1] /");
        }
        assertThat(find(table, 80, "10.0.0.1:80", "/")).isEqualTo("80 10.0.0.1 /");
        for (String host : List.of("", ".", ":80", "com", "xexample.com", "example.comx", "example.com..", "a.example.com", "[::1", "10.0.0")) {
            assertThat(find(table, 80, host, "/")).as(host).isNull();
        }
    }

    @Test
    void anExactHostGoesBeforeTheLongestWildcardAndThatBeforeAnyHost() {
        RoutingTable table = table("80 - /", "80 *.example.com /", "80 *.eu.example.com /", "80 www.eu.example.com /");
        assertThat(find(table, 80, "www.eu.example.com", "/")).isEqualTo("80 www.eu.example.com /");
        assertThat(find(table, 80, "a.eu.example.com", "/")).isEqualTo("80 *.eu.example.com /");
        assertThat(find(table, 80, "a.b.EU.example.com:80", "/")).isEqualTo("80 *.eu.example.com /");
        assertThat(find(table, 80, "eu.example.com", "/")).isEqualTo("80 *.example.com /");
        assertThat(find(table, 80, "example.com", "/")).isEqualTo("80 - /");
        assertThat(find(table, 80, ".example.com", "/")).isEqualTo("80 - /");
    }

    @Test
    void aHostWhosePathsDoNotMatchIsPassedOver() {
        RoutingTable table = table("80 www.example.com /a", "80 *.example.com /b", "80 *.com /c", "80 - /d");
        assertThat(find(table, 80, "www.example.com", "/a")).isEqualTo("80 www.example.com /a");
        assertThat(find(table, 80, "www.example.com", "/b")).isEqualTo("80 *.example.com /b");
        assertThat(find(table, 80, "www.example.com", "/c")).isEqualTo("80 *.com /c");
        assertThat(find(table, 80, "www.example.com", "/d")).isEqualTo("80 - /d");
        assertThat(find(table, 80, "www.example.com", "/e")).isNull();
    }

    @Test
    void itLooksAtItsPartOfTheBufferOnly() {
        byte[] bytes = "GET /api/x?y HTTP/1.1\r\nHost: Example.com\r\n".getBytes(StandardCharsets.ISO_8859_1);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int host = text.indexOf("Example");
        Route found = table("80 example.com /api/x").find(80, bytes, host, host + "Example.com".length(), text.indexOf('/'), text.indexOf('?'));
        assertThat(found.rule().text()).isEqualTo("80 example.com /api/x");
    }

    @Test
    void twoRoutesForTheSameAreRefused() {
        assertThatThrownBy(() -> table("80 a /x", "80 a /x")).isInstanceOf(IllegalArgumentException.class);
        assertThat(find(new RoutingTable(List.of()), 80, "a", "/")).isNull();
    }

    @Test
    void itFindsWhatLookingAtEachRouteFinds() {
        Seeds.each(300, random -> {
            List<Route> routes = randomRoutes(random);
            RoutingTable table = new RoutingTable(routes);
            for (int i = 0; i < 300; i++) {
                int port = 80 + random.nextInt(3);
                String host = randomHost(random, false);
                String sent = dressed(host, random);
                String path = randomPath(random);
                assertThat(table.find(port, sent, path)).as("%s %s%s among %s", port, sent, path, routes.stream().map(route -> route.rule().text()).toList()).isSameAs(byScan(routes, port, host, path));
            }
        });
    }

    @Test
    void lookingUpAllocatesNothing() {
        RoutingTable table = many(1000);
        byte[] bytes = "Www.H7.Example.com:80/shop7/cart/x/y/z".getBytes(StandardCharsets.ISO_8859_1);
        int host = "Www.H7.Example.com:80".length();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(table.find(80, bytes, 0, host, host, bytes.length)).isNotNull();
        long fewest = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < LOOKUPS; i++) {
                if (table.find(80, bytes, 0, host, host, bytes.length) == null) {
                    throw new AssertionError("lost");
                }
            }
            fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(fewest).as("bytes for %s lookups", LOOKUPS).isLessThan(LOOKUPS / 10);
    }

    /** One look at a hash table for each border, and each look is short, however many routes there are. */
    @Test
    void tenThousandRoutesTakeNoMoreLooksThanOne() {
        for (int size : List.of(1, 100, 10_000)) {
            List<Route> byPath = IntStream.range(0, size).mapToObj(i -> route("80 - /shop" + i + "/cart")).toList();
            assertThat(new PathTable(byPath).longestProbe()).as("paths, %s routes", size).isLessThanOrEqualTo(16);
            List<Route> byHost = IntStream.range(0, size).mapToObj(i -> route("80 " + (i % 2 == 0 ? "*." : "") + "h" + i + ".example.com /")).toList();
            assertThat(new HostTable(80, byHost).longestProbe()).as("hosts, %s routes", size).isLessThanOrEqualTo(16);
        }
        RoutingTable table = many(10_000);
        assertThat(find(table, 80, "x.h9998.example.com", "/shop9998/x")).isEqualTo("80 *.h9998.example.com /shop9998");
        assertThat(find(table, 80, "h9999.example.com", "/shop9999")).isEqualTo("80 h9999.example.com /shop9999");
    }

    private static RoutingTable many(int size) {
        List<Route> routes = new ArrayList<>(IntStream.range(0, size).mapToObj(i -> route("80 " + (i % 2 == 0 ? "*." : "") + "h" + i + ".example.com /shop" + i)).toList());
        routes.add(route("80 *.h7.example.com /shop7/cart"));
        return new RoutingTable(routes);
    }

    /** As docs/routes.md tells it, and as slow as that. */
    private static Route byScan(List<Route> routes, int port, String host, String path) {
        Comparator<Route> byHost = Comparator.comparingInt(route -> rank(route.rule().match().host()));
        Comparator<Route> byPath = Comparator.comparingInt(route -> route.rule().match().exact() ? Integer.MAX_VALUE : route.rule().match().path().length());
        return routes.stream().filter(route -> matches(route.rule().match(), port, host, path)).max(byHost.thenComparing(byPath)).orElse(null);
    }

    private static int rank(String host) {
        return host.isEmpty() ? 0 : host.startsWith("*") ? host.length() : Integer.MAX_VALUE;
    }

    private static boolean matches(Match match, int port, String host, String path) {
        String wanted = match.path();
        String sent = path.isEmpty() ? "/" : path;
        boolean byHost = match.host().isEmpty() || match.host().equals(host) || match.host().startsWith("*") && host.endsWith(match.host().substring(1)) && host.length() >= match.host().length();
        boolean whole = sent.equals(wanted) || !wanted.equals("/") && sent.equals(wanted + "/");
        boolean below = wanted.equals("/") || sent.equals(wanted) || sent.startsWith(wanted + "/");
        return match.port() == port && byHost && (match.exact() ? whole : below);
    }

    private static List<Route> randomRoutes(RandomGenerator random) {
        Set<String> texts = new LinkedHashSet<>();
        for (int i = random.nextInt(60); i >= 0; i--) {
            String host = random.nextInt(4) == 0 ? "-" : randomHost(random, true);
            String path = randomPath(random).replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
            texts.add((80 + random.nextInt(2)) + " " + (host.isEmpty() ? "-" : host) + " " + (path.startsWith("/") ? path : "/") + (random.nextInt(3) == 0 ? "$" : ""));
        }
        return texts.stream().map(RoutingTableTest::route).toList();
    }

    private static String randomHost(RandomGenerator random, boolean starred) {
        List<String> labels = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            labels.add(List.of("a", "b", "aa", "com").get(random.nextInt(4)));
        }
        String host = String.join(".", labels);
        return starred && !host.isEmpty() && random.nextBoolean() ? "*." + host : host;
    }

    private static String dressed(String host, RandomGenerator random) {
        String cased = random.nextBoolean() ? host.toUpperCase(Locale.ROOT) : host;
        String dotted = host.isEmpty() || random.nextInt(4) > 0 ? cased : cased + ".";
        return random.nextBoolean() ? dotted : dotted + ":" + random.nextInt(65536);
    }

    private static String randomPath(RandomGenerator random) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            path.append('/').append(List.of("", "x", "y", "xy", "x%2Fy").get(random.nextInt(5)));
        }
        return path.toString();
    }

    private static String find(RoutingTable table, int port, String host, String path) {
        return Optional.ofNullable(table.find(port, host, path)).map(route -> route.rule().text()).orElse(null);
    }

    private static RoutingTable table(String... texts) {
        return new RoutingTable(List.of(texts).stream().map(RoutingTableTest::route).toList());
    }

    /** {@code PORT HOST PATH}, with a dash for any host. */
    private static Route route(String text) {
        String[] parts = text.split(" ");
        boolean exact = parts[2].endsWith("$");
        Match match = new Match(Integer.parseInt(parts[0]), parts[1].equals("-") ? "" : parts[1], exact ? parts[2].substring(0, parts[2].length() - 1) : parts[2], exact);
        return new Route(new Rule(match, false, Balance.ROUND_ROBIN, List.of(), RouteOptions.USUAL, text));
    }
}
