package dev.dewpoint.proxy.lane;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What is answered: reads a backend's response and passes it on while it comes. */
final class Answered {
    final Framing body = new Framing();
    int status;
    /** The client has got the beginning of it. */
    boolean begun;
    /** The backend's connection may serve again. */
    boolean keepBackend;
    boolean slowClient;
    long sent;
    long begunAt;
    /** It has no body, whatever its fields say. */
    boolean bodiless;
    private boolean events;

    private final Exchange exchange;
    private final Front front;
    private final Lane lane;

    Answered(Exchange exchange, Front front) {
        this.exchange = exchange;
        this.front = front;
        this.lane = front.lane;
    }

    void start() {
        status = 0;
        begun = false;
        slowClient = false;
        sent = 0;
        begunAt = 0;
    }

    /** Bytes of the backend, between position and limit, with room before them. Whether more may be read at once. */
    boolean received(ByteBuffer in, Behind from, Asked asked) throws IOException {
        return begun ? relay(in, in.position()) : head(in, from, asked);
    }

    private boolean head(ByteBuffer in, Behind from, Asked asked) throws IOException {
        boolean flowing = true;
        while (in.hasRemaining()) {
            int before = from.keptHead(lane.scratch);
            int more = Math.min(in.remaining(), lane.scratch.length - before);
            in.get(in.position(), lane.scratch, before, more);
            int end = lane.response.parse(lane.scratch, 0, before + more);
            if (end == ResponseHead.INCOMPLETE && before + more < lane.scratch.length) {
                from.keepHead(lane.scratch, before + more);
                return flowing;
            }
            if (end <= 0) {
                exchange.ending.badGateway();
                return false;
            }
            if (isToComeWhole(end, before + in.remaining(), asked)) {
                from.keepHead(lane.scratch, before + more);
                return flowing;
            }
            if (before > end) {
                return begin(joined(end, before, in), end, asked);
            }
            in.position(in.position() + end - before);
            if (lane.response.status == 101) {
                exchange.upgrade(in, end);
                return false;
            }
            if (lane.response.status >= 200) {
                return begin(in, end, asked);
            }
            if (!asked.version10 && (lane.response.status != 100 || asked.expectsContinue)) {
                ByteBuffer interim = ByteBuffer.allocate(end + 64);
                Forwarding.response(interim, lane.response, lane.scratch, false);
                flowing = front.send(interim.put(Forwarding.END).flip());
                leave(asked);
            }
            if (!flowing) {
                from.pause();
            }
        }
        return flowing;
    }

    /**
     * While none of it has passed, another backend may still be asked: of a small answer nothing passes before all of it
     * is here. Its head and its body often come apart, and backends may end in between.
     */
    private boolean isToComeWhole(int head, int here, Asked asked) {
        ResponseHead response = lane.response;
        return asked.replayable && response.status >= 200 && response.length > 0 && response.length <= lane.scratch.length - head && here - head < response.length
                && asked.method != Method.HEAD && !response.chunked && !response.bodiless();
    }

    /** What came before of the body, and what came now, with room before them. */
    private ByteBuffer joined(int from, int to, ByteBuffer in) {
        ByteBuffer all = ByteBuffer.allocate(Lane.HEADROOM + to - from + in.remaining());
        all.position(Lane.HEADROOM).put(lane.scratch, from, to - from).put(in);
        return all.flip().position(Lane.HEADROOM);
    }

    /** It is the client's turn once it has been told to go on. */
    private void leave(Asked asked) {
        if (lane.response.status == 100) {
            asked.expectsContinue = false;
            front.pace.start(lane.time.nanos());
        }
    }

    private boolean begin(ByteBuffer in, int end, Asked asked) throws IOException {
        ResponseHead head = lane.response;
        bodiless = head.bodiless() || asked.method == Method.HEAD;
        if (bodiless) {
            body.none();
        } else if (head.chunked) {
            body.chunked();
        } else if (head.length >= 0) {
            body.length(head.length);
        } else {
            body.untilClose();
        }
        if (head.chunked && asked.version10 && !body.done()) {
            exchange.ending.badGateway();
            return false;
        }
        status = head.status;
        begun = true;
        begunAt = lane.time.nanos();
        keepBackend = head.keep && !asked.version10 && !body.endsWithConnection();
        events = head.events;
        asked.close |= body.endsWithConnection() || lane.stopping();
        ByteBuffer assembled = lane.assembled();
        Forwarding.response(assembled, head, lane.scratch, asked.close);
        Sticky.add(assembled, exchange.route(), asked, exchange.search.backend(), front.entrance.secure());
        assembled.put(Forwarding.END).flip();
        int start = in.position();
        int length = assembled.remaining();
        if (length > start) {
            sent += length;
            front.send(assembled);
            return relay(in, start);
        }
        in.put(start - length, assembled, 0, length);
        return relay(in, start - length);
    }

    /** Passes on what belongs to the response, from where it is to be sent. */
    private boolean relay(ByteBuffer in, int sendFrom) throws IOException {
        int end = body.scan(in);
        if (end == Framing.MALFORMED) {
            exchange.ending.inTheMiddle();
            return false;
        }
        // more than was announced: nobody knows what that would be the answer to
        keepBackend &= in.limit() == end;
        in.limit(end).position(sendFrom);
        sent += end - sendFrom;
        boolean flowing = front.send(in);
        if (body.done()) {
            exchange.ending.whole();
            return false;
        }
        slowClient |= !flowing;
        exchange.moved(flowing);
        return flowing;
    }

    /** A stream of events of which the last one that began has passed. It has no end of its own. */
    boolean isBetweenEvents() {
        return begun && events && body.betweenChunks() && !front.choked();
    }
}
