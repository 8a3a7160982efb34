package dev.dewpoint.proxy.lane;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.conduits.StreamSinkConduit;

/** The way to a client. What it doesn't take now is parked, and follows as soon as it can. */
final class Outlet {
    private final Lane lane;
    private final StreamSinkConduit sink;
    private final Pace pace;
    private ByteBuffer parked;

    Outlet(Lane lane, StreamSinkConduit sink, Pace pace) {
        this.lane = lane;
        this.sink = sink;
        this.pace = pace;
    }

    /** Something waits for the client. */
    boolean choked() {
        return parked != null;
    }

    /** Sends all of it, or what goes now and the rest as soon as it can. Whether more may follow at once. */
    boolean send(ByteBuffer out) throws IOException {
        if (parked != null) {
            parked = lane.park(withParked(out));
            return false;
        }
        while (out.hasRemaining()) {
            int written = sink.write(out);
            if (written == 0) {
                parked = lane.park(out);
                waitForClient();
                return false;
            }
        }
        if (!sink.flush()) {
            waitForClient();
        }
        return true;
    }

    /** What waits, taken away, and this behind it. */
    ByteBuffer withParked(ByteBuffer next) {
        if (parked == null) {
            return next;
        }
        ByteBuffer both = ByteBuffer.allocate(parked.remaining() + next.remaining()).put(parked).put(next).flip();
        drop();
        return both;
    }

    private void waitForClient() {
        pace.start(lane.time.nanos());
        sink.resumeWrites();
    }

    /** The client may take more. Whether something was parked, and all of it has gone now. */
    boolean flow() throws IOException {
        while (parked != null && parked.hasRemaining()) {
            int written = sink.write(parked);
            if (written == 0) {
                return false;
            }
            pace.moved(written);
        }
        if (!sink.flush()) {
            return false;
        }
        sink.suspendWrites();
        if (parked == null) {
            return false;
        }
        drop();
        pace.since(lane.time.nanos());
        return true;
    }

    /** Half of the connection: the client still may send. */
    void end() throws IOException {
        sink.terminateWrites();
        if (!sink.flush()) {
            sink.resumeWrites();
        }
    }

    void drop() {
        if (parked != null) {
            lane.unpark(parked);
            parked = null;
        }
    }
}
