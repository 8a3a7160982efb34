package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Route;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.xnio.StreamConnection;

/**
 * One request and its response. It looks for a backend, sends what the client sent, gives back what the backend gives,
 * and sees to it that nothing is sent twice that must not be. A connection has one of these and uses it again.
 */
final class Exchange implements Dial.Caller {
    private enum State { IDLE, HELD, CONNECTING, FORWARDING }

    private final Front front;
    private final Lane lane;
    private final Asked asked = new Asked();
    private final Answered answered;
    private final Search search = new Search();
    private final Dial dial;
    private State state = State.IDLE;
    private Route route;
    private Backend backend;
    private Behind behind;
    private long waitingSince;
    private boolean wasHeld;
    private long heldSince;
    private long holdNanos;
    private long sentAt;
    private long moved;
    private long movedAt;

    Exchange(Front front) {
        this.front = front;
        this.lane = front.lane;
        this.answered = new Answered(this, front);
        this.dial = new Dial(lane, this);
    }

    // ---- a backend for it

    void begin(int end) {
        RequestHead head = lane.request;
        lane.parsed(this);
        asked.read(head, front.bytes, front.from, end, lane.time.nanos());
        front.from = end;
        answered.start();
        search.start();
        wasHeld = false;
        if (front.entrance.toHttps().isPresent()) {
            boolean named = head.hostTo > head.hostFrom && front.bytes[head.targetFrom] == '/';
            answer(named ? Pages.toHttps(head, front.bytes, front.entrance.toHttps().getAsInt()) : Pages.error(400, head, front.bytes));
            return;
        }
        OwnPages own = front.entrance.own();
        if (own.has(front.bytes, head.targetFrom, head.pathTo)) {
            answer(own.page(Bytes.text(front.bytes, head.targetFrom, head.pathTo), Forwarding.client(front, head)));
            return;
        }
        route = front.entrance.routes().find(front.entrance.port(), front.bytes, head.hostFrom, head.hostTo, head.targetFrom, head.pathTo);
        if (front.entrance.secure() && !front.entrance.knowsHost().test(Pages.withoutPort(Bytes.text(front.bytes, head.hostFrom, head.hostTo)))) {
            answer(Pages.error(421, head, front.bytes));
        } else if (route == null) {
            answer(Pages.error(404, head, front.bytes));
        } else if (asked.larger(route)) {
            answer(Pages.error(413, head, front.bytes));
        } else {
            asked.client = Forwarding.clientKey(front, head, route);
            asked.wanted = Sticky.wanted(route, head, front.bytes);
            pass(route.gate());
        }
    }

    private void pass(Gate gate) {
        switch (gate) {
            case Gate.Open _ -> forward();
            case Gate.Holding holding -> {
                if (!answerHealth()) {
                    hold(holding.requests(), holding.time());
                }
            }
            case Gate.Closed closed -> {
                if (!answerHealth()) {
                    answer(Pages.closed(closed, head(), front.bytes));
                }
            }
        }
    }

    /** Whoever watches from outside must not take a gate that was closed on purpose for an outage. */
    private boolean answerHealth() {
        boolean asks = (asked.method == Method.GET || asked.method == Method.HEAD) && Forwarding.asksHealth(head(), front.bytes, route);
        if (asks) {
            answer(Pages.HEALTHY);
        }
        return asks;
    }

    private RequestHead head() {
        return lane.head(this, front.bytes, asked.headFrom, asked.headEnd);
    }

    private void forward() {
        backend = search.claim(route, asked.client, asked.wanted);
        if (backend == null) {
            boolean nobodyThere = !search.any() || answered.status == 503;
            if (nobodyThere && route.options().hold().requests() > 0) {
                search.start();
                hold(route.options().hold().requests(), route.options().hold().time());
            } else {
                answer(Pages.error(nobodyThere ? 503 : answered.status, head(), front.bytes));
            }
            return;
        }
        Behind idle = search.freshOnly ? null : lane.take(backend, !asked.replayable);
        if (idle != null) {
            attach(idle);
        } else {
            connect();
        }
    }

    private void connect() {
        state = State.CONNECTING;
        if (route.options().h2c()) {
            dial.stream(backend);
        } else {
            dial.connect(backend);
        }
    }

    @Override
    public void reached(StreamConnection made) {
        attach(new Behind(lane, backend, made));
    }

    @Override
    public void unreachable() {
        backend.experience().unreachable();
        backend.traffic().failed();
        answered.status = 503;
        elsewhere();
    }

    @Override
    public void outOfMeans() {
        answer(Pages.error(503, head(), front.bytes));
    }

    /** Nothing that this backend did has reached the client: another one may try. */
    private void elsewhere() {
        search.tried(backend);
        again();
    }

    private void again() {
        letGo();
        asked.startBody();
        forward();
    }

    private void letGo() {
        if (backend != null) {
            backend.release();
            backend = null;
        }
    }

    // ---- the request

    private void attach(Behind to) {
        behind = to;
        to.serve(this);
        state = State.FORWARDING;
        ByteBuffer out = lane.out();
        Forwarding.request(out, front, head(), route, backend, asked);
        boolean sound = asked.firstPiece(front, out);
        if (!sound || asked.larger(route)) {
            behind = null;
            to.rest(lane.time.nanos(), false);
            answer(Pages.error(sound ? 413 : 400, head(), front.bytes).andClose());
            return;
        }
        if (!asked.body.done() && front.ended()) {
            halfARequest();
            return;
        }
        sentAt = lane.time.nanos();
        waitingSince = sentAt;
        moved = -1;
        out.flip();
        try {
            boolean flowing = to.send(out);
            if (!flowing) {
                front.pause();
            } else if (asked.hasBody()) {
                if (!asked.body.done()) {
                    front.expectBytes(sentAt);
                }
                front.resume();
            }
        } catch (IOException e) {
            if (out.position() == 0 || e instanceof Unprocessed) {
                notTaken(to);
            } else {
                backendBroke();
            }
        }
    }

    /** The connection was gone before it took a byte. */
    private void notTaken(Behind gone) {
        behind = null;
        gone.close();
        backend.traffic().failed();
        answered.status = 502;
        if (gone.used()) {
            search.freshOnly = true;
            again();
        } else {
            elsewhere();
        }
    }

    void clientReadable() throws IOException {
        if (asked.body.done()) {
            front.readAhead();
            return;
        }
        if (state != State.FORWARDING || behind.choked()) {
            front.pause();
            return;
        }
        for (int round = 0; round < Lane.BUDGET && state == State.FORWARDING && !asked.body.done(); round++) {
            ByteBuffer in = lane.in(Lane.WINDOW);
            int read = front.read(in);
            if (read == 0) {
                return;
            }
            if (read < 0) {
                halfARequest();
                return;
            }
            if (!passBody(in) || read < Lane.WINDOW) {
                return;
            }
        }
    }

    /** Which is none: its end will never come. */
    private void halfARequest() {
        clientGone();
        front.abort();
    }

    private boolean passBody(ByteBuffer in) {
        int end = asked.body.scan(in);
        if (end == Framing.MALFORMED || asked.larger(route)) {
            refuseRest(end == Framing.MALFORMED ? 400 : 413);
            return false;
        }
        int limit = in.limit();
        in.limit(end);
        if (!answered.begun) {
            asked.keep(front, in);
        }
        if (limit > end) {
            front.append(in.duplicate().limit(limit).position(end));
        }
        try {
            boolean flowing = behind.send(in);
            if (!flowing) {
                front.pause();
            }
            if (!flowing || asked.body.done()) {
                waitingSince = lane.time.nanos();
            }
            return flowing;
        } catch (IOException e) {
            backendBroke();
            return false;
        }
    }

    private void refuseRest(int status) {
        if (answered.begun) {
            log(backend);
            dropBehind();
            front.abort();
        } else {
            dropBehind();
            answer(Pages.error(status, head(), front.bytes).andClose());
        }
    }

    /** What was sent has gone out: more may follow. */
    void backendReady() {
        if (!asked.body.done()) {
            front.expectBytes(lane.time.nanos());
        }
        front.resume();
    }

    // ---- the response

    boolean slowClient() {
        return answered.slowClient;
    }

    boolean received(ByteBuffer in) {
        try {
            return answered.received(in, behind, asked);
        } catch (IOException e) {
            clientGone();
            front.abort();
            return false;
        }
    }

    /** The client has taken what waited for it. */
    void clientReady() {
        if (behind != null) {
            behind.resume();
        }
    }

    /** Some of the response has passed, or waits for the client. */
    void moved(boolean flowing) {
        waitingSince = 0;
        if (!flowing) {
            behind.pause();
        }
    }

    void addCookie(ByteBuffer head) {
        if (Sticky.cookieNeeded(route, asked.wanted, backend)) {
            Sticky.set(head, route, backend.id(), front.entrance.secure());
        }
    }

    void badGateway() {
        failed();
        dropBehind();
        answer(Pages.error(502, head(), front.bytes));
    }

    /** The response went wrong when the client had a part of it. */
    void badMiddle() {
        failed();
        log(backend);
        dropBehind();
        front.abort();
    }

    private void failed() {
        backend.experience().brokeOff();
        backend.traffic().failed();
    }

    /** The response is whole. */
    void finish() {
        long now = lane.time.nanos();
        backend.traffic().answered(answered.status, now - asked.started);
        backend.experience().answered(answered.status);
        Behind done = behind;
        behind = null;
        boolean whole = asked.body.done();
        if (answered.keepBackend && whole && !done.choked()) {
            done.rest(now, answered.bodiless);
        } else {
            done.close();
        }
        log(backend);
        letGo();
        end(whole && !asked.close);
    }

    private void end(boolean keep) {
        state = State.IDLE;
        if (keep && !lane.stopping()) {
            front.next();
        } else if (asked.last && asked.body.done()) {
            front.closeWithoutWaiting();
        } else {
            front.finishAndClose();
        }
    }

    /** The backend sends no more. */
    void backendEnded() {
        if (answered.begun && answered.body.endsWithConnection()) {
            answered.keepBackend = false;
            finish();
        } else {
            backendBroke();
        }
    }

    /** The connection to the backend failed before the response was whole. */
    void backendBroke() {
        if (answered.begun) {
            badMiddle();
            return;
        }
        Behind broken = behind;
        behind = null;
        broken.close();
        backend.traffic().failed();
        answered.status = 502;
        if (asked.replayable && broken.used() && !search.freshOnly) {
            // it may just have been idle for too long
            search.freshOnly = true;
            again();
            return;
        }
        backend.experience().brokeOff();
        if (asked.replayable) {
            elsewhere();
        } else {
            answer(Pages.error(502, head(), front.bytes));
        }
    }

    /** It was not begun, the backend says: that holds for any method, as long as we still have all of it. */
    void notProcessed() {
        if (answered.begun || !asked.kept) {
            backendBroke();
            return;
        }
        notTaken(behind);
    }

    void upgrade(ByteBuffer in, int end) throws IOException {
        if (!asked.upgrading || !asked.body.done()) {
            badGateway();
            return;
        }
        ByteBuffer head = ByteBuffer.allocate(end + 64);
        Forwarding.switching(head, lane.response, lane.scratch);
        answered.status = 101;
        answered.begun = true;
        Behind joined = behind;
        behind = null;
        state = State.IDLE;
        try {
            front.join(joined, head.flip(), in, Forwarding.isWebSocket(lane.response, lane.scratch));
        } catch (IOException e) {
            joined.close();
            throw e;
        }
    }

    /** What the connection was upgraded to is over. */
    void parted(long bytes) {
        answered.sent = bytes;
        backend.traffic().answered(answered.status, lane.time.nanos() - asked.started);
        log(backend);
        letGo();
    }

    long tunnelIdleNanos() {
        return route.options().limits().tunnelIdle().toNanos();
    }

    boolean uses(Backend one) {
        return backend == one;
    }

    // ---- answers of our own

    /** A head that can't be understood: there is no telling what follows it. */
    void refuse(int code) {
        asked.nothing(front.from, lane.time.nanos());
        front.from = front.to;
        answered.start();
        answer(Pages.refusal(code));
    }

    private void answer(Page page) {
        answered.status = page.status();
        dropBehind();
        boolean keep = (asked.body.done() || !asked.hasBody()) && !asked.close && !page.close();
        ByteBuffer out = page.bytes(keep, asked.method == Method.HEAD);
        answered.sent = out.remaining();
        log(null);
        answered.begun = true;
        try {
            front.send(out);
        } catch (IOException e) {
            front.abort();
            return;
        }
        end(keep);
    }

    private void dropBehind() {
        if (behind != null) {
            behind.close();
            behind = null;
        }
        dial.giveUp();
        letGo();
    }

    // ---- waiting

    private void hold(int most, Duration time) {
        if (!route.waiting(most)) {
            answer(Pages.error(503, head(), front.bytes));
            return;
        }
        state = State.HELD;
        if (!wasHeld) {
            wasHeld = true;
            heldSince = lane.time.nanos();
        }
        holdNanos = time.toNanos();
        lane.hold(this);
    }

    private void endHold() {
        lane.release(this);
        route.waited();
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
                if (now - heldSince > holdNanos) {
                    endHold();
                    answer(Pages.error(503, head(), front.bytes));
                } else {
                    // a backend may be back without anybody's having seen it go
                    changed();
                }
            }
            case CONNECTING -> {
                if (dial.overdue(now, route.options().limits().connect())) {
                    dial.giveUp();
                    unreachable();
                }
            }
            case FORWARDING -> tickForwarding(now);
            case IDLE -> { }
        }
    }

    private void tickForwarding(long now) {
        boolean forClient = !asked.body.done() && !behind.choked() && !asked.awaitsLeave();
        if (forClient) {
            if (asked.endless || answered.begun) {
                // both may talk when they like; only lasting silence ends that
                tickSilence(now);
            } else if (front.stalled(now)) {
                refuseRest(408);
            }
            return;
        }
        Duration most = answered.begun ? route.options().limits().idle() : route.options().limits().answer();
        if (waitingSince == 0) {
            waitingSince = now;
        } else if (now - waitingSince > most.toNanos()) {
            if (answered.begun) {
                badMiddle();
                return;
            }
            failed();
            dropBehind();
            answer(Pages.error(504, head(), front.bytes));
        }
    }

    private void tickSilence(long now) {
        long passed = asked.body.passed() + answered.sent;
        if (passed != moved) {
            moved = passed;
            movedAt = now;
        } else if (now - movedAt > route.options().limits().idle().toNanos()) {
            refuseRest(408);
        }
    }

    // ---- ends from outside

    /** The client went away: 499, as others call it. */
    void clientGone() {
        if (state != State.IDLE) {
            answered.status = 499;
            log(backend);
        }
        abandon();
    }

    /** Gives back all that it holds. */
    void abandon() {
        if (state == State.HELD) {
            endHold();
        }
        state = State.IDLE;
        dropBehind();
    }

    /** Nobody serves any longer. */
    void leave() {
        if (state == State.HELD) {
            endHold();
        }
        if (state == State.FORWARDING) {
            breakOff();
        } else {
            answer(Pages.error(503, head(), front.bytes).andClose());
        }
    }

    /** The backend has to go, and this request with it. */
    void cut(Backend leaving) {
        if (backend != leaving) {
            return;
        }
        if (state == State.CONNECTING) {
            dial.giveUp();
            answered.status = 503;
            elsewhere();
        } else {
            breakOff();
        }
    }

    private void breakOff() {
        if (!answered.begun) {
            dropBehind();
            answer(Pages.error(504, head(), front.bytes));
        } else if (answered.isBetweenEvents()) {
            endEvents();
        } else {
            badMiddle();
        }
    }

    /** A stream of events has no last one: it ends in order, and the client asks for a new one. */
    private void endEvents() {
        log(backend);
        dropBehind();
        try {
            front.send(Pages.lastChunk());
            end(false);
        } catch (IOException e) {
            front.abort();
        }
    }

    private void log(Backend by) {
        if (lane.log.wanted()) {
            AccessLines.write(lane, front, head(), asked, answered, by, sentAt);
        }
    }
}
