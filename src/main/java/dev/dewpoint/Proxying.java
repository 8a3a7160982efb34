package dev.dewpoint;

import dev.dewpoint.config.ProxySettings;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Prober;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Systemd;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.notify.Outbox;
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
import dev.dewpoint.telemetry.LibraryLog;
import dev.dewpoint.telemetry.ProxyLog;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import sun.misc.Signal;

/** The objects of `dewpoint proxy`, and the order in which they start and stop. */
final class Proxying implements AutoCloseable {
    private static final Duration FIRST_CHECKS = Duration.ofSeconds(5);
    private static final Duration PATIENCE_WITH_SILENCE = Duration.ofSeconds(1);
    private static final Duration LOOKUP = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration LAST_NOTICES = Duration.ofSeconds(5);
    private static final Duration CERTIFICATES_ARE_LOOKED_AT = Duration.ofSeconds(5);
    private static final int MOST_IO_THREADS = 4;

    private final ProxySettings settings;
    private final Time time = Time.system();
    private final Log log;
    private final Systemd systemd;
    private final Build build;
    private final ProxyObserver observer;
    private final List<Route> routes;
    /** To stop, and why. */
    private final CompletableFuture<String> told = new CompletableFuture<>();
    /** Closed in the reverse order. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private Proxying(ProxySettings settings, Map<String, String> environment, List<Secret> secrets, Build build) {
        this.settings = settings;
        this.build = build;
        Redaction redaction = new Redaction(secrets);
        this.log = new Log(time, System.err, settings.logging().level(), settings.logging().format(), redaction);
        LibraryLog.into(log);
        this.systemd = Systemd.from(environment);
        this.routes = settings.rules().stream().map(Route::new).toList();
        ProxyLog story = new ProxyLog(log);
        Optional<Outbox> outbox = outbox(redaction);
        this.observer = event -> {
            story.saw(event);
            outbox.ifPresent(people -> people.saw(event));
        };
    }

    /** Until told to stop. */
    static void run(ProxySettings settings, Map<String, String> environment, List<Secret> secrets, Build build) {
        try (Proxying proxying = new Proxying(settings, environment, secrets, build)) {
            proxying.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Outbox> outbox(Redaction redaction) {
        if (settings.channels().isEmpty() || settings.root().isEmpty()) {
            return Optional.empty();
        }
        Http http = new Http(time, Credentials.none(), "Dewpoint/" + build.version(), SILENCE);
        open.push(http::close);
        Outbox outbox = Outbox.open(settings.root().get().resolve(".dewpoint").resolve("outbox"), settings.channels(), http, time, log, Agent.host(), redaction);
        open.push(() -> outbox.close(LAST_NOTICES));
        return Optional.of(outbox);
    }

    private void run() throws InterruptedException {
        Optional<Certificates> certificates = certificates();
        AccessLog access = accessLog();
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = settings.limits().ioThreads() > 0 ? settings.limits().ioThreads() : Math.min(cores, MOST_IO_THREADS);
        Terms usual = Terms.USUAL;
        Terms terms = new Terms(settings.limits().header(), usual.parse(), usual.idle(), usual.stall(), usual.rate(), settings.limits().connections(), this::isTrusted);
        RandomGenerator.SplittableGenerator random = new SplittableRandom();
        Gateway gateway = Gateway.open(threads, terms, time, access, random, trouble -> log.warn("Requests are turned away with 503", "reason", trouble));
        try {
            listenToSignals(certificates);
            follow(gateway, random);
            if (!told.isDone()) {
                listen(gateway, certificates);
                systemd.ready(routes.size() + " routes");
            }
            String why = told.join();
            systemd.stopping();
            log.info("Stopping", "reason", why, "connections", gateway.connections());
            gateway.close(settings.drainTime(), time);
            log.info("Dewpoint proxy stopped");
        } finally {
            gateway.close();
        }
    }

    /**
     * The listeners open when all backends have been asked: the first request need not fail. Those that are silent get a
     * second, if every route has another one. Or at once, if told to stop.
     */
    private void follow(Gateway gateway, RandomGenerator.SplittableGenerator random) {
        Lookup system = Lookup.system(LOOKUP);
        Prober prober = new Prober(time);
        CompletableFuture<?>[] begun = routes.stream().map(route -> {
            gateway.follow(route);
            Lookup lookup = Lookup.of(route.options().names(), system, time, random.split());
            Membership membership = new Membership(route, lookup, prober, time, random.split(), observer, gone -> gateway.drain(gone, route.options().drainTime()));
            open.push(membership);
            return membership.start(FIRST_CHECKS);
        }).toArray(CompletableFuture[]::new);
        CompletableFuture<?> allAsked = CompletableFuture.allOf(begun).completeOnTimeout(null, PATIENCE_WITH_SILENCE.toMillis(), TimeUnit.MILLISECONDS);
        CompletableFuture.anyOf(told, allAsked).join();
        for (int i = 0; i < begun.length; i++) {
            if (routes.get(i).live().ready().length == 0) {
                CompletableFuture.anyOf(told, begun[i]).join();
            }
        }
    }

    private void listen(Gateway gateway, Optional<Certificates> certificates) {
        RoutingTable table = new RoutingTable(routes.stream().filter(route -> !route.rule().stream()).toList());
        ProxySettings.Pages pages = settings.pages();
        OwnPages own = pages.status().isEmpty() && !pages.health() && !pages.clientIp() ? OwnPages.NONE : new StatusPages(pages.status(), pages.health(), pages.clientIp(), routes, gateway::connections, gateway::shortages);
        InetAddress address = settings.bind().orElseGet(Proxying::everywhere);
        for (Route route : routes) {
            if (route.rule().stream()) {
                gateway.stream(address, route);
                log.info("Listening", "port", route.rule().match().port(), "protocol", "tcp");
            }
        }
        routes.stream().filter(route -> !route.rule().stream()).map(route -> route.rule().match().port()).distinct().forEach(port -> {
            boolean secure = settings.tls().ports().contains(port);
            if (secure) {
                Certificates shown = certificates.orElseThrow(() -> new Failure(Failure.Kind.MISCONFIGURED, "open port " + port + " for TLS", "no certificate is given; name one with --tls-cert and --tls-key"));
                gateway.listen(address, new Entrance(port, true, table, own, OptionalInt.empty(), shown::knows), shown.context());
            } else {
                gateway.listen(address, new Entrance(port, false, table, own, OptionalInt.empty()));
            }
            log.info("Listening", "port", port, "protocol", secure ? "https" : "http");
        });
        for (int port : settings.tls().redirects()) {
            gateway.listen(address, new Entrance(port, false, table, own, OptionalInt.of(settings.tls().redirectTo())));
            log.info("Listening", "port", port, "protocol", "http", "redirects_to", settings.tls().redirectTo());
        }
        log.info("Dewpoint proxy started", "version", build.version(), "routes", routes.size());
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

    private void listenToSignals(Optional<Certificates> certificates) {
        for (String name : List.of("TERM", "INT")) {
            Signal.handle(new Signal(name), signal -> told.complete("SIG" + signal.getName()));
        }
        Signal.handle(new Signal("HUP"), _ -> certificates.ifPresent(Certificates::reload));
        Signal.handle(new Signal("USR1"), _ -> log.debug("Signal ignored", "signal", "SIGUSR1"));
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                log.warn("Something could not be closed in order", "error", e);
            }
        }
    }
}
