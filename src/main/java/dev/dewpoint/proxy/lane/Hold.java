package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Route;
import java.time.Duration;

/** A request that waits for a backend, or for its gate to open: it counts among the route's from {@link #begin} to {@link #end}. */
final class Hold {
    private final Exchange exchange;
    private final Lane lane;
    private final Route route;
    private final long since;
    private long most;

    Hold(Exchange exchange, Lane lane, Route route) {
        this.exchange = exchange;
        this.lane = lane;
        this.route = route;
        this.since = lane.time.nanos();
    }

    /** Once more for the same request: its time goes on. False: too many wait already. */
    boolean begin(int requests, Duration time) {
        if (!route.waiting(requests)) {
            return false;
        }
        most = time.toNanos();
        lane.hold(exchange);
        return true;
    }

    void end() {
        lane.release(exchange);
        route.waited();
    }

    boolean over(long now) {
        return now - since > most;
    }
}
