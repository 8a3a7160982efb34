package dev.dewpoint.proxy.http2;

import dev.dewpoint.proxy.lane.Unprocessed;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/** One connection that speaks HTTP/2, and the streams on it. Belongs to its IO thread. */
final class Wire {
    private static final int USUAL_WINDOW = 65_535;
    /** What a client may send of one request, or a backend of one response, before somebody has taken it. */
    private static final int ROOM_SERVING = USUAL_WINDOW;
    private static final int ROOM_ASKING = 256 << 10;
    /** The same for all of them together. */
    private static final int ROOM_OF_ALL = 1 << 20;
    private static final int MOST_STREAMS = 128;
    private static final int MOST_EMPTY = 1000;
    private static final int MOST_RESETS = 200;
    private static final int REMEMBERED = 256;
    private static final int ROUNDS = 4;
    private static final int TOO_MUCH_WAITING = 256 << 10;
    private static final long RESET_PERIOD_NANOS = 30_000_000_000L;
    private static final long LINGER_NANOS = 1_000_000_000L;

    private final Loop loop;
    private final Role role;
    private final StreamConnection connection;
    private final StreamSourceConduit source;
    private final StreamSinkConduit sink;
    private final Inward in;
    private final Outward out;
    private final InetSocketAddress peer;
    private final Map<Integer, Strand> streams = new HashMap<>();
    /** Whom somebody still holds, whether its stream has ended or not. */
    private final Set<Strand> held = new LinkedHashSet<>();
    private final ArrayDeque<Strand> noted = new ArrayDeque<>();
    private final ArrayDeque<Strand> line = new ArrayDeque<>();
    private final LinkedHashSet<Integer> resetByUs = new LinkedHashSet<>();
    private long window = USUAL_WINDOW;
    private int initialWindow = USUAL_WINDOW;
    private long mostAtPeer = Long.MAX_VALUE;
    private long roomLeft = ROOM_OF_ALL;
    private int roomFree;
    private int lastHeard;
    private int lastServed;
    private int nextId = 1;
    private int empty;
    private int resets;
    private long resetsSince;
    private long since;
    private long unsentSince;
    private boolean served;
    private boolean goodByeSaid;
    private boolean goodByeHeard;
    private boolean pumping;
    private boolean scheduled;
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
        this.in = new Inward(this, !asks(), loop.terms().head());
        this.since = loop.nanos();
        loop.add(this);
        connection.getSourceChannel().setReadListener(_ -> readable());
        connection.getSinkChannel().setWriteListener(_ -> pump());
        greet();
    }

    private void greet() {
        if (asks()) {
            out.preface();
            out.settings(Frame.ENABLE_PUSH, 0, Frame.INITIAL_WINDOW_SIZE, ROOM_ASKING, Frame.MAX_HEADER_LIST_SIZE, loop.terms().head());
        } else {
            out.settings(Frame.MAX_CONCURRENT_STREAMS, MOST_STREAMS, Frame.MAX_HEADER_LIST_SIZE, loop.terms().head());
        }
        out.window(0, ROOM_OF_ALL - USUAL_WINDOW);
        source.resumeReads();
        stir();
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

    int roomOfStream() {
        return asks() ? ROOM_ASKING : ROOM_SERVING;
    }

    // ---- reading

    /** What was read by whoever had the connection before. */
    void begin(byte[] read) {
        guarded(() -> in.take(ByteBuffer.wrap(read)));
        pump();
    }

    private interface Step {
        void run() throws IOException;
    }

    private void guarded(Step step) {
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
        pump();
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
            if (out.waiting() > TOO_MUCH_WAITING) {
                source.suspendReads();
                return;
            }
        }
    }

    void setting(int name, long value) throws Violation {
        switch (name) {
            case Frame.HEADER_TABLE_SIZE -> out.tableSize(value);
            case Frame.ENABLE_PUSH -> check(value <= 1, Frame.PROTOCOL_ERROR);
            case Frame.MAX_CONCURRENT_STREAMS -> mostAtPeer = value;
            case Frame.INITIAL_WINDOW_SIZE -> {
                check(value <= Integer.MAX_VALUE, Frame.FLOW_CONTROL_ERROR);
                for (Strand strand : streams.values()) {
                    strand.window += value - initialWindow;
                    check(strand.window <= Integer.MAX_VALUE, Frame.FLOW_CONTROL_ERROR);
                    queue(strand);
                }
                initialWindow = (int) value;
            }
            case Frame.MAX_FRAME_SIZE -> check(value >= Frame.MOST && value < 1 << 24, Frame.PROTOCOL_ERROR);
            default -> {
                // what nobody knows is passed over
            }
        }
    }

    private static void check(boolean sound, int code) throws Violation {
        if (!sound) {
            throw new Violation(code, "a value is out of bounds");
        }
    }

    void settled() {
        out.settingsTaken();
        if (role instanceof Role.Asking(Upstream upstream)) {
            upstream.ready(this);
        }
    }

    void pinged(long said) {
        out.ping(said);
    }

    private boolean idle(int id) {
        boolean ours = (id & 1) == (asks() ? 1 : 0);
        return ours ? id >= nextId : id > lastHeard;
    }

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
            boolean sound = asks() && !strand.headHeard() ? strand.answered(fields, last) : last && strand.trailers(fields);
            if (sound) {
                ended(strand);
            } else {
                wrong(id, Frame.PROTOCOL_ERROR);
            }
        }
    }

    private void first(int id, Listed fields, boolean last) throws Violation {
        if (!(role instanceof Role.Serving(var requests)) || !idle(id)) {
            if (idle(id)) {
                throw new Violation(Frame.PROTOCOL_ERROR, "an answer to nothing");
            }
            check(asks() || resetByUs.contains(id), Frame.STREAM_CLOSED);
            return;
        }
        check((id & 1) == 1, Frame.PROTOCOL_ERROR);
        lastHeard = id;
        if (goodByeSaid) {
            // it has been told that this one won't be served
            remember(id);
            return;
        }
        lastServed = id;
        if (streams.size() >= MOST_STREAMS) {
            wrong(id, Frame.REFUSED_STREAM);
            return;
        }
        if (fields.tooLarge()) {
            HeaderMap refusal = new HeaderMap();
            refusal.put(new HttpString(":status"), "431");
            out.headers(id, refusal, true);
            if (!last) {
                out.reset(id, Frame.NO_ERROR);
                remember(id);
            }
            return;
        }
        Heads.Read head = Heads.request(fields, last);
        if (head.malformed()) {
            wrong(id, Frame.PROTOCOL_ERROR);
            return;
        }
        Strand strand = new Strand(this, false);
        start(strand, id);
        held.add(strand);
        strand.asked(head, last);
        requests.accept(strand);
    }

    private void start(Strand strand, int id) {
        strand.id = id;
        strand.window = initialWindow;
        streams.put(id, strand);
    }

    void data(int id, ByteBuffer from, int counted, boolean last) throws Violation {
        roomLeft -= counted;
        check(roomLeft >= 0, Frame.FLOW_CONTROL_ERROR);
        if (counted == 0 && !last && ++empty > MOST_EMPTY) {
            throw new Violation(Frame.ENHANCE_YOUR_CALM, "frames with nothing in them");
        }
        Strand strand = streams.get(id);
        if (strand == null) {
            consumed(counted);
            check(!idle(id), Frame.PROTOCOL_ERROR);
            check(asks() || resetByUs.contains(id), Frame.STREAM_CLOSED);
            return;
        }
        boolean expected = !strand.heard && (!asks() || strand.headHeard());
        if (!expected || strand.overflows(counted)) {
            consumed(counted);
            wrong(id, strand.heard ? Frame.STREAM_CLOSED : expected ? Frame.FLOW_CONTROL_ERROR : Frame.PROTOCOL_ERROR);
        } else if (strand.more(from, counted, last)) {
            ended(strand);
        } else {
            wrong(id, Frame.PROTOCOL_ERROR);
        }
    }

    private void ended(Strand strand) {
        if (strand.heard && strand.said) {
            forget(strand);
        }
    }

    private void forget(Strand strand) {
        streams.remove(strand.id);
        since = loop.nanos();
    }

    void wasReset(int id, int code) throws Violation {
        check(!idle(id), Frame.PROTOCOL_ERROR);
        Strand strand = streams.get(id);
        countReset();
        if (strand == null) {
            return;
        }
        forget(strand);
        if (asks() && strand.heard) {
            // it has heard enough, and has answered
            strand.mute();
        } else {
            strand.breakOff(code == Frame.REFUSED_STREAM && !strand.headHeard() ? new Unprocessed() : new Broken("the other side reset the stream"));
        }
    }

    /** Requests that are made and taken back at once cost us much and the client little; so do those that make us reset them. */
    private void countReset() throws Violation {
        if (asks()) {
            return;
        }
        long now = loop.nanos();
        if (now - resetsSince > RESET_PERIOD_NANOS) {
            resetsSince = now;
            resets = 0;
        }
        if (++resets > MOST_RESETS) {
            throw new Violation(Frame.ENHANCE_YOUR_CALM, "too many streams were reset");
        }
    }

    /** What came for this stream is wrong; the others aren't concerned. */
    void wrong(int id, int code) throws Violation {
        out.reset(id, code);
        remember(id);
        Strand strand = streams.get(id);
        if (strand != null) {
            forget(strand);
            strand.breakOff(new Broken("the other side broke the protocol"));
        }
        countReset();
    }

    private void remember(int id) {
        resetByUs.add(id);
        if (resetByUs.size() > REMEMBERED) {
            resetByUs.removeFirst();
        }
    }

    void windowGrew(int id, int more) throws Violation {
        if (id == 0) {
            check(more > 0, Frame.PROTOCOL_ERROR);
            window += more;
            check(window <= Integer.MAX_VALUE, Frame.FLOW_CONTROL_ERROR);
            return;
        }
        check(!idle(id), Frame.PROTOCOL_ERROR);
        Strand strand = streams.get(id);
        if (strand == null) {
            return;
        }
        strand.window += more;
        if (more == 0 || strand.window > Integer.MAX_VALUE) {
            wrong(id, more == 0 ? Frame.PROTOCOL_ERROR : Frame.FLOW_CONTROL_ERROR);
        } else {
            queue(strand);
        }
    }

    /** No new streams; those up to the last one that it names go on. */
    void saidGoodBye(int last, int code) {
        goodByeHeard = true;
        if (role instanceof Role.Asking(Upstream upstream)) {
            upstream.lost(this);
            for (Strand strand : List.copyOf(streams.values())) {
                if (strand.id > last) {
                    forget(strand);
                    strand.breakOff(new Unprocessed());
                }
            }
        }
    }

    // ---- room for what comes

    /** Answers for how much of it room was given. */
    int giveRoom(Strand strand, int free) {
        if (free < roomOfStream() / 2 || strand.heard || closed || !streams.containsKey(strand.id)) {
            return 0;
        }
        out.window(strand.id, free);
        stir();
        return free;
    }

    void consumed(int count) {
        roomFree += count;
        if (roomFree >= ROOM_OF_ALL / 2 && !closed) {
            out.window(0, roomFree);
            roomLeft += roomFree;
            roomFree = 0;
            stir();
        }
    }

    // ---- sending

    boolean mayOpen() {
        return in.settled() && !goodByeHeard && !goodByeSaid && !over && held.size() < mostAtPeer && nextId > 0;
    }

    Strand open() {
        Strand strand = new Strand(this, served);
        served = true;
        held.add(strand);
        return strand;
    }

    void send(Strand strand, HeaderMap fields, boolean last) throws IOException {
        if (strand.id == 0) {
            if (goodByeHeard || over) {
                throw new Unprocessed();
            }
            start(strand, nextId);
            nextId += 2;
        }
        out.headers(strand.id, fields, last);
        sent(strand, last);
    }

    /** Answers how many it took. */
    int send(Strand strand, ByteBuffer from, long most, boolean last) {
        long room = Math.min(Frame.MOST, Math.min(strand.window, window));
        int count = (int) Math.min(Math.min(from.remaining(), most), room);
        if (count <= 0 || out.full()) {
            if (strand.window > 0) {
                queue(strand);
            }
            return 0;
        }
        boolean whole = last && count == most;
        out.data(strand.id, from, count, whole);
        strand.window -= count;
        window -= count;
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
        stir();
    }

    /** Its holder wants to write. */
    void queue(Strand strand) {
        if (!strand.inLine && strand.ends.isWriteResumed()) {
            strand.inLine = true;
            line.add(strand);
            stir();
        }
    }

    /** Its holder has something to hear. */
    void note(Strand strand) {
        if (!strand.noted) {
            strand.noted = true;
            noted.add(strand);
            stir();
        }
    }

    /** Its holder let it go. */
    void left(Strand strand) {
        held.remove(strand);
        consumed(strand.forgive());
        if (closed) {
            return;
        }
        if (streams.get(strand.id) == strand) {
            out.reset(strand.id, asks() ? Frame.CANCEL : strand.said ? Frame.NO_ERROR : Frame.INTERNAL_ERROR);
            remember(strand.id);
            forget(strand);
        }
        if (role instanceof Role.Asking(Upstream upstream) && mayOpen()) {
            upstream.freed(this);
        }
        stir();
    }

    private void stir() {
        if (!pumping && !scheduled && !closed) {
            scheduled = true;
            loop.thread().execute(() -> {
                scheduled = false;
                pump();
            });
        }
    }

    private boolean maySend() {
        return !out.full() && window > 0;
    }

    /** Passes on what has come, lets those write who wait for it, and sends. */
    private void pump() {
        if (closed || pumping) {
            return;
        }
        pumping = true;
        for (int round = 0; round < ROUNDS && (!noted.isEmpty() || !line.isEmpty() && maySend()) && !closed; round++) {
            for (int left = noted.size(); left > 0; left--) {
                Strand strand = noted.poll();
                strand.noted = false;
                if (strand.ends.tell()) {
                    note(strand);
                }
            }
            for (int left = line.size(); left > 0 && maySend(); left--) {
                Strand strand = line.poll();
                strand.inLine = false;
                strand.ends.tellWritable();
            }
            guarded(this::flush);
        }
        guarded(this::flush);
        pumping = false;
        if (!noted.isEmpty() || !line.isEmpty() && maySend()) {
            stir();
        }
    }

    private void flush() throws IOException {
        if (closed) {
            return;
        }
        int before = out.waiting();
        if (out.flush()) {
            unsentSince = 0;
            sink.suspendWrites();
            if (!over && (goodByeSaid || goodByeHeard) && streams.isEmpty() && noted.isEmpty()) {
                leave();
            }
        } else {
            unsentSince = unsentSince == 0 || out.waiting() < before ? loop.nanos() : unsentSince;
            sink.resumeWrites();
        }
        if (out.waiting() <= TOO_MUCH_WAITING && !source.isReadResumed()) {
            source.resumeReads();
        }
    }

    // ---- ends

    /** Served are those streams that have begun. */
    void goodBye() {
        if (!goodByeSaid && !over) {
            goodByeSaid = true;
            out.goAway(asks() ? 0 : lastServed, Frame.NO_ERROR);
            stir();
        }
    }

    private void refuse(int code) {
        if (over) {
            return;
        }
        out.goAway(asks() ? 0 : lastServed, code);
        guarded(this::leave);
        breakAll();
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
        streams.clear();
        List<Strand> broken = List.copyOf(held);
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
        } else if (unsentSince != 0 && now - unsentSince > loop.terms().stall().toNanos()) {
            close();
        } else if (streams.isEmpty() && held.isEmpty() && (quiet > loop.terms().idle().toNanos() || role instanceof Role.Asking(Upstream upstream) && upstream.backend().sealed())) {
            goodBye();
        }
    }
}
