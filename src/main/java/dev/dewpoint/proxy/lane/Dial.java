package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.time.Duration;
import org.xnio.IoFuture;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;

/** Connecting to a backend: one attempt at a time, until it succeeds, fails or is given up. */
final class Dial {
    private static final OptionMap NO_DELAY = OptionMap.create(Options.TCP_NODELAY, true);

    /** Hears how the last attempt ended, unless it was given up. */
    interface Caller {
        void reached(StreamConnection made);

        void unreachable();

        /** It was never tried: this host has nothing left to try it with. */
        void outOfMeans();
    }

    private final Lane lane;
    private final Caller caller;
    private IoFuture<StreamConnection> attempt;
    private long since;

    Dial(Lane lane, Caller caller) {
        this.lane = lane;
        this.caller = caller;
    }

    void connect(Backend to) {
        follow(lane.thread.openStreamConnection(to.address(), null, NO_DELAY), to);
    }

    /** By HTTP/2, if anybody here speaks it. */
    void stream(Backend to) {
        if (lane.second == null) {
            connect(to);
        } else {
            follow(lane.second.open(lane.thread, to), to);
        }
    }

    private void follow(IoFuture<StreamConnection> future, Backend to) {
        since = lane.time.nanos();
        attempt = future;
        future.addNotifier((ended, _) -> ended(ended, to), null);
    }

    private void ended(IoFuture<? extends StreamConnection> future, Backend to) {
        StreamConnection made = null;
        IOException why = null;
        try {
            made = future.getStatus() == IoFuture.Status.CANCELLED ? null : future.get();
        } catch (IOException e) {
            why = e;
        }
        if (future != attempt) {
            IoUtils.safeClose(made);
            return;
        }
        attempt = null;
        if (made != null) {
            caller.reached(made);
        } else if (Shortage.isReason(why, to)) {
            lane.shortage.met(why);
            caller.outOfMeans();
        } else {
            caller.unreachable();
        }
    }

    boolean underWay() {
        return attempt != null;
    }

    boolean overdue(long now, Duration most) {
        return attempt != null && now - since > most.toNanos();
    }

    void giveUp() {
        IoFuture<StreamConnection> given = attempt;
        attempt = null;
        if (given != null) {
            given.cancel();
        }
    }
}
