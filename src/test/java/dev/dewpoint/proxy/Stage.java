package dev.dewpoint.proxy;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.gateway.Gateway;
import dev.dewpoint.proxy.lane.Entrance;
import dev.dewpoint.proxy.lane.OwnPages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/** A proxy on a free port of this host, with one route. */
public final class Stage implements AutoCloseable {
    private final Gateway gateway;
    private final Route route;
    private final InetSocketAddress address;

    private Stage(boolean stream, String path, Terms terms, Balance balance, RouteOptions options, AccessLog log) {
        this(stream, path, terms, balance, options, log, null);
    }

    /** {@code tls}: null for clear text. */
    private Stage(boolean stream, String path, Terms terms, Balance balance, RouteOptions options, AccessLog log, SSLContext tls) {
        int port = freePort();
        route = new Route(new Rule(new Match(port, "", path, false), stream, balance, List.of(), options, port + "="));
        gateway = Gateway.open(2, terms, Time.system(), log, (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"));
        gateway.follow(route);
        address = stream ? gateway.stream(InetAddress.getLoopbackAddress(), route) : listen(port, tls);
    }

    private InetSocketAddress listen(int port, SSLContext tls) {
        if (tls == null) {
            return gateway.listen(InetAddress.getLoopbackAddress(), new Entrance(port, false, (_, _, _, _, _, _) -> route, OwnPages.NONE, OptionalInt.empty()));
        }
        return gateway.listen(InetAddress.getLoopbackAddress(), new Entrance(port, true, (_, _, _, _, _, _) -> route, OwnPages.NONE, OptionalInt.empty(), host -> host.startsWith("localhost")), tls);
    }

    public static Stage with(TestBackend... backends) {
        return with(options -> options, backends);
    }

    public static Stage with(UnaryOperator<RouteOptions> options, TestBackend... backends) {
        return open(Terms.USUAL, Balance.ROUND_ROBIN, options.apply(RouteOptions.USUAL), AccessLog.OFF, backends);
    }

    public static Stage open(Terms terms, Balance balance, RouteOptions options, AccessLog log, TestBackend... backends) {
        return at("/", terms, balance, options, log, backends);
    }

    /** For a prefix; requests for other paths get here just the same. */
    public static Stage at(String path, Terms terms, Balance balance, RouteOptions options, AccessLog log, TestBackend... backends) {
        Stage stage = new Stage(false, path, terms, balance, options, log);
        stage.route.publish(Stream.of(backends).map(TestBackend::backend).toList());
        return stage;
    }

    /** Behind TLS. */
    public static Stage secure(SSLContext tls, Terms terms, Balance balance, RouteOptions options, AccessLog log, Backend... backends) {
        Stage stage = new Stage(false, "/", terms, balance, options, log, tls);
        stage.route.publish(List.of(backends));
        return stage;
    }

    /** A TCP port before these addresses. */
    public static Stage stream(InetSocketAddress... backends) {
        Stage stage = new Stage(true, "/", Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, AccessLog.OFF);
        stage.route.publish(Stream.of(backends).map(address -> new Backend(address.toString(), address, 1, Experience.IGNORED)).peek(backend -> backend.ready(true)).toList());
        return stage;
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Route route() {
        return route;
    }

    /** The client has its answer a moment before the request counts as over. */
    public void awaitNothingInFlight() {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (route.live().members().stream().anyMatch(backend -> backend.inFlight() > 0)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("still in flight: " + route.live().members().stream().map(backend -> backend + " " + backend.inFlight()).toList());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    public Gateway gateway() {
        return gateway;
    }

    public InetSocketAddress address() {
        return address;
    }

    public TestClient client() {
        return new TestClient(address);
    }

    @Override
    public void close() {
        gateway.close();
    }
}
