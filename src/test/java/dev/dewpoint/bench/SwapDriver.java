package dev.dewpoint.bench;

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
import dev.dewpoint.proxy.gateway.Gateway;
import dev.dewpoint.proxy.lane.Entrance;
import dev.dewpoint.proxy.lane.OwnPages;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The proxy in a JVM of its own, with one route. Each line of input is a new set of ports; answers the microseconds until the old set is drained. */
public final class SwapDriver {
    private SwapDriver() {}

    public static void main(String... arguments) throws Exception {
        Logger.getLogger("org.xnio").setLevel(Level.WARNING);
        int port = Integer.parseInt(arguments[0]);
        Rule rule = new Rule(new Match(port, "", "/", false), false, Balance.ROUND_ROBIN, List.of(), RouteOptions.USUAL, "bench");
        Route route = new Route(rule);
        Gateway gateway = Gateway.open(Math.min(4, Runtime.getRuntime().availableProcessors()), Terms.USUAL, Time.system(), AccessLog.OFF, (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"));
        gateway.follow(route);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        route.publish(backends(in.readLine()));
        gateway.listen(InetAddress.getLoopbackAddress(), new Entrance(port, false, new RoutingTable(List.of(route)), OwnPages.NONE, OptionalInt.empty()));
        System.out.println("listening");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            List<Backend> next = backends(line);
            long began = System.nanoTime();
            List<Backend> gone = route.publish(next);
            CompletableFuture.allOf(gone.stream().map(Backend::seal).toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
            System.out.println((System.nanoTime() - began) / 1000);
        }
        gateway.close();
    }

    private static List<Backend> backends(String ports) {
        return Stream.of(ports.split(",")).map(port -> {
            Backend backend = new Backend("127.0.0.1:" + port, new InetSocketAddress("127.0.0.1", Integer.parseInt(port)), 1, Experience.IGNORED);
            backend.ready(true);
            return backend;
        }).toList();
    }
}
