package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/** A client's connection: one request after the other, each served by its one exchange. */
final class Front implements Resident, ChannelListener<ConduitStreamSourceChannel> {
    private static final byte[] NOTHING = {};
    private static final byte[] PREFACE = Bytes.ascii("PRI * HTTP/2.0\r\n");
    private static final int USUAL_SIZE = 1024;
    private static final int SIZE_WORTH_KEEPING = 4096;
    private static final int MOST_PIPELINED = 16 << 10;
    private static final long LINGER_NANOS = 5_000_000_000L;
    private static final long SILENCE_NANOS = 2_000_000_000L;
    private static final int MOST_DISCARDED = 32 << 20;

    enum State { WAITING, SERVING, JOINED, CLOSING, CLOSED }

    final Lane lane;
    final Entrance entrance;
    final StreamConnection connection;
    /** Read and not used up: {@code bytes[from, to)}. While a request is served its head and what is kept of its body stand before. */
    byte[] bytes = NOTHING;
    int from;
    int to;
    private final StreamSourceConduit source;
    private final StreamSinkConduit sink;
    private final SecondProtocol second;
    /** One stream of a connection that speaks HTTP/2. */
    private final boolean stream;
    private final Exchange exchange;
    private final InetAddress peer;
    private byte[] about;
    private ByteBuffer parked;
    private State state = State.WAITING;
    private boolean serving;
    private boolean ended;
    private long since;
    private long moved;
    private int discarded;
    private long heard;
    private int slot;
    private Relay relay;

    Front(Lane lane, Entrance entrance, StreamConnection connection, SecondProtocol second) {
        this(lane, entrance, connection, second, false);
    }

    private Front(Lane lane, Entrance entrance, StreamConnection connection, SecondProtocol second, boolean stream) {
        this.lane = lane;
        this.entrance = entrance;
        this.connection = connection;
        this.second = second;
        this.stream = stream;
        this.source = connection.getSourceChannel().getConduit();
        this.sink = connection.getSinkChannel().getConduit();
        this.peer = connection.getPeerAddress(InetSocketAddress.class).getAddress();
        this.exchange = new Exchange(this);
        this.since = lane.time.nanos();
        lane.add(this);
        connection.getSourceChannel().setReadListener(this);
        connection.getSinkChannel().setWriteListener(this::writable);
        source.resumeReads();
    }

    boolean isStream() {
        return stream;
    }

    InetAddress peer() {
        return peer;
    }

    /** The lines about this client that are the same for each of its requests; made once. */
    byte[] about() {
        if (about == null) {
            about = Forwarding.about(peer, entrance);
        }
        return about;
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        try {
            switch (state) {
                case WAITING -> readHead();
                case SERVING -> exchange.upload.clientReadable();
                case CLOSING -> discard();
                case JOINED, CLOSED -> source.suspendReads();
            }
        } catch (IOException e) {
            gone();
        }
    }

    /** Reads what is there; -1 at the end. The bytes stand between position and limit. */
    int read(ByteBuffer in) throws IOException {
        int start = in.position();
        int read = source.read(in);
        in.limit(in.position()).position(start);
        if (read < 0) {
            ended = true;
            source.suspendReads();
        } else {
            moved += read;
        }
        return read;
    }

    private void readHead() throws IOException {
        ByteBuffer in = lane.in(Lane.WINDOW);
        int read = read(in);
        if (read < 0) {
            if (parked == null) {
                close();
            } else {
                finishAndClose();
            }
            return;
        }
        if (read == 0) {
            return;
        }
        if (from == to) {
            from = 0;
            to = 0;
            since = lane.time.nanos();
        }
        append(in);
        serve();
    }

    void append(ByteBuffer in) {
        int more = in.remaining();
        if (to + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(USUAL_SIZE, Integer.highestOneBit(to + more - 1) << 1));
        }
        in.get(bytes, to, more);
        to += more;
    }

    /** Takes requests from what has been read, one after the other. */
    private void serve() {
        serving = true;
        while (state == State.WAITING && parked == null && from < to) {
            if (second != null && bytes[from] == 'P' && isPreface()) {
                handOver();
                break;
            }
            int end = lane.parse(bytes, from, to);
            if (end == RequestHead.INCOMPLETE && to - from <= lane.terms.head()) {
                break;
            }
            state = State.SERVING;
            if (end <= 0) {
                exchange.refuse(end == 0 ? 431 : -end);
            } else if (end - from > lane.terms.head()) {
                exchange.refuse(431);
            } else {
                exchange.begin(end);
            }
        }
        serving = false;
        if (state == State.WAITING && parked == null && ended) {
            // half a request is none
            finishAndClose();
        } else if (state == State.WAITING && from > 0) {
            tidy();
        }
    }

    private void tidy() {
        if (from == to && bytes.length > SIZE_WORTH_KEEPING) {
            bytes = NOTHING;
        } else {
            System.arraycopy(bytes, from, bytes, 0, to - from);
        }
        to -= from;
        from = 0;
    }

    private boolean isPreface() {
        int length = Math.min(PREFACE.length, to - from);
        return length > 3 && Arrays.equals(bytes, from, from + length, PREFACE, 0, length);
    }

    private void handOver() {
        state = State.CLOSED;
        lane.remove(this);
        source.suspendReads();
        connection.getSourceChannel().setReadListener(null);
        connection.getSinkChannel().setWriteListener(null);
        second.take(connection, Arrays.copyOfRange(bytes, from, to), request -> new Front(lane, entrance, request, null, true));
    }

    /** The exchange is over and the connection stays. */
    void next() {
        state = State.WAITING;
        since = lane.time.nanos();
        if (parked != null) {
            // answers to more and more requests would pile up
            moved = 0;
            source.suspendReads();
        } else {
            takeNext();
        }
    }

    private void takeNext() {
        if (ended && from == to) {
            finishAndClose();
            return;
        }
        if (!ended && !source.isReadResumed()) {
            source.resumeReads();
        }
        if (!serving) {
            if (from < to) {
                if (from >= MOST_PIPELINED) {
                    tidy();
                }
                serve();
            } else {
                tidy();
            }
        }
    }

    /** While a request is served: keeps what the client sends in advance, up to a limit, and notices its end. */
    void readAhead() throws IOException {
        if (to - from >= MOST_PIPELINED) {
            source.suspendReads();
            return;
        }
        ByteBuffer in = lane.in(Lane.SMALL_WINDOW);
        if (read(in) > 0) {
            append(in);
        }
    }

    void pause() {
        source.suspendReads();
    }

    void resume() {
        if (!ended) {
            source.resumeReads();
        }
    }

    boolean ended() {
        return ended;
    }

    // ---- to the client

    /** Sends all of it, or what goes now and the rest as soon as it can. Whether more may follow at once. */
    boolean send(ByteBuffer out) throws IOException {
        if (parked != null) {
            ByteBuffer both = both(parked, out);
            unpark();
            parked = lane.park(both);
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

    private static ByteBuffer both(ByteBuffer first, ByteBuffer second) {
        return ByteBuffer.allocate(first.remaining() + second.remaining()).put(first).put(second).flip();
    }

    private void waitForClient() {
        since = lane.time.nanos();
        moved = 0;
        sink.resumeWrites();
    }

    boolean choked() {
        return parked != null;
    }

    private void writable(ConduitStreamSinkChannel channel) {
        try {
            while (parked != null && parked.hasRemaining()) {
                int written = sink.write(parked);
                if (written == 0) {
                    return;
                }
                moved += written;
            }
            if (!sink.flush()) {
                return;
            }
            sink.suspendWrites();
            if (parked != null) {
                unpark();
                since = lane.time.nanos();
                switch (state) {
                    case SERVING -> exchange.clientReady();
                    case CLOSING -> finishAndClose();
                    case WAITING -> takeNext();
                    case JOINED, CLOSED -> { }
                }
            }
        } catch (IOException e) {
            gone();
        }
    }

    private void unpark() {
        lane.unpark(parked);
        parked = null;
    }

    /** Half of the connection: the client still may send. */
    void endSending() throws IOException {
        sink.terminateWrites();
        if (!sink.flush()) {
            sink.resumeWrites();
        }
    }

    // ---- ends

    /** Nothing more can come that our answer could be lost by. TLS still has to say good-bye. */
    void closeWithoutWaiting() {
        if (parked == null && from == to && !entrance.secure()) {
            close();
        } else {
            finishAndClose();
        }
    }

    /** Everything was said. What the client still sends is thrown away for a while: closing at once could cost it our answer. */
    void finishAndClose() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        since = lane.time.nanos();
        heard = since;
        from = 0;
        to = 0;
        try {
            if (parked == null) {
                endSending();
            }
            if (ended) {
                closeUnlessParked();
            } else {
                source.resumeReads();
            }
        } catch (IOException e) {
            abort();
        }
    }

    private void closeUnlessParked() {
        if (parked == null) {
            close();
        }
    }

    private void discard() throws IOException {
        for (int round = 0; round < Lane.BUDGET; round++) {
            int read = read(lane.in(Lane.WINDOW));
            if (read < 0) {
                closeUnlessParked();
                return;
            }
            if (read == 0) {
                return;
            }
            heard = lane.time.nanos();
            discarded += read;
            if (discarded > MOST_DISCARDED && parked == null) {
                close();
                return;
            }
        }
    }

    /** The client is no longer there. */
    private void gone() {
        State before = state;
        if (before == State.SERVING) {
            exchange.clientGone();
        }
        abort();
    }

    void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            lane.remove(this);
            if (parked != null) {
                unpark();
            }
            IoUtils.safeClose(connection);
            bytes = NOTHING;
        }
    }

    /** Closes so that the client can't take what it has for everything. */
    void abort() {
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.JOINED) {
            relay.end(true);
            return;
        }
        if (state == State.SERVING) {
            exchange.abandon();
        }
        Relay.abortive(connection);
        close();
    }

    /** From here on everything is passed on as it comes. The head of the answer goes first. */
    void join(Behind behind, ByteBuffer head, ByteBuffer fromBackend, boolean webSocket) throws IOException {
        send(head);
        ByteBuffer first = parked == null ? fromBackend : both(parked, fromBackend);
        if (parked != null) {
            unpark();
        }
        state = State.JOINED;
        relay = new Relay(lane, connection, behind.handOver(), webSocket, this::parted);
        ByteBuffer ahead = ByteBuffer.wrap(bytes, from, to - from);
        relay.start(ahead, first);
        if (ended) {
            relay.clientEnded();
        }
    }

    private void parted() {
        state = State.CLOSED;
        lane.remove(this);
        exchange.ending.parted(relay.sentToClient());
        bytes = NOTHING;
    }

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int at) {
        slot = at;
    }

    // ---- from outside, on this thread

    @Override
    public void tick(long now) {
        switch (state) {
            case WAITING -> {
                if (parked != null) {
                    if (stalled(now)) {
                        gone();
                    }
                } else if (now - since > (from == to ? lane.terms.idle() : lane.terms.parse()).toNanos()) {
                    if (from == to) {
                        close();
                    } else {
                        state = State.SERVING;
                        exchange.refuse(408);
                    }
                }
            }
            case SERVING -> {
                if (parked != null) {
                    if (stalled(now)) {
                        gone();
                    }
                } else {
                    exchange.tick(now);
                }
            }
            case CLOSING -> {
                if (parked == null ? now - since > LINGER_NANOS || now - heard > SILENCE_NANOS : stalled(now)) {
                    close();
                }
            }
            case JOINED -> relay.tick(now, exchange.tunnelIdleNanos());
            case CLOSED -> { }
        }
    }

    /** Whether the client has moved less than it must, over one period after the other. */
    boolean stalled(long now) {
        long period = lane.terms.stall().toNanos();
        if (now - since < period) {
            return false;
        }
        boolean slow = moved < lane.terms.rate() * lane.terms.stall().toMillis() / 1000;
        since = now;
        moved = 0;
        return slow;
    }

    /** It is the client's turn from now on. */
    void expectBytes(long now) {
        since = now;
        moved = 0;
    }

    @Override
    public void cut(Backend backend) {
        if (state == State.SERVING) {
            exchange.cut(backend);
        } else if (state == State.JOINED && exchange.uses(backend)) {
            relay.cut();
        }
    }

    @Override
    public void leave() {
        if (state == State.SERVING) {
            exchange.leave();
        } else if (state == State.JOINED) {
            relay.cut();
        }
        if (state == State.CLOSING && parked == null) {
            close();
        } else {
            abort();
        }
    }

    @Override
    public void stop() {
        if (state == State.WAITING && from == to) {
            // a request that is here already is no less one than those before it
            handleEvent(null);
        }
        if (state == State.WAITING && from == to) {
            finishAndClose();
        }
    }
}
