package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/** A connection to a backend: idle, or at the service of one exchange. */
final class Behind implements ChannelListener<ConduitStreamSourceChannel> {
    final Backend backend;
    long idleSince;

    private final Lane lane;
    private final StreamConnection connection;
    private final StreamSourceConduit source;
    private final StreamSinkConduit sink;
    private Exchange exchange;
    private ByteBuffer parked;
    private byte[] head;
    private boolean used;
    private boolean doubtful;

    Behind(Lane lane, Backend backend, StreamConnection connection) {
        this.lane = lane;
        this.backend = backend;
        this.connection = connection;
        this.source = connection.getSourceChannel().getConduit();
        this.sink = connection.getSinkChannel().getConduit();
        connection.getSourceChannel().setReadListener(this);
        connection.getSinkChannel().setWriteListener(this::writable);
        source.resumeReads();
    }

    /** Whether it has served before: then its other end may have closed it while our request was on its way. */
    boolean used() {
        return used || connection instanceof Shared shared && shared.stale();
    }

    void serve(Exchange whom) {
        exchange = whom;
    }

    /** Nothing has come and nothing has ended, as far as the kernel knows. */
    boolean isQuiet() {
        try {
            return source.read(lane.in(1)) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends all of it, or what goes now and the rest as soon as it can. Whether more may follow at once. */
    boolean send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (sink.write(bytes) == 0) {
                parked = lane.park(bytes);
                sink.resumeWrites();
                return false;
            }
        }
        return true;
    }

    boolean choked() {
        return parked != null;
    }

    private void writable(ConduitStreamSinkChannel channel) {
        try {
            while (parked != null && parked.hasRemaining()) {
                if (sink.write(parked) == 0) {
                    return;
                }
            }
        } catch (IOException e) {
            fail(e);
            return;
        }
        sink.suspendWrites();
        unpark();
        if (exchange != null) {
            exchange.upload.flows();
        }
    }

    private void unpark() {
        if (parked != null) {
            lane.unpark(parked);
            parked = null;
        }
    }

    void pause() {
        source.suspendReads();
    }

    void resume() {
        source.resumeReads();
    }

    /** It serves nobody else from now on. */
    StreamConnection handOver() {
        exchange = null;
        return connection;
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        if (exchange == null) {
            // XNIO may call once too often; but whatever an idle backend sends, the connection is of no use any more
            if (!isQuiet()) {
                lane.forget(this);
                close();
            }
            return;
        }
        for (int round = 0; round < Lane.BUDGET && exchange != null; round++) {
            int window = lane.window(exchange.slowClient());
            ByteBuffer in = lane.in(window);
            int read;
            try {
                read = source.read(in);
            } catch (IOException e) {
                fail(e);
                return;
            }
            if (read == 0) {
                return;
            }
            if (read < 0) {
                source.suspendReads();
                exchange.backendEnded();
                return;
            }
            in.limit(in.position()).position(Lane.HEADROOM);
            if (!exchange.received(in) || read < window) {
                return;
            }
        }
    }

    private void fail(IOException why) {
        if (exchange == null) {
            lane.forget(this);
            close();
        } else {
            exchange.backendBroke(why);
        }
    }

    /** Keeps the beginning of a head until the rest has come. */
    void keepHead(byte[] bytes, int length) {
        head = Arrays.copyOf(bytes, length);
    }

    /** What came of the head before; puts it at the beginning of the array. */
    int keptHead(byte[] into) {
        int length = head == null ? 0 : head.length;
        if (length > 0) {
            System.arraycopy(head, 0, into, 0, length);
            head = null;
        }
        return length;
    }

    /** Whether something may follow that belongs to nobody: there are servers that send what HEAD or 204 must not have. */
    boolean doubtful() {
        return doubtful;
    }

    /** The exchange is over, and everything about it was in order. {@code bodiless}: its end was not marked by a body's. */
    void rest(long now, boolean bodiless) {
        doubtful = bodiless;
        exchange = null;
        used = true;
        if (!source.isReadResumed()) {
            source.resumeReads();
        }
        lane.give(this, now);
    }

    void close() {
        exchange = null;
        unpark();
        IoUtils.safeClose(connection);
    }
}
