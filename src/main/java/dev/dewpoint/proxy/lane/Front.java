package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/** A client's connection: one request after the other, each served by its one exchange. */
final class Front implements Resident, ChannelListener<ConduitStreamSourceChannel> {
    private static final byte[] PREFACE = Bytes.ascii("PRI * HTTP/2.0\r\n");

    /** Whoever connects just before the end is about to ask, behind a handshake perhaps. */
    private static final long FIRST_NANOS = 2_000_000_000L;

    enum State { WAITING, SERVING, JOINED, CLOSING, CLOSED }

    final Lane lane;
    final Entrance entrance;
    final StreamConnection connection;
    final Intake intake;
    final Pace pace;
    private final Outlet outlet;
    private final SecondProtocol second;
    /** One stream of a connection that speaks HTTP/2. */
    private final boolean stream;
    private final Exchange exchange;
    private final InetAddress peer;
    private byte[] about;
    private State state = State.WAITING;
    private boolean serving;
    private boolean asked;
    private int slot;
    /** Null: nobody has said good-bye. */
    private Farewell farewell;
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
        this.pace = new Pace(lane);
        this.intake = new Intake(lane, connection.getSourceChannel().getConduit(), pace);
        this.outlet = new Outlet(lane, connection.getSinkChannel().getConduit(), pace);
        this.peer = connection.getPeerAddress(InetSocketAddress.class).getAddress();
        this.exchange = new Exchange(this);
        lane.add(this);
        connection.getSourceChannel().setReadListener(this);
        connection.getSinkChannel().setWriteListener(this::writable);
        intake.resume();
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

    // ---- requests

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        try {
            switch (state) {
                case WAITING -> readHead();
                case SERVING -> exchange.upload.clientReadable();
                case CLOSING -> discard();
                case JOINED, CLOSED -> intake.pause();
            }
        } catch (IOException e) {
            gone();
        }
    }

    private void readHead() throws IOException {
        int read = intake.fill();
        if (read > 0) {
            serve();
        } else if (read < 0 && outlet.choked()) {
            finishAndClose();
        } else if (read < 0) {
            close();
        }
    }

    /** Takes requests from what has been read, one after the other. */
    private void serve() {
        serving = true;
        while (state == State.WAITING && !outlet.choked() && !intake.isEmpty()) {
            if (second != null && intake.bytes[intake.from] == 'P' && intake.begins(PREFACE)) {
                handOver();
                break;
            }
            int end = lane.parse(intake.bytes, intake.from, intake.to);
            if (end == RequestHead.INCOMPLETE && intake.to - intake.from <= lane.terms.head()) {
                break;
            }
            state = State.SERVING;
            asked = true;
            if (end <= 0) {
                exchange.refuse(end == 0 ? 431 : -end);
            } else if (end - intake.from > lane.terms.head()) {
                exchange.refuse(431);
            } else {
                exchange.begin(end);
            }
        }
        serving = false;
        if (state == State.WAITING && !outlet.choked() && intake.ended()) {
            // half a request is none
            finishAndClose();
        } else if (state == State.WAITING && intake.from > 0) {
            intake.tidy();
        }
    }

    private void handOver() {
        state = State.CLOSED;
        lane.remove(this);
        intake.pause();
        connection.getSourceChannel().setReadListener(null);
        connection.getSinkChannel().setWriteListener(null);
        second.take(connection, intake.rest(), request -> new Front(lane, entrance, request, null, true));
        if (lane.stopping()) {
            lane.thread.executeAfter(() -> second.stop(lane.thread), FIRST_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    /** The exchange is over and the connection stays. */
    void next() {
        state = State.WAITING;
        if (outlet.choked()) {
            // answers to more and more requests would pile up
            pace.start(lane.time.nanos());
            intake.pause();
        } else {
            pace.since(lane.time.nanos());
            takeNext();
        }
    }

    private void takeNext() {
        if (intake.ended() && intake.isEmpty()) {
            finishAndClose();
            return;
        }
        intake.resumeIfPaused();
        if (!serving) {
            if (intake.isEmpty()) {
                intake.tidy();
            } else {
                intake.tidyIfWorthIt();
                serve();
            }
        }
    }

    // ---- to the client

    boolean send(ByteBuffer out) throws IOException {
        return outlet.send(out);
    }

    boolean choked() {
        return outlet.choked();
    }

    private void writable(ConduitStreamSinkChannel channel) {
        try {
            if (outlet.flow()) {
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

    // ---- ends

    /** Nothing more can come that our answer could be lost by. TLS still has to say good-bye. */
    void closeWithoutWaiting() {
        if (!outlet.choked() && intake.isEmpty() && !entrance.secure()) {
            close();
        } else {
            finishAndClose();
        }
    }

    /** Everything was said. */
    void finishAndClose() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        if (farewell == null) {
            farewell = new Farewell();
        }
        long now = lane.time.nanos();
        pace.since(now);
        farewell.begin(now);
        intake.forget();
        try {
            if (!outlet.choked()) {
                outlet.end();
            }
            if (intake.ended()) {
                closeUnlessParked();
            } else {
                intake.resume();
            }
        } catch (IOException e) {
            abort();
        }
    }

    private void closeUnlessParked() {
        if (!outlet.choked()) {
            close();
        }
    }

    private void discard() throws IOException {
        for (int round = 0; round < Lane.BUDGET; round++) {
            int read = intake.read(lane.in(Lane.WINDOW));
            if (read < 0) {
                closeUnlessParked();
                return;
            }
            if (read == 0) {
                return;
            }
            if (farewell.discards(read, lane.time.nanos()) && !outlet.choked()) {
                close();
                return;
            }
        }
    }

    /** The client is no longer there. */
    private void gone() {
        if (state == State.SERVING) {
            exchange.clientGone();
        }
        abort();
    }

    void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            lane.remove(this);
            outlet.drop();
            IoUtils.safeClose(connection);
            intake.drop();
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
        outlet.send(head);
        ByteBuffer first = outlet.withParked(fromBackend);
        state = State.JOINED;
        relay = new Relay(lane, connection, behind.handOver(), webSocket, this::parted);
        ByteBuffer ahead = ByteBuffer.wrap(intake.bytes, intake.from, intake.to - intake.from);
        relay.start(ahead, first);
        if (intake.ended()) {
            relay.clientEnded();
        }
    }

    private void parted() {
        state = State.CLOSED;
        lane.remove(this);
        exchange.ending.parted(relay.sentToClient());
        intake.drop();
    }

    // ---- from outside, on this thread

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int at) {
        slot = at;
    }

    @Override
    public void tick(long now) {
        switch (state) {
            case WAITING, SERVING -> {
                if (outlet.choked()) {
                    if (pace.stalled(now)) {
                        gone();
                    }
                } else if (state == State.SERVING) {
                    exchange.tick(now);
                } else {
                    tickWaiting(now);
                }
            }
            case CLOSING -> {
                if (outlet.choked() ? pace.stalled(now) : farewell.over(now)) {
                    close();
                }
            }
            case JOINED -> relay.tick(now, exchange.tunnelIdleNanos());
            case CLOSED -> { }
        }
    }

    private void tickWaiting(long now) {
        boolean idle = intake.isEmpty();
        long most = idle && lane.stopping() ? FIRST_NANOS : (idle ? lane.terms.idle() : lane.terms.parse()).toNanos();
        if (pace.waited(now) > most) {
            if (idle) {
                close();
            } else {
                state = State.SERVING;
                exchange.refuse(408);
            }
        }
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
        if (state == State.CLOSING && !outlet.choked()) {
            close();
        } else {
            abort();
        }
    }

    @Override
    public void stop() {
        if (state == State.WAITING && intake.isEmpty()) {
            // a request that is here already is no less one than those before it
            handleEvent(null);
        }
        if (state == State.WAITING && intake.isEmpty() && (asked || pace.waited(lane.time.nanos()) > FIRST_NANOS)) {
            finishAndClose();
        }
    }
}
