package dev.dewpoint.bench;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.RoutingTable;
import dev.dewpoint.proxy.Rule;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Nanoseconds, and with the profiler bytes, of finding a route and of claiming and releasing a backend of it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgs = {"-XX:+UseSerialGC", "-Xmx512m", "-XX:+UseCompactObjectHeaders"})
public class RoutingBenchmark {
    private static final int DIFFERENT = 512;

    @Param({"1", "100", "10000"})
    public int routes;

    private RoutingTable table;
    private Route route;
    private byte[][] heads;
    private int[] hosts;
    private int next;

    /** Half of them by host, half by path below one host. */
    @Setup
    public void routes() {
        List<Route> all = IntStream.range(0, routes).mapToObj(i -> new Route(rule(host(i), path(i)))).toList();
        all.forEach(one -> one.publish(IntStream.range(0, 3).mapToObj(RoutingBenchmark::backend).toList()));
        table = new RoutingTable(all);
        route = all.getFirst();
        heads = new byte[DIFFERENT][];
        hosts = new int[DIFFERENT];
        for (int i = 0; i < DIFFERENT; i++) {
            int wanted = i * 7919 % routes;
            heads[i] = (host(wanted) + path(wanted) + "/and/more").getBytes(StandardCharsets.US_ASCII);
            hosts[i] = host(wanted).length();
        }
    }

    private static String host(int i) {
        return i % 2 == 0 ? "host" + i + ".example.com" : "example.org";
    }

    private static String path(int i) {
        return i % 2 == 0 ? "/api" : "/path" + i;
    }

    private static Rule rule(String host, String path) {
        return new Rule(new Match(8000, host, path, false), false, Balance.ROUND_ROBIN, List.of(), RouteOptions.USUAL, host + path);
    }

    private static Backend backend(int number) {
        Backend backend = new Backend("b" + number, new InetSocketAddress("127.0.0.1", 1 + number), 1, Experience.IGNORED);
        backend.ready(true);
        return backend;
    }

    @Benchmark
    public Route find() {
        int i = next++ & DIFFERENT - 1;
        return table.find(8000, heads[i], 0, hosts[i], hosts[i], heads[i].length);
    }

    @Benchmark
    public Backend claimAndRelease() {
        Backend backend = Balancer.claim(route, 0, 0, null, 0);
        backend.release();
        return backend;
    }

    @Benchmark
    public Backend wholeWay() {
        int i = next++ & DIFFERENT - 1;
        Backend backend = Balancer.claim(table.find(8000, heads[i], 0, hosts[i], hosts[i], heads[i].length), 0, 0, null, 0);
        backend.release();
        return backend;
    }
}
