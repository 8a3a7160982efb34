package dev.dewpoint.proxy.http2;

import dev.dewpoint.proxy.lane.Unprocessed;
import io.undertow.util.HeaderMap;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/** One connection that speaks HTTP/2, and the streams on it. Belongs to its IO thread. */
final class Wire {
    /** What a client may send of one request, or a backend of one response, before somebody has taken it. */
    private static final int ROOM_SERVING = Windows.USUAL;
    private static final int ROOM_ASKING = 256 << 10;
    private static final int ROUNDS = 4;
    private static final long LINGER_NANOS = 1_000_000_000L;
    /** What a client has sent before it heard that nothing new may come is here by then. */
    private static final long ON_ITS_WAY_MILLIS = 1_000;

    final Outward out;
    final Streams streams;
    final Windows windows = new Windows();
    final Pump pump;
    private final Loop loop;
    private final Role role;
    private final StreamConnection connection;
    private final StreamSourceConduit source;
    private final StreamSinkConduit sink;
    private final Inward in;
    private final InetSocketAddress peer;
    private long mostAtPeer = Long.MAX_VALUE;
    private long since;
    private boolean served;
    private boolean lastOrdersSaid;
    private boolean goodByeSaid;
    private boolean goodByeHeard;
    private boolean over;
    private boolean closed;

    Wire(Loop loop, Role role, StreamConnection connection) {
        this.loop = loop;
        this.role = role;
        this.connection = connection;
        this.source = connection.getSourceChannel().getConduit();
        this.sink = connection.getSinkChannel().getConduit();
        this.peer = connection.getPeerAddress(InetSocketAddress.class);
        this.out = new Outward(loop, sink);
        this.streams = new Streams(asks());
        this.pump = new Pump(this, source, sink);
        this.in = new Inward(new Heard(this, role), !asks(), loop.terms().head());
        this.since = loop.nanos();
        loop.add(this);
        connection.getSourceChannel().setReadListener(_ -> readable());
        connection.getSinkChannel().setWriteListener(_ -> pump.run());
        greet();
    }

    private void greet() {
        if (asks()) {
            out.preface();
            out.settings(Frame.ENABLE_PUSH, 0, Frame.INITIAL_WINDOW_SIZE, ROOM_ASKING, Frame.MAX_HEADER_LIST_SIZE, loop.terms().head());
        } else {
            out.settings(Frame.MAX_CONCURRENT_STREAMS, Streams.most(), Frame.MAX_HEADER_LIST_SIZE, loop.terms().head());
        }
        out.window(0, windows.firstRoom());
        source.resumeReads();
        pump.stir();
    }

    Loop loop() {
        return loop;
    }

    InetSocketAddress peer() {
        return peer;
    }

    InetSocketAddress local() {
        return connection.getLocalAddress(InetSocketAddress.class);
    }

    /** Ours is the client's side. */
    boolean asks() {
        return role instanceof Role.Asking;
    }

    boolean settledYet() {
        return in.settled();
    }

    /** It serves those that it serves, if any, and then nobody. */
    boolean gone() {
        return over || goodByeHeard;
    }

    boolean over() {
        return over;
    }

    boolean closed() {
        return closed;
    }

    // ---- reading

    /** What was read by whoever had the connection before. */
    void begin(byte[] read) {
        guarded(() -> in.take(ByteBuffer.wrap(read)));
        pump.run();
    }

    interface Step {
        void run() throws IOException;
    }

    /** Whatever goes wrong in it is the end of the connection, said or not. */
    void guarded(Step step) {
        try {
            step.run();
        } catch (Violation e) {
            refuse(e.code);
        } catch (IOException e) {
            close();
        }
    }

    private void readable() {
        guarded(this::readSome);
        pump.run();
    }

    private void readSome() throws IOException {
        for (int round = 0; round < ROUNDS && !closed; round++) {
            ByteBuffer buffer = in.into(loop.in());
            int read = source.read(buffer);
            if (read < 0) {
                close();
                return;
            }
            if (read == 0) {
                return;
            }
            if (!over) {
                in.take(buffer.flip());
            }
            if (pump.tooMuchWaits()) {
                source.suspendReads();
                return;
            }
        }
    }

    void mostAtPeer(long most) {
        mostAtPeer = most;
    }

    // ---- streams

    /** One that the client has opened. */
    Strand serve(int id, Heads.Read head, boolean last) {
        Strand strand = new Strand(this, false);
        strand.window = windows.initial();
        streams.start(strand, id);
        streams.hold(strand);
        strand.asked(head, last);
        return strand;
    }

    boolean mayOpen() {
        return in.settled() && !goodByeHeard && !goodByeSaid && !over && streams.mayStart(mostAtPeer);
    }

    Strand open() {
        Strand strand = new Strand(this, served);
        served = true;
        streams.hold(strand);
        return strand;
    }

    /** Both sides may have said all. */
    void ended(Strand strand) {
        if (strand.heard && strand.said) {
            forget(strand);
        }
    }

    void forget(Strand strand) {
        streams.end(strand);
        since = loop.nanos();
    }

    /** Its holder let it go. */
    void left(Strand strand) {
        streams.letGo(strand);
        consumed(strand.forgive());
        if (closed) {
            return;
        }
        if (streams.get(strand.id) == strand) {
            out.reset(strand.id, asks() ? Frame.CANCEL : strand.said ? Frame.NO_ERROR : Frame.INTERNAL_ERROR);
            streams.rememberReset(strand.id);
            forget(strand);
        }
        if (role instanceof Role.Asking(Upstream upstream) && mayOpen()) {
            upstream.freed(this);
        }
        pump.stir();
    }

    // ---- room for what comes

    int roomOfStream() {
        return asks() ? ROOM_ASKING : ROOM_SERVING;
    }

    /** Answers for how much of it room was given. */
    int giveRoom(Strand strand, int free) {
        if (free < roomOfStream() / 2 || strand.heard || closed || streams.get(strand.id) == null) {
            return 0;
        }
        out.window(strand.id, free);
        pump.stir();
        return free;
    }

    void consumed(int count) {
        windows.taken(count);
        if (windows.worthGiving() && !closed) {
            out.window(0, windows.give());
            pump.stir();
        }
    }

    // ---- sending

    void send(Strand strand, HeaderMap fields, boolean last) throws IOException {
        if (strand.id == 0) {
            if (goodByeHeard || over) {
                throw new Unprocessed();
            }
            strand.window = windows.initial();
            streams.startNext(strand);
        }
        out.headers(strand.id, fields, last);
        sent(strand, last);
    }

    /** Answers how many it took. */
    int send(Strand strand, ByteBuffer from, long most, boolean last) {
        long room = Math.min(Frame.MOST, Math.min(strand.window, windows.toPeer()));
        int count = (int) Math.min(Math.min(from.remaining(), most), room);
        if (count <= 0 || out.full()) {
            if (strand.window > 0) {
                pump.queue(strand);
            }
            return 0;
        }
        boolean whole = last && count == most;
        out.data(strand.id, from, count, whole);
        strand.window -= count;
        windows.sent(count);
        sent(strand, whole);
        return count;
    }

    /** {@code trailers}: lines of fields, or nothing. */
    void sendEnd(Strand strand, String trailers) {
        if (trailers.isEmpty()) {
            out.data(strand.id, ByteBuffer.allocate(0), 0, true);
        } else {
            out.headers(strand.id, Heads.trailers(trailers), true);
        }
        sent(strand, true);
    }

    private void sent(Strand strand, boolean last) {
        if (last) {
            strand.said = true;
            ended(strand);
        }
        pump.stir();
    }

    // ---- ends

    /** Nothing new may come, but what is on its way is served: the other side can't know yet. */
    void lastOrders() {
        if (!lastOrdersSaid && !goodByeSaid && !over) {
            lastOrdersSaid = true;
            out.goAway(Integer.MAX_VALUE, Frame.NO_ERROR);
            pump.stir();
            loop.thread().executeAfter(this::goodBye, ON_ITS_WAY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Served are those streams that have begun. */
    void goodBye() {
        if (!goodByeSaid && !over) {
            goodByeSaid = true;
            out.goAway(streams.lastServed(), Frame.NO_ERROR);
            pump.stir();
        }
    }

    boolean saidGoodBye() {
        return goodByeSaid;
    }

    void heardGoodBye() {
        goodByeHeard = true;
    }

    private void refuse(int code) {
        if (over) {
            return;
        }
        out.goAway(streams.lastServed(), code);
        guarded(this::leave);
        breakAll();
    }

    void leaveIfDone() throws IOException {
        if (!over && (goodByeSaid || goodByeHeard) && streams.isEmpty()) {
            leave();
        }
    }

    /** Nothing more will be said. What the other side still says is thrown away for a moment, so that it hears the last of ours. */
    private void leave() throws IOException {
        over = true;
        since = loop.nanos();
        if (role instanceof Role.Asking(Upstream upstream)) {
            upstream.lost(this);
        }
        out.flush();
        if (out.isEmpty()) {
            sink.terminateWrites();
            if (!sink.flush()) {
                sink.resumeWrites();
            }
        }
    }

    private void breakAll() {
        List<Strand> broken = streams.endAll();
        for (Strand strand : broken) {
            if (asks() && strand.heard) {
                strand.mute();
            } else {
                strand.breakOff(new Broken("the connection ended"));
            }
        }
        loop.thread().execute(() -> broken.forEach(strand -> strand.ends.tell()));
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        over = true;
        loop.remove(this);
        out.drop();
        IoUtils.safeClose(connection);
        breakAll();
        if (role instanceof Role.Asking(Upstream upstream)) {
            upstream.lost(this);
        }
    }

    void tick(long now) {
        long quiet = now - since;
        if (over) {
            if (quiet > LINGER_NANOS) {
                close();
            }
        } else if (!in.settled() || in.inBlock()) {
            if (quiet > loop.terms().parse().toNanos()) {
                close();
            }
        } else if (pump.stalled(now)) {
            close();
        } else if (streams.none() && (quiet > loop.terms().idle().toNanos() || role instanceof Role.Asking(Upstream upstream) && upstream.backend().sealed())) {
            goodBye();
        }
    }
}
