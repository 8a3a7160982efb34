package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Route;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.xnio.IoFuture;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;

/**
 * One request and its response. It looks for a backend, sends what the client sent, gives back what the backend gives,
 * and sees to it that nothing is sent twice that must not be. A connection has one of these and uses it again.
 */
final class Exchange {
    private static final int MOST_KEPT = 64 << 10;
    private static final OptionMap NO_DELAY = OptionMap.create(Options.TCP_NODELAY, true);
    private static final Backend[] NONE = {};

    private enum State { IDLE, HELD, CONNECTING, FORWARDING }

    private final Front front;
    private final Lane lane;
    private final Framing up = new Framing();
    private final Framing down = new Framing();
    private State state = State.IDLE;
    private Route route;
    private Backend backend;
    private Behind behind;
    private IoFuture<StreamConnection> connecting;
    private Backend[] tried = NONE;
    private int tries;
    private boolean freshOnly;

    // the request
    private int headFrom;
    private int headEnd;
    private long started;
    private long waitingSince;
    private long holdNanos;
    private Method method = Method.OTHER;
    private boolean version10;
    private boolean close;
    private boolean expectsContinue;
    private boolean chunked;
    private long length;
    private boolean upgrading;
    private boolean replayable;
    private long client;
    private long wanted;

    // the response
    private int status;
    private boolean responded;
    private boolean keepBackend;
    private boolean events;
    private boolean slowClient;
    private long sent;
    private long sentToBackendAt;
    private long answeredAt;

    Exchange(Front front) {
        this.front = front;
        this.lane = front.lane;
    }

    // ---- the request

    void begin(int end) {
        RequestHead head = lane.request;
        lane.parsed(this);
        headFrom = front.from;
        headEnd = end;
        front.from = end;
        started = lane.time.nanos();
        method = head.method;
        version10 = head.version10;
        close = head.close;
        chunked = head.chunked;
        length = head.length;
        expectsContinue = head.expectsContinue;
        upgrading = Forwarding.mayUpgrade(head, front.bytes);
        tries = 0;
        freshOnly = false;
        responded = false;
        status = 0;
        sent = 0;
        slowClient = false;
        answeredAt = 0;
        startBody();
        replayable = method.idempotent() && !upgrading;
        if (front.entrance.toHttps().isPresent()) {
            answer(Pages.toHttps(head, front.bytes, front.entrance.toHttps().getAsInt()));
            return;
        }
        route = front.entrance.routes().find(front.entrance.port(), front.bytes, head.hostFrom, head.hostTo, head.targetFrom, head.pathTo);
        if (route == null) {
            answer(Pages.error(404, head, front.bytes));
        } else if (!chunked && route.options().limits().body() >= 0 && length > route.options().limits().body()) {
            answer(Pages.error(413, head, front.bytes));
        } else {
            client = Forwarding.clientKey(front, head, route);
            wanted = Sticky.wanted(route, head, front.bytes);
            pass(route.gate());
        }
    }

    private void startBody() {
        if (chunked) {
            up.chunked();
        } else {
            up.length(length);
        }
    }

    private void pass(Gate gate) {
        switch (gate) {
            case Gate.Open _ -> forward();
            case Gate.Holding holding -> hold(holding.requests(), holding.time());
            case Gate.Closed closed -> answer(Pages.closed(closed, head(), front.bytes));
        }
    }

    private RequestHead head() {
        return lane.head(this, front.bytes, headFrom, headEnd);
    }

    private void forward() {
        backend = Balancer.claim(route, client, wanted, tried, tries);
        if (backend == null) {
            boolean nobodyThere = tries == 0 || status == 503;
            if (nobodyThere && route.options().hold().requests() > 0) {
                tries = 0;
                hold(route.options().hold().requests(), route.options().hold().time());
            } else {
                answer(Pages.error(nobodyThere ? 503 : status, head(), front.bytes));
            }
            return;
        }
        Behind idle = freshOnly ? null : lane.take(backend, !replayable);
        if (idle != null) {
            attach(idle);
        } else {
            connect();
        }
    }

    private void connect() {
        state = State.CONNECTING;
        waitingSince = lane.time.nanos();
        Backend to = backend;
        IoFuture<StreamConnection> future = lane.thread.openStreamConnection(to.address(), null, NO_DELAY);
        connecting = future;
        future.addNotifier((ended, _) -> {
            if (ended.getStatus() == IoFuture.Status.DONE) {
                connected(ended, to);
            } else if (ended == connecting) {
                connecting = null;
                unreachable();
            }
        }, null);
    }

    private void connected(IoFuture<? extends StreamConnection> ended, Backend to) {
        StreamConnection connection;
        try {
            connection = ended.get();
        } catch (IOException e) {
            unreachable();
            return;
        }
        Behind made = new Behind(lane, to, connection);
        if (ended != connecting) {
            made.close();
            return;
        }
        connecting = null;
        attach(made);
    }

    private void unreachable() {
        backend.experience().unreachable();
        backend.traffic().failed();
        status = 503;
        again();
    }

    /** Nothing that this backend did has reached the client: another one may try. */
    private void again() {
        if (tried.length == tries) {
            tried = Arrays.copyOf(tried, Math.max(4, tries * 2));
        }
        tried[tries++] = backend;
        letGo();
        startBody();
        forward();
    }

    private void letGo() {
        if (backend != null) {
            backend.release();
            backend = null;
        }
    }

    private void attach(Behind to) {
        behind = to;
        to.serve(this);
        state = State.FORWARDING;
        ByteBuffer out = lane.out();
        RequestHead head = head();
        Forwarding.request(out, front, head, route, backend, this);
        ByteBuffer body = ByteBuffer.wrap(front.bytes, headEnd, front.to - headEnd);
        int end = up.scan(body);
        if (end == Framing.MALFORMED) {
            putBack();
            answer(Pages.error(400, head, front.bytes).andClose());
            return;
        }
        front.to = body.limit();
        front.from = end;
        out.put(front.bytes, headEnd, end - headEnd).flip();
        sentToBackendAt = lane.time.nanos();
        waitingSince = sentToBackendAt;
        boolean flowing;
        try {
            flowing = to.send(out);
        } catch (IOException e) {
            // not a byte was taken
            freshOnly = to.used();
            to.close();
            behind = null;
            backend.traffic().failed();
            status = 502;
            if (freshOnly) {
                letGo();
                startBody();
                forward();
            } else {
                again();
            }
            return;
        }
        if (!flowing) {
            front.pause();
        } else if (!up.done()) {
            front.expectBytes(sentToBackendAt);
            front.resume();
        }
    }

    /** A connection that was taken and not used. */
    private void putBack() {
        Behind unused = behind;
        behind = null;
        unused.rest(lane.time.nanos());
        letGo();
    }

    void clientReadable() throws IOException {
        if (up.done()) {
            front.readAhead();
            return;
        }
        if (state != State.FORWARDING || behind.choked()) {
            front.pause();
            return;
        }
        for (int round = 0; round < Lane.BUDGET && state == State.FORWARDING && !up.done(); round++) {
            ByteBuffer in = lane.in(Lane.WINDOW);
            int read = front.read(in);
            if (read == 0) {
                return;
            }
            if (read < 0) {
                // half a request is none
                clientGone();
                front.abort();
                return;
            }
            if (!passBody(in) || read < Lane.WINDOW) {
                return;
            }
        }
    }

    private boolean passBody(ByteBuffer in) {
        int end = up.scan(in);
        long most = route.options().limits().body();
        if (end == Framing.MALFORMED || most >= 0 && up.passed() > most) {
            dropBehind();
            if (responded) {
                front.abort();
            } else {
                answer(Pages.error(end == Framing.MALFORMED ? 400 : 413, head(), front.bytes).andClose());
            }
            return false;
        }
        int limit = in.limit();
        in.limit(end);
        keep(in);
        try {
            boolean flowing = behind.send(in);
            if (limit > end) {
                front.append(in.limit(limit).position(end));
            }
            if (!flowing) {
                front.pause();
            }
            if (up.done()) {
                waitingSince = lane.time.nanos();
            }
            return flowing;
        } catch (IOException e) {
            backendBroke();
            return false;
        }
    }

    /** While it may be needed again. */
    private void keep(ByteBuffer piece) {
        if (!replayable || responded) {
            return;
        }
        if (front.to - headEnd + piece.remaining() > MOST_KEPT) {
            replayable = false;
            return;
        }
        front.append(piece.duplicate());
        front.from = front.to;
    }

    /** What was sent has gone out: more may follow. */
    void backendReady() {
        if (state == State.FORWARDING && !up.done()) {
            front.expectBytes(lane.time.nanos());
            front.resume();
        } else {
            front.resume();
        }
    }

    // ---- the response

    boolean slowClient() {
        return slowClient;
    }

    /** Bytes of the backend, between position and limit, with room before them. Whether more may be read at once. */
    boolean received(ByteBuffer in) {
        try {
            return responded ? relay(in, in.position()) : respond(in);
        } catch (IOException e) {
            clientGone();
            front.abort();
            return false;
        }
    }

    private boolean respond(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            int before = behind.keptHead(lane.scratch);
            int more = Math.min(in.remaining(), lane.scratch.length - before);
            in.get(in.position(), lane.scratch, before, more);
            int end = lane.response.parse(lane.scratch, 0, before + more);
            if (end == ResponseHead.INCOMPLETE && before + more < lane.scratch.length) {
                behind.keepHead(lane.scratch, before + more);
                return true;
            }
            if (end <= 0) {
                return badGateway();
            }
            in.position(in.position() + end - before);
            if (lane.response.status == 101) {
                return upgrade(in, end);
            }
            if (lane.response.status >= 200) {
                return startResponse(in, end);
            }
            if (!version10 && (lane.response.status != 100 || expectsContinue)) {
                ByteBuffer interim = ByteBuffer.allocate(end + 64);
                Forwarding.response(interim, lane.response, lane.scratch, false, null, 0, false);
                front.send(interim.flip());
            }
        }
        return true;
    }

    private boolean badGateway() {
        backend.experience().brokeOff();
        backend.traffic().failed();
        dropBehind();
        answer(Pages.error(502, head(), front.bytes));
        return false;
    }

    private boolean startResponse(ByteBuffer in, int end) throws IOException {
        ResponseHead head = lane.response;
        boolean bodiless = head.bodiless() || method == Method.HEAD;
        if (bodiless) {
            down.none();
        } else if (head.chunked) {
            down.chunked();
        } else if (head.length >= 0) {
            down.length(head.length);
        } else {
            down.untilClose();
        }
        if (head.chunked && version10 && !bodiless) {
            return badGateway();
        }
        status = head.status;
        responded = true;
        answeredAt = lane.time.nanos();
        keepBackend = head.keep && !down.endsWithConnection();
        events = head.events;
        close |= down.endsWithConnection() || lane.stopping();
        int start = in.position();
        ByteBuffer assembled = lane.assembled();
        Forwarding.response(assembled, head, lane.scratch, close, route, Sticky.cookieNeeded(route, wanted, backend) ? backend.id() : 0, front.entrance.secure());
        assembled.flip();
        int length = assembled.remaining();
        if (length > start) {
            front.send(assembled);
            return relay(in, start);
        }
        in.put(start - length, assembled, 0, length);
        return relay(in, start - length);
    }

    /** Passes on what belongs to the response, from where it is to be sent. */
    private boolean relay(ByteBuffer in, int sendFrom) throws IOException {
        int end = down.scan(in);
        if (end == Framing.MALFORMED) {
            backend.experience().brokeOff();
            backend.traffic().failed();
            dropBehind();
            front.abort();
            return false;
        }
        boolean excess = in.limit() > end;
        in.limit(end).position(sendFrom);
        sent += end - sendFrom;
        boolean flowing = front.send(in);
        if (down.done()) {
            keepBackend &= !excess;
            finish();
            return false;
        }
        waitingSince = 0;
        if (!flowing) {
            slowClient = true;
            behind.pause();
        }
        return flowing;
    }

    /** The client has taken what waited for it. */
    void clientReady() {
        if (behind != null) {
            behind.resume();
        }
    }

    /** The response is whole. */
    private void finish() {
        long now = lane.time.nanos();
        backend.traffic().answered(status, now - started);
        backend.experience().answered(status);
        Behind done = behind;
        behind = null;
        state = State.IDLE;
        if (keepBackend && up.done() && !done.choked()) {
            done.rest(now);
        } else {
            done.close();
        }
        boolean whole = up.done();
        log(backend);
        letGo();
        end(whole && !close);
    }

    private void end(boolean keep) {
        state = State.IDLE;
        route = null;
        if (tries > 0) {
            Arrays.fill(tried, 0, tries, null);
        }
        if (keep && !lane.stopping()) {
            front.next();
        } else {
            front.finishAndClose();
        }
    }

    /** The backend sends no more. */
    void backendEnded() {
        if (responded && down.endsWithConnection()) {
            keepBackend = false;
            finish();
        } else {
            backendBroke();
        }
    }

    /** The connection to the backend failed before the response was whole. */
    void backendBroke() {
        Behind broken = behind;
        behind = null;
        boolean stale = broken.used();
        broken.close();
        backend.traffic().failed();
        if (responded) {
            backend.experience().brokeOff();
            log(backend);
            letGo();
            front.abort();
            return;
        }
        status = 502;
        if (replayable && stale && !freshOnly) {
            // it may just have been idle for too long
            freshOnly = true;
            letGo();
            startBody();
            forward();
            return;
        }
        backend.experience().brokeOff();
        if (replayable) {
            again();
        } else {
            letGo();
            answer(Pages.error(502, head(), front.bytes));
        }
    }

    private boolean upgrade(ByteBuffer in, int end) throws IOException {
        if (!upgrading || !up.done()) {
            return badGateway();
        }
        ByteBuffer head = ByteBuffer.allocate(end + 64);
        Forwarding.switching(head, lane.response, lane.scratch);
        status = 101;
        responded = true;
        Behind joined = behind;
        behind = null;
        state = State.IDLE;
        front.join(joined, head.flip(), in, Forwarding.isWebSocket(lane.response, lane.scratch));
        return false;
    }

    /** What the connection was upgraded to is over. */
    void parted(long bytes) {
        sent = bytes;
        backend.traffic().answered(status, lane.time.nanos() - started);
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
        started = lane.time.nanos();
        headFrom = front.from;
        headEnd = front.from;
        front.from = front.to;
        responded = false;
        close = true;
        method = Method.OTHER;
        up.none();
        answer(Pages.refusal(code));
    }

    private void answer(Page page) {
        status = page.status();
        dropBehind();
        boolean whole = up.done() || !chunked && length == 0;
        boolean keep = whole && !close && !page.close();
        ByteBuffer out = page.bytes(keep, method == Method.HEAD);
        sent = out.remaining();
        log(null);
        responded = true;
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
        IoFuture<StreamConnection> given = connecting;
        connecting = null;
        if (given != null) {
            given.cancel();
        }
        letGo();
    }

    // ---- waiting

    private void hold(int most, Duration time) {
        if (!route.waiting(most)) {
            answer(Pages.error(503, head(), front.bytes));
            return;
        }
        state = State.HELD;
        waitingSince = lane.time.nanos();
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
                if (now - waitingSince > holdNanos) {
                    endHold();
                    answer(Pages.error(503, head(), front.bytes));
                }
            }
            case CONNECTING -> {
                if (now - waitingSince > route.options().limits().connect().toNanos()) {
                    IoFuture<StreamConnection> late = connecting;
                    connecting = null;
                    if (late != null) {
                        late.cancel();
                    }
                    unreachable();
                }
            }
            case FORWARDING -> tickForwarding(now);
            case IDLE -> { }
        }
    }

    private void tickForwarding(long now) {
        if (!up.done() && !behind.choked()) {
            if (front.stalled(now)) {
                dropBehind();
                if (responded) {
                    front.abort();
                } else {
                    answer(Pages.error(408, head(), front.bytes).andClose());
                }
            }
            return;
        }
        Duration most = responded ? route.options().limits().idle() : route.options().limits().answer();
        if (waitingSince == 0) {
            waitingSince = now;
        } else if (now - waitingSince > most.toNanos()) {
            backend.experience().brokeOff();
            backend.traffic().failed();
            dropBehind();
            if (responded) {
                front.abort();
            } else {
                answer(Pages.error(504, head(), front.bytes));
            }
        }
    }

    // ---- ends from outside

    /** The client went away: 499, as others call it. */
    void clientGone() {
        if (state != State.IDLE) {
            status = 499;
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

    /** The backend has to go, and this request with it. */
    void cut(Backend leaving) {
        if (backend != leaving) {
            return;
        }
        if (!responded) {
            dropBehind();
            answer(Pages.error(504, head(), front.bytes));
        } else if (events && down.betweenChunks() && !front.choked()) {
            endEvents();
        } else {
            dropBehind();
            front.abort();
        }
    }

    /** A stream of events has no last one: it ends in order, and the client asks for a new one. */
    private void endEvents() {
        close = true;
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
            AccessLines.write(lane, front, this, by);
        }
    }

    // ---- for the log and the forwarded head

    int headFrom() {
        return headFrom;
    }

    int headEnd() {
        return headEnd;
    }

    long started() {
        return started;
    }

    int status() {
        return status;
    }

    long sent() {
        return sent;
    }

    long backendNanos() {
        return answeredAt == 0 ? -1 : answeredAt - sentToBackendAt;
    }
}
