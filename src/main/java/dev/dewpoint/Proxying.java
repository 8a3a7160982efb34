package dev.dewpoint;

import dev.dewpoint.config.ProxySettings;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Systemd;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.notify.Outbox;
import dev.dewpoint.proxy.ProxyObserver;
import dev.dewpoint.telemetry.LibraryLog;
import dev.dewpoint.telemetry.ProxyLog;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import sun.misc.Signal;

/** The objects of `dewpoint proxy`, and the order in which they start and stop. */
final class Proxying implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration LAST_NOTICES = Duration.ofSeconds(5);

    private final ProxySettings settings;
    private final Time time = Time.system();
    private final Log log;
    private final Systemd systemd;
    private final HeldSockets held;
    private final Build build;
    private final ProxyObserver observer;
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
        this.held = HeldSockets.of(environment);
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
        try (DataPlane plane = new DataPlane(settings, held, observer, log, time)) {
            listenToSignals(plane);
            plane.check(told);
            if (!told.isDone()) {
                plane.listen();
                log.info("Dewpoint proxy started", "version", build.version(), "routes", plane.routes().size());
                systemd.ready(plane.routes().size() + " routes");
            }
            String why = told.join();
            systemd.stopping();
            log.info("Stopping", "reason", why, "connections", plane.connections());
            plane.end(settings.drainTime());
            log.info("Dewpoint proxy stopped");
        }
    }

    private void listenToSignals(DataPlane plane) {
        for (String name : List.of("TERM", "INT")) {
            Signal.handle(new Signal(name), signal -> told.complete("SIG" + signal.getName()));
        }
        Signal.handle(new Signal("HUP"), _ -> plane.reload());
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
