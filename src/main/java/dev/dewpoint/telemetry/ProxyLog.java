package dev.dewpoint.telemetry;

import dev.dewpoint.host.Log;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.proxy.ProxyObserver;

/** The log of who stands behind the routes. The messages are a contract, as those of {@link StoryLog}. */
public final class ProxyLog implements ProxyObserver {
    private final Log log;

    public ProxyLog(Log log) {
        this.log = log;
    }

    @Override
    public void saw(ProxyEvent event) {
        switch (event) {
            case ProxyEvent.BackendReady e -> log.info("Backend is ready", "route", e.route(), "backend", e.backend(), "check", e.status());
            case ProxyEvent.BackendUnready e -> log.warn("Backend is not ready", "route", e.route(), "backend", e.backend(), "reason", e.why());
            case ProxyEvent.BackendEjected e -> log.warn("Backend is put out", "route", e.route(), "backend", e.backend(), "reason", e.why(), "next_check_in", StoryLog.words(e.rest()));
            case ProxyEvent.BackendKept e -> log.warn("Backend fails and stays, as the last one", "route", e.route(), "backend", e.backend(), "reason", e.why());
            case ProxyEvent.BackendJoined e -> log.info("Backend joined", "route", e.route(), "backend", e.backend());
            case ProxyEvent.BackendLeft e -> log.info("Backend left", "route", e.route(), "backend", e.backend());
            case ProxyEvent.LookupFailed e -> log.warn("Name can't be looked up; its last addresses stay", "route", e.route(), "name", e.name(), "reason", e.why());
            case ProxyEvent.LookupRecovered e -> log.info("Name can be looked up again", "route", e.route(), "name", e.name(), "after", StoryLog.words(e.lasted()));
            case ProxyEvent.RouteEmpty e -> log.error("Route has no backend that is ready", "route", e.route(), "since", e.lasted().isZero() ? "now" : StoryLog.words(e.lasted()));
            case ProxyEvent.RouteWaits e -> log.info("Route waits for its first replicas", "route", e.route());
            case ProxyEvent.RouteServed e -> log.info("Route is served again", "route", e.route(), "after", StoryLog.words(e.lasted()));
            case ProxyEvent.Stumbled e -> log.error("Backends could not be looked after; this is a defect of Dewpoint", "route", e.route(), "error", e.over());
        }
    }
}
