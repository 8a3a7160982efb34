package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Route;
import java.util.Arrays;
import org.xnio.StreamConnection;

/**
 * One request's way through the backends: each is tried once at most. Holds the claim on the one whose turn it is and the
 * connection to it, and decides whether a request that failed there may go to another one.
 */
final class Search implements Dial.Caller {
    private static final Backend[] NONE = {};

    private final Exchange exchange;
    private final Lane lane;
    private final Asked asked;
    private final Dial dial;
    private Backend[] tried = NONE;
    private int tries;
    /** A kept connection has failed: those that are kept with it may be as old. */
    private boolean freshOnly;
    /** What the last one that was tried comes to. */
    private int status;
    /** One of them could not be reached: it may be a matter of moments. */
    private boolean someGone;
    private boolean secondTime;
    private Backend backend;
    private Behind behind;

    Search(Exchange exchange, Lane lane, Asked asked) {
        this.exchange = exchange;
        this.lane = lane;
        this.asked = asked;
        this.dial = new Dial(lane, this);
    }

    void start() {
        Arrays.fill(tried, 0, tries, null);
        tries = 0;
        freshOnly = false;
        status = 0;
        someGone = false;
        secondTime = false;
    }

    /** After a wait, all of them once more. */
    void startAgain() {
        boolean sentBefore = secondTime || status != 503;
        start();
        secondTime = sentBefore;
    }

    /** Whether it makes sense to wait for who comes next. A request that may have been served already waits only once. */
    boolean mayWait() {
        return status() == 503 || someGone && asked.replayable && !secondTime;
    }

    /** Whose turn it is; null: nobody's. */
    Backend backend() {
        return backend;
    }

    /** Null: not connected. */
    Behind behind() {
        return behind;
    }

    Dial dial() {
        return dial;
    }

    /** What the client is told when nobody is left. */
    int status() {
        return tries == 0 ? 503 : status;
    }

    /** To the next one: a kept connection, or a new one. */
    void next(Route route) {
        backend = Balancer.claim(route, asked.client, asked.wanted, tried, tries);
        if (backend == null) {
            exchange.nobodyLeft();
            return;
        }
        Behind idle = freshOnly ? null : lane.take(backend, !asked.replayable);
        if (idle != null) {
            attach(idle);
        } else if (route.options().h2c()) {
            dial.stream(backend);
        } else {
            dial.connect(backend);
        }
    }

    @Override
    public void reached(StreamConnection made) {
        attach(new Behind(lane, backend, made));
    }

    private void attach(Behind to) {
        behind = to;
        exchange.attached(to);
    }

    @Override
    public void unreachable() {
        backend.experience().unreachable();
        backend.traffic().failed();
        status = 503;
        someGone = true;
        elsewhere();
    }

    @Override
    public void outOfMeans() {
        exchange.ending.page(503);
    }

    // ---- whether it is tried again

    /** Nothing that this backend did has reached the client: another one may try. */
    private void elsewhere() {
        if (tried.length == tries) {
            tried = Arrays.copyOf(tried, Math.max(4, tries * 2));
        }
        tried[tries++] = backend;
        again();
    }

    private void again() {
        letGo();
        asked.startBody();
        exchange.forward();
    }

    /** It has to go before it was reached. */
    void passOver() {
        dial.giveUp();
        status = 503;
        elsewhere();
    }

    void tooSlow() {
        dial.giveUp();
        unreachable();
    }

    /** The connection was gone before it took a byte, or the backend says that it did nothing: any request may go on. */
    void notTaken() {
        Behind gone = behind;
        behind = null;
        gone.close();
        backend.traffic().failed();
        status = 502;
        if (gone.used()) {
            freshOnly = true;
            again();
        } else {
            elsewhere();
        }
    }

    /** The connection failed before an answer had begun. False: the request may have been served there, and must not be sent again. */
    boolean goesOn() {
        Behind broken = behind;
        behind = null;
        broken.close();
        backend.traffic().failed();
        status = 502;
        if (asked.replayable && broken.used() && !freshOnly) {
            // it may just have been idle for too long
            freshOnly = true;
            again();
            return true;
        }
        backend.experience().brokeOff();
        if (asked.replayable) {
            elsewhere();
            return true;
        }
        return false;
    }

    // ---- ends

    void failed() {
        backend.experience().brokeOff();
        backend.traffic().failed();
    }

    void letGo() {
        if (backend != null) {
            backend.release();
            backend = null;
        }
    }

    /** The connection is as it was before: nothing was sent. */
    void unused() {
        keep(lane.time.nanos(), false);
    }

    /** It serves somebody else next. */
    void keep(long now, boolean bodiless) {
        Behind done = behind;
        behind = null;
        done.rest(now, bodiless);
    }

    void close() {
        Behind done = behind;
        behind = null;
        done.close();
    }

    /** The connection is somebody else's affair; the claim stays. */
    Behind handOver() {
        Behind given = behind;
        behind = null;
        return given;
    }

    /** Gives back all that it holds. */
    void drop() {
        if (behind != null) {
            close();
        }
        dial.giveUp();
        letGo();
    }
}
