package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Route;
import java.nio.ByteBuffer;

/** What is asked: the facts of one request that outlive its first reading, and how far its body has come. */
final class Asked {
    private static final int MOST_KEPT = 64 << 10;
    private static final byte[] RPC = Bytes.ascii("application/grpc");

    final Framing body = new Framing();
    int headFrom;
    int headEnd;
    long started;
    Method method = Method.OTHER;
    boolean version10;
    boolean close;
    /** The client has said that it will ask for nothing more. */
    boolean last;
    boolean expectsContinue;
    boolean upgrading;
    /** It may be sent once more: that changes nothing for the application, and we still have all of it. */
    boolean replayable;
    /** Of its body, all that was sent so far stands in the connection's bytes. */
    boolean kept;
    /** It may go on for as long as both sides like. */
    boolean endless;
    /** Stands for the client's address, where that matters. */
    long client;
    /** The backend that the client's cookie names; 0: none. */
    long wanted;
    /** The request's own id, if the client sent none. */
    long idHigh;
    long idLow;
    private boolean chunked;
    private long length;

    void read(RequestHead head, byte[] bytes, int from, int end, long now) {
        headFrom = from;
        headEnd = end;
        started = now;
        method = head.method;
        version10 = head.version10;
        close = head.close;
        last = head.close;
        chunked = head.chunked;
        length = head.length;
        expectsContinue = head.expectsContinue;
        upgrading = Forwarding.mayUpgrade(head, bytes);
        replayable = method.idempotent() && !upgrading;
        kept = true;
        endless = chunked && isRpc(head, bytes);
        idHigh = 0;
        idLow = 0;
        startBody();
    }

    private static boolean isRpc(RequestHead head, byte[] bytes) {
        for (int i = 0; i < head.fields.count(); i++) {
            if (head.fields.field(i) == Field.CONTENT_TYPE) {
                int from = head.fields.valueFrom(i);
                return head.fields.valueTo(i) >= from + RPC.length && Bytes.same(bytes, from, from + RPC.length, RPC);
            }
        }
        return false;
    }

    /** Nothing could be made of what came. */
    void nothing(int at, long now) {
        headFrom = at;
        headEnd = at;
        started = now;
        method = Method.OTHER;
        close = true;
        last = false;
        chunked = false;
        length = 0;
        body.none();
    }

    /** From its first byte; again, if it is sent once more. */
    void startBody() {
        if (chunked) {
            body.chunked();
        } else {
            body.length(length);
        }
    }

    /** The client sends its body only when the backend has said that it may. */
    boolean awaitsLeave() {
        return expectsContinue && body.passed() == 0;
    }

    boolean hasBody() {
        return chunked || length > 0;
    }

    boolean larger(Route route) {
        long most = route.options().limits().body();
        return most >= 0 && (length > most || body.passed() > most);
    }

    /** What of the body came together with the head. False: it is malformed. */
    boolean firstPiece(Front front, ByteBuffer out) {
        ByteBuffer read = ByteBuffer.wrap(front.intake.bytes, headEnd, front.intake.to - headEnd);
        int end = body.scan(read);
        if (end == Framing.MALFORMED) {
            return false;
        }
        front.intake.to = read.limit();
        front.intake.from = end;
        out.put(front.intake.bytes, headEnd, end - headEnd);
        return true;
    }

    /** While it may be needed again. */
    void keep(Front front, ByteBuffer piece) {
        kept &= replayable || !piece.hasRemaining();
        if (!replayable) {
            return;
        }
        if (front.intake.to - headEnd + piece.remaining() > MOST_KEPT) {
            replayable = false;
            kept = false;
            return;
        }
        front.intake.append(piece.duplicate());
        front.intake.from = front.intake.to;
    }
}
