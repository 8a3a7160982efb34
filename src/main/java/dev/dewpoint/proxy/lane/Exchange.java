package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Route;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One request and its response. It looks for a backend, sends what the client sent, gives back what the backend gives,
 * and sees to it that nothing is sent twice that must not be. A connection has one of these and uses it again.
 */
final class Exchange {
    private enum State { IDLE, HELD, CONNECTING, FORWARDING }

    final Asked asked = new Asked();
    final Answered answered;
    final Search search;
    final Upload upload;
    final Ending ending;
    private final Front front;
    private final Lane lane;
    private final Patience patience = new Patience();
    private State state = State.IDLE;
    private Route route;
    /** Null: the request never waited. */
    private Hold hold;
    private long sentAt;

    Exchange(Front front) {
        this.front = front;
        this.lane = front.lane;
        this.answered = new Answered(this, front);
        this.search = new Search(this, lane, asked);
        this.upload = new Upload(this, front);
        this.ending = new Ending(this, front);
    }

    RequestHead head() {
        return lane.head(this, front.intake.bytes, asked.headFrom, asked.headEnd);
    }

    Route route() {
        return route;
    }

    /** When the backend got it. */
    long sentAt() {
        return sentAt;
    }

    // ---- a backend for it

    void begin(int end) {
        RequestHead head = lane.request;
        lane.parsed(this);
        asked.read(head, front.intake.bytes, front.intake.from, end, lane.time.nanos());
        front.intake.from = end;
        answered.start();
        search.start();
        hold = null;
        Page own = Reception.ofPort(front, head);
        if (own != null) {
            ending.page(own);
            return;
        }
        route = front.entrance.routes().find(front.entrance.port(), front.intake.bytes, head.hostFrom, head.hostTo, head.targetFrom, head.pathTo);
        int refusal = Reception.refusal(front, head, route, asked);
        if (refusal != 0) {
            ending.page(refusal);
            return;
        }
        asked.client = Forwarding.clientKey(front, head, route);
        asked.wanted = Sticky.wanted(route, head, front.intake.bytes);
        pass(route.gate());
    }

    private void pass(Gate gate) {
        switch (gate) {
            case Gate.Open _ -> forward();
            case Gate.Holding holding -> {
                if (Reception.asksHealth(front, head(), route, asked)) {
                    ending.page(Pages.HEALTHY);
                } else {
                    hold(holding.requests(), holding.time());
                }
            }
            case Gate.Closed closed -> ending.page(Reception.asksHealth(front, head(), route, asked) ? Pages.HEALTHY : Pages.closed(closed, head(), front.intake.bytes));
        }
    }

    void forward() {
        state = State.CONNECTING;
        search.next(route);
    }

    void nobodyLeft() {
        int most = route.options().hold().requests();
        if (most > 0 && search.mayWait()) {
            search.startAgain();
            hold(most, route.options().hold().time());
        } else {
            ending.page(search.status());
        }
    }

    // ---- the request

    void attached(Behind to) {
        to.serve(this);
        state = State.FORWARDING;
        upload.begin(to);
    }

    void sending(long now) {
        sentAt = now;
        patience.start(now);
    }

    boolean forwards() {
        return state == State.FORWARDING;
    }

    void awaitsBackend() {
        patience.waits(lane.time.nanos());
    }

    // ---- the response

    boolean slowClient() {
        return answered.slowClient;
    }

    boolean received(ByteBuffer in) {
        try {
            return answered.received(in, search.behind(), asked);
        } catch (IOException e) {
            clientGone();
            front.abort();
            return false;
        }
    }

    /** The client has taken what waited for it. */
    void clientReady() {
        if (search.behind() != null) {
            search.behind().resume();
        }
    }

    /** Some of the response has passed, or waits for the client. */
    void moved(boolean flowing) {
        patience.moved();
        if (!flowing) {
            search.behind().pause();
        }
    }

    /** The backend sends no more. */
    void backendEnded() {
        if (answered.begun && answered.body.endsWithConnection()) {
            answered.keepBackend = false;
            ending.whole();
        } else {
            backendBroke();
        }
    }

    /** It failed before the response was whole. */
    void backendBroke(IOException why) {
        boolean untouched = why instanceof Unprocessed && !answered.begun && asked.kept;
        if (untouched) {
            // the backend says so: that holds for any method, as long as we still have all of it
            search.notTaken();
        } else {
            backendBroke();
        }
    }

    private void backendBroke() {
        if (answered.begun) {
            ending.inTheMiddle();
        } else if (!search.goesOn()) {
            ending.page(502);
        }
    }

    void upgrade(ByteBuffer in, int end) throws IOException {
        if (!asked.upgrading || !asked.body.done()) {
            ending.badGateway();
            return;
        }
        ByteBuffer head = ByteBuffer.allocate(end + 64);
        Forwarding.switching(head, lane.response, lane.scratch);
        answered.status = 101;
        answered.begun = true;
        Behind joined = search.handOver();
        state = State.IDLE;
        try {
            front.join(joined, head.flip(), in, Forwarding.isWebSocket(lane.response, lane.scratch));
        } catch (IOException e) {
            joined.close();
            throw e;
        }
    }

    long tunnelIdleNanos() {
        return route.options().limits().tunnelIdle().toNanos();
    }

    boolean uses(Backend one) {
        return search.backend() == one;
    }

    /** A head that can't be understood: there is no telling what follows it. */
    void refuse(int code) {
        asked.nothing(front.intake.from, lane.time.nanos());
        front.intake.from = front.intake.to;
        answered.start();
        ending.page(Pages.refusal(code));
    }

    // ---- waiting

    private void hold(int most, Duration time) {
        Hold waiting = hold == null ? new Hold(this, lane, route) : hold;
        if (!waiting.begin(most, time)) {
            ending.page(503);
            return;
        }
        hold = waiting;
        state = State.HELD;
    }

    /** It has ended, one way or the other. */
    void over() {
        state = State.IDLE;
    }

    private void endHold() {
        hold.end();
        state = State.IDLE;
    }

    boolean waitsFor(Route changed) {
        return state == State.HELD && route == changed;
    }

    void changed() {
        if (route.gate() instanceof Gate.Holding || route.gate() instanceof Gate.Open && route.live().ready().length == 0) {
            return;
        }
        endHold();
        pass(route.gate());
    }

    void tick(long now) {
        switch (state) {
            case HELD -> {
                if (hold.over(now)) {
                    endHold();
                    ending.page(503);
                } else {
                    // a backend may be back without anybody's having seen it go
                    changed();
                }
            }
            case CONNECTING -> {
                if (search.dial().overdue(now, route.options().limits().connect())) {
                    search.tooSlow();
                }
            }
            case FORWARDING -> {
                switch (patience.overdue(now, asked, answered, search.behind(), front, route.options().limits())) {
                    case NOBODY -> { }
                    case CLIENT -> ending.refuse(408);
                    case ANSWER -> ending.noAnswer();
                    case REST_OF_ANSWER -> ending.inTheMiddle();
                }
            }
            case IDLE -> { }
        }
    }

    // ---- ends from outside

    void clientGone() {
        if (state != State.IDLE) {
            ending.unheard();
        }
        abandon();
    }

    /** Gives back all that it holds. */
    void abandon() {
        if (state == State.HELD) {
            endHold();
        }
        state = State.IDLE;
        search.drop();
    }

    /** Nobody serves any longer. */
    void leave() {
        if (state == State.HELD) {
            endHold();
        }
        if (state == State.FORWARDING) {
            ending.breakOff();
        } else {
            ending.pageAndClose(503);
        }
    }

    /** The backend has to go, and this request with it. */
    void cut(Backend leaving) {
        if (search.backend() != leaving) {
            return;
        }
        if (state == State.CONNECTING) {
            search.passOver();
        } else {
            ending.breakOff();
        }
    }
}
