package dev.dewpoint.proxy.http2;

import dev.dewpoint.proxy.lane.Unprocessed;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.util.List;

/** What the other side's frames mean for the connection and its streams. */
final class Heard {
    private final Wire wire;
    private final Role role;
    private final Outward out;
    private final Streams streams;
    private final Windows windows;
    private final Toll toll = new Toll();

    Heard(Wire wire, Role role) {
        this.wire = wire;
        this.role = role;
        this.out = wire.out;
        this.streams = wire.streams;
        this.windows = wire.windows;
    }

    /** Nothing that comes now matters any more. */
    boolean over() {
        return wire.over();
    }

    // ---- of the connection

    void setting(int name, long value) throws Violation {
        switch (name) {
            case Frame.HEADER_TABLE_SIZE -> out.tableSize(value);
            case Frame.ENABLE_PUSH -> Violation.check(value <= 1, Frame.PROTOCOL_ERROR);
            case Frame.MAX_CONCURRENT_STREAMS -> wire.mostAtPeer(value);
            case Frame.INITIAL_WINDOW_SIZE -> {
                long change = windows.initial(value);
                for (Strand strand : streams.alive()) {
                    strand.window += change;
                    Violation.check(strand.window <= Integer.MAX_VALUE, Frame.FLOW_CONTROL_ERROR);
                    wire.pump.queue(strand);
                }
            }
            case Frame.MAX_FRAME_SIZE -> Violation.check(value >= Frame.MOST && value < 1 << 24, Frame.PROTOCOL_ERROR);
            default -> {
                // what nobody knows is passed over
            }
        }
    }

    void settled() {
        out.settingsTaken();
        if (role instanceof Role.Asking(Upstream upstream)) {
            upstream.ready(wire);
        }
    }

    void pinged(long said) {
        out.ping(said);
    }

    /** No new streams; those up to the last one that it names go on. */
    void goodBye(int last) {
        wire.heardGoodBye();
        if (role instanceof Role.Asking(Upstream upstream)) {
            upstream.lost(wire);
            for (Strand strand : List.copyOf(streams.alive())) {
                if (strand.id > last) {
                    wire.forget(strand);
                    strand.breakOff(new Unprocessed());
                }
            }
        }
    }

    void windowGrew(int id, int more) throws Violation {
        if (id == 0) {
            windows.grew(more);
            return;
        }
        Violation.check(!streams.idle(id), Frame.PROTOCOL_ERROR);
        Strand strand = streams.get(id);
        if (strand == null) {
            return;
        }
        strand.window += more;
        if (more == 0 || strand.window > Integer.MAX_VALUE) {
            wrong(id, more == 0 ? Frame.PROTOCOL_ERROR : Frame.FLOW_CONTROL_ERROR);
        } else {
            wire.pump.queue(strand);
        }
    }

    // ---- of messages

    /** A block of fields: a message begins, or ends. */
    void fields(int id, Listed fields, boolean last) throws Violation {
        Strand strand = streams.get(id);
        if (strand == null) {
            first(id, fields, last);
        } else if (strand.heard) {
            wrong(id, Frame.STREAM_CLOSED);
        } else if (fields.tooLarge()) {
            wrong(id, Frame.PROTOCOL_ERROR);
        } else {
            boolean sound = wire.asks() && !strand.headHeard() ? strand.answered(fields, last) : last && strand.trailers(fields);
            if (sound) {
                wire.ended(strand);
            } else {
                wrong(id, Frame.PROTOCOL_ERROR);
            }
        }
    }

    private void first(int id, Listed fields, boolean last) throws Violation {
        if (!(role instanceof Role.Serving(var requests)) || !streams.idle(id)) {
            if (streams.idle(id)) {
                throw new Violation(Frame.PROTOCOL_ERROR, "an answer to nothing");
            }
            late(id);
            return;
        }
        Violation.check((id & 1) == 1, Frame.PROTOCOL_ERROR);
        streams.heardOf(id);
        if (wire.saidGoodBye()) {
            // it has been told that this one won't be served
            streams.rememberReset(id);
            return;
        }
        streams.serves(id);
        if (streams.full()) {
            wrong(id, Frame.REFUSED_STREAM);
            return;
        }
        if (fields.tooLarge()) {
            tooLarge(id, last);
            return;
        }
        Heads.Read head = Heads.request(fields, last);
        if (head.malformed()) {
            wrong(id, Frame.PROTOCOL_ERROR);
        } else {
            requests.accept(wire.serve(id, head, last));
        }
    }

    private void tooLarge(int id, boolean last) {
        HeaderMap refusal = new HeaderMap();
        refusal.put(new HttpString(":status"), "431");
        out.headers(id, refusal, true);
        if (!last) {
            out.reset(id, Frame.NO_ERROR);
            streams.rememberReset(id);
        }
    }

    void data(int id, ByteBuffer from, int counted, boolean last) throws Violation {
        windows.came(counted);
        if (counted == 0 && !last) {
            toll.empty();
        }
        Strand strand = streams.get(id);
        if (strand == null) {
            wire.consumed(counted);
            Violation.check(!streams.idle(id), Frame.PROTOCOL_ERROR);
            late(id);
            return;
        }
        boolean expected = !strand.heard && (!wire.asks() || strand.headHeard());
        if (!expected || strand.overflows(counted)) {
            wire.consumed(counted);
            wrong(id, strand.heard ? Frame.STREAM_CLOSED : expected ? Frame.FLOW_CONTROL_ERROR : Frame.PROTOCOL_ERROR);
        } else if (strand.more(from, counted, last)) {
            wire.ended(strand);
        } else {
            wrong(id, Frame.PROTOCOL_ERROR);
        }
    }

    /** For a stream that has ended: a backend may not know yet that we don't listen any more, a client only if we reset it. */
    private void late(int id) throws Violation {
        Violation.check(wire.asks() || streams.wasResetByUs(id), Frame.STREAM_CLOSED);
    }

    // ---- of ends

    void wasReset(int id, int code) throws Violation {
        Violation.check(!streams.idle(id), Frame.PROTOCOL_ERROR);
        Strand strand = streams.get(id);
        countReset();
        if (strand == null) {
            return;
        }
        wire.forget(strand);
        if (wire.asks() && strand.heard) {
            // it has heard enough, and has answered
            strand.mute();
        } else {
            strand.breakOff(code == Frame.REFUSED_STREAM && !strand.headHeard() ? new Unprocessed() : new Broken("the other side reset the stream"));
        }
    }

    private void countReset() throws Violation {
        if (!wire.asks()) {
            toll.reset(wire.loop().nanos());
        }
    }

    /** What came for this stream is wrong; the others aren't concerned. */
    void wrong(int id, int code) throws Violation {
        out.reset(id, code);
        streams.rememberReset(id);
        Strand strand = streams.get(id);
        if (strand != null) {
            wire.forget(strand);
            strand.breakOff(new Broken("the other side broke the protocol"));
        }
        countReset();
    }
}
