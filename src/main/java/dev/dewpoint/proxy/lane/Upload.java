package dev.dewpoint.proxy.lane;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The request on its way to a backend: its head, what came with it, and the rest of its body while it comes. */
final class Upload {
    private final Exchange exchange;
    private final Front front;
    private final Lane lane;
    private final Asked asked;
    private final Answered answered;
    private final Search search;

    Upload(Exchange exchange, Front front) {
        this.exchange = exchange;
        this.front = front;
        this.lane = front.lane;
        this.asked = exchange.asked;
        this.answered = exchange.answered;
        this.search = exchange.search;
    }

    void begin(Behind to) {
        ByteBuffer out = lane.out();
        Forwarding.request(out, front, exchange.head(), exchange.route(), search.backend(), asked);
        boolean sound = asked.firstPiece(front, out);
        if (!sound || asked.larger(exchange.route())) {
            search.unused();
            exchange.ending.pageAndClose(sound ? 413 : 400);
            return;
        }
        if (!asked.body.done() && front.intake.ended()) {
            halfARequest();
            return;
        }
        long now = lane.time.nanos();
        exchange.sending(now);
        out.flip();
        try {
            boolean flowing = to.send(out);
            if (!flowing) {
                front.intake.pause();
            } else if (asked.hasBody()) {
                expectMore(now);
            }
        } catch (IOException e) {
            if (out.position() == 0 || e instanceof Unprocessed) {
                search.notTaken();
            } else {
                exchange.backendBroke(e);
            }
        }
    }

    /** What was sent has gone out: more may follow. */
    void flows() {
        expectMore(lane.time.nanos());
    }

    private void expectMore(long now) {
        if (!asked.body.done()) {
            front.pace.start(now);
        }
        front.intake.resume();
    }

    void clientReadable() throws IOException {
        if (asked.body.done()) {
            front.intake.readAhead();
            return;
        }
        if (!exchange.forwards() || search.behind().choked()) {
            front.intake.pause();
            return;
        }
        for (int round = 0; round < Lane.BUDGET && exchange.forwards() && !asked.body.done(); round++) {
            ByteBuffer in = lane.in(Lane.WINDOW);
            int read = front.intake.read(in);
            if (read == 0) {
                return;
            }
            if (read < 0) {
                halfARequest();
                return;
            }
            if (!pass(in) || read < Lane.WINDOW) {
                return;
            }
        }
    }

    /** Which is none: its end will never come. */
    private void halfARequest() {
        exchange.clientGone();
        front.abort();
    }

    /** Whether more may follow at once. */
    private boolean pass(ByteBuffer in) {
        int end = asked.body.scan(in);
        if (end == Framing.MALFORMED || asked.larger(exchange.route())) {
            exchange.ending.refuse(end == Framing.MALFORMED ? 400 : 413);
            return false;
        }
        int limit = in.limit();
        in.limit(end);
        if (!answered.begun) {
            asked.keep(front, in);
        }
        if (limit > end) {
            front.intake.append(in.duplicate().limit(limit).position(end));
        }
        try {
            boolean flowing = search.behind().send(in);
            if (!flowing) {
                front.intake.pause();
            }
            if (!flowing || asked.body.done()) {
                exchange.awaitsBackend();
            }
            return flowing;
        } catch (IOException e) {
            exchange.backendBroke(e);
            return false;
        }
    }
}
