package dev.dewpoint;

import dev.dewpoint.config.ProxySettings;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Prober;
import dev.dewpoint.host.Listener;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.AccessLogFile;
import dev.dewpoint.proxy.Lookup;
import dev.dewpoint.proxy.Membership;
import dev.dewpoint.proxy.ProxyObserver;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RoutingTable;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.gateway.Gateway;
import dev.dewpoint.proxy.gateway.StatusPages;
import dev.dewpoint.proxy.lane.Entrance;
import dev.dewpoint.proxy.lane.OwnPages;
import dev.dewpoint.proxy.tls.CertificateWatch;
import dev.dewpoint.proxy.tls.Certificates;
import dev.dewpoint.proxy.tls.PemPair;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** The proxy's objects: what listens, the routes, and who stands behind each. */
final class DataPlane implements AutoCloseable {
    private static final Duration FIRST_CHECKS = Duration.ofSeconds(5);
    private static final Duration PATIENCE_WITH_SILENCE = Duration.ofSeconds(1);
    private static final Duration LOOKUP = Duration.ofSeconds(5);
    private static final Duration CERTIFICATES_ARE_LOOKED_AT = Duration.ofSeconds(5);
    private static final int MOST_IO_THREADS = 4;

    private final ProxySettings settings;
    private final HeldSockets held;
    private final Log log;
    private final Time time;
    private final List<Route> routes;
    private final List<Membership> memberships = new ArrayList<>();
    private final Optional<Certificates> certificates;
    private final Gateway gateway;
    /** Closed in the reverse order. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    DataPlane(ProxySettings settings, HeldSockets held, ProxyObserver observer, Log log, Time time) {
        this.settings = settings;
        this.held = held;
        this.log = log;
        this.time = time;
        this.routes = settings.rules().stream().map(Route::new).toList();
        this.certificates = certificates();
        AccessLog access = accessLog();
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = settings.limits().ioThreads() > 0 ? settings.limits().ioThreads() : Math.min(cores, MOST_IO_THREADS);
        Terms usual = Terms.USUAL;
        Terms terms = new Terms(settings.limits().header(), usual.parse(), usual.idle(), usual.stall(), usual.rate(), settings.limits().connections(), this::isTrusted);
        RandomGenerator.SplittableGenerator random = new SplittableRandom();
        this.gateway = Gateway.open(threads, terms, time, access, random, trouble -> log.warn("Requests are turned away with 503", "reason", trouble));
        Lookup system = Lookup.system(LOOKUP);
        Prober prober = new Prober(time);
        for (Route route : routes) {
            gateway.follow(route);
            Lookup lookup = Lookup.of(route.options().names(), system, time, random.split());
            Membership membership = new Membership(route, lookup, prober, time, random.split(), observer, gone -> gateway.drain(gone, route.options().drainTime()));
            open.push(membership);
            memberships.add(membership);
        }
    }

    List<Route> routes() {
        return routes;
    }

    /** In the order of the routes. */
    List<Membership> memberships() {
        return List.copyOf(memberships);
    }

    int connections() {
        return gateway.connections();
    }

    /** Certificates are read again. */
    void reload() {
        certificates.ifPresent(Certificates::reload);
    }

    /** Lookups and checks begin. */
    CompletableFuture<?>[] start() {
        return memberships.stream().map(membership -> membership.start(FIRST_CHECKS)).toArray(CompletableFuture[]::new);
    }

    /**
     * Done when all backends have been asked: the first request need not fail. Those that are silent get a second, if
     * every route has another one. Or at once, if told to stop.
     */
    void check(CompletableFuture<?> told) {
        CompletableFuture<?>[] begun = start();
        CompletableFuture<?> allAsked = CompletableFuture.allOf(begun).completeOnTimeout(null, PATIENCE_WITH_SILENCE.toMillis(), TimeUnit.MILLISECONDS);
        CompletableFuture.anyOf(told, allAsked).join();
        for (int i = 0; i < begun.length; i++) {
            if (routes.get(i).live().ready().length == 0) {
                CompletableFuture.anyOf(told, begun[i]).join();
            }
        }
    }

    void listen() {
        RoutingTable table = new RoutingTable(routes.stream().filter(route -> !route.rule().stream()).toList());
        ProxySettings.Pages pages = settings.pages();
        OwnPages own = pages.status().isEmpty() && !pages.health() && !pages.clientIp() ? OwnPages.NONE : new StatusPages(pages.status(), pages.health(), pages.clientIp(), routes, gateway::connections, gateway::shortages);
        routes.stream().filter(route -> route.rule().stream()).forEach(route -> {
            int port = route.rule().match().port();
            String from = open(port, address -> gateway.stream(address, route), socket -> gateway.stream(socket, route));
            log.info("Listening", "port", port, "protocol", "tcp", "from", from);
        });
        routes.stream().filter(route -> !route.rule().stream()).map(route -> route.rule().match().port()).distinct().forEach(port -> {
            if (settings.tls().ports().contains(port)) {
                Certificates shown = certificates.orElseThrow(() -> new Failure(Failure.Kind.MISCONFIGURED, "open port " + port + " for TLS", "no certificate is given; name one with --tls-cert and --tls-key"));
                Entrance entrance = new Entrance(port, true, table, own, OptionalInt.empty(), shown::knows);
                String from = open(port, address -> gateway.listen(address, entrance, shown.context()), socket -> gateway.listen(socket, entrance, shown.context()));
                log.info("Listening", "port", port, "protocol", "https", "from", from);
            } else {
                log.info("Listening", "port", port, "protocol", "http", "from", open(new Entrance(port, false, table, own, OptionalInt.empty())));
            }
        });
        settings.tls().redirects().forEach(port -> {
            String from = open(new Entrance(port, false, table, own, OptionalInt.of(settings.tls().redirectTo())));
            log.info("Listening", "port", port, "protocol", "http", "redirects_to", settings.tls().redirectTo(), "from", from);
        });
        held.tellOfTheRest(log);
    }

    private String open(Entrance entrance) {
        return open(entrance.port(), address -> gateway.listen(address, entrance), socket -> gateway.listen(socket, entrance));
    }

    /** On the sockets that are held for us, else on one of our own; which, as the log has it. */
    private String open(int port, Consumer<InetAddress> here, Consumer<Listener> there) {
        List<Listener> given = held.take(settings.bind(), port);
        given.forEach(there);
        if (given.isEmpty()) {
            here.accept(settings.bind().orElseGet(DataPlane::everywhere));
        }
        return given.isEmpty() ? "here" : "systemd";
    }

    /** Both families, if this host has both. */
    private static InetAddress everywhere() {
        try {
            return InetAddress.getByAddress(new byte[16]) instanceof Inet6Address six ? six : InetAddress.getByAddress(new byte[4]);
        } catch (UnknownHostException e) {
            throw new Failure(Failure.Kind.BUG, "listen on every address", e.toString(), e);
        }
    }

    private boolean isTrusted(InetAddress address) {
        return settings.trusted().stream().anyMatch(range -> range.contains(address));
    }

    private Optional<Certificates> certificates() {
        if (settings.tls().certificates().isEmpty()) {
            return Optional.empty();
        }
        Certificates certificates = Certificates.load(settings.tls().certificates().stream().map(pair -> new PemPair(pair.chain(), pair.key())).toList(), time, log);
        CertificateWatch watch = certificates.watch(CERTIFICATES_ARE_LOOKED_AT);
        open.push(watch);
        return Optional.of(certificates);
    }

    private AccessLog accessLog() {
        ProxySettings.AccessLog wanted = settings.accessLog();
        if (wanted.format() == ProxySettings.AccessLog.Format.OFF) {
            return AccessLog.OFF;
        }
        AccessLogFile.Format format = wanted.format() == ProxySettings.AccessLog.Format.JSON ? AccessLogFile.Format.JSON : AccessLogFile.Format.COMBINED;
        AccessLogFile access = wanted.file().map(file -> AccessLogFile.at(file, format, time, trouble -> log.warn("Access log has gaps", "reason", trouble)))
                .orElseGet(() -> AccessLogFile.to(System.out, format, time));
        open.push(access);
        return access;
    }

    /** No new connections, no further requests; what is in flight gets the time to end. */
    void end(Duration grace) throws InterruptedException {
        gateway.close(grace, time);
    }

    @Override
    public void close() {
        gateway.close();
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                log.warn("Something could not be closed in order", "error", e);
            }
        }
    }
}
