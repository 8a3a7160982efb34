package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Route;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/** A client of a plain TCP port: joined with one backend for as long as it lasts. */
final class Stream implements Resident, Dial.Caller {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Lane lane;
    private final Route route;
    private final StreamConnection client;
    private final InetAddress peer;
    private final long started;
    private final Dial dial;
    private Backend[] tried = new Backend[2];
    private int tries;
    private Backend backend;
    private Relay relay;
    private int slot;
    private boolean closed;

    Stream(Lane lane, Route route, StreamConnection client) {
        this.lane = lane;
        this.route = route;
        this.client = client;
        this.peer = client.getPeerAddress(InetSocketAddress.class).getAddress();
        this.started = lane.time.nanos();
        this.dial = new Dial(lane, this);
        lane.add(this);
        connect();
    }

    private void connect() {
        backend = Balancer.claim(route, Balancer.hash(peer.getAddress()), 0, tried, tries);
        if (backend == null) {
            leave();
            return;
        }
        dial.connect(backend);
    }

    @Override
    public void unreachable() {
        backend.experience().unreachable();
        backend.traffic().failed();
        elsewhere();
    }

    private void elsewhere() {
        if (tries == tried.length) {
            tried = Arrays.copyOf(tried, tries * 2);
        }
        tried[tries++] = backend;
        backend.release();
        backend = null;
        connect();
    }

    @Override
    public void outOfMeans() {
        leave();
    }

    @Override
    public void reached(StreamConnection to) {
        relay = new Relay(lane, client, to, false, this::ended);
        relay.start(NOTHING, NOTHING);
    }

    private void ended() {
        if (closed) {
            return;
        }
        closed = true;
        lane.remove(this);
        long nanos = lane.time.nanos() - started;
        if (backend != null) {
            backend.traffic().answered(0, nanos);
            if (lane.log.wanted()) {
                lane.log.write(new AccessLog.Line(lane.wallMillis(started), Forwarding.address(peer), "TCP", route.rule().text(), "-", "", 0, relay.sentToClient(), nanos, backend.name(), -1, "", "", ""));
            }
            backend.release();
            backend = null;
        }
    }

    @Override
    public void tick(long now) {
        if (relay != null) {
            relay.tick(now, route.options().limits().tunnelIdle().toNanos());
        } else if (dial.overdue(now, route.options().limits().connect())) {
            dial.giveUp();
            unreachable();
        }
    }

    @Override
    public void cut(Backend leaving) {
        if (backend != leaving) {
            return;
        }
        if (dial.underWay()) {
            dial.giveUp();
            elsewhere();
        } else {
            leave();
        }
    }

    @Override
    public void stop() {
        // it ends by itself, or is cut off
    }

    @Override
    public void leave() {
        if (relay != null) {
            relay.end(true);
            return;
        }
        dial.giveUp();
        Relay.abortive(client);
        IoUtils.safeClose(client);
        if (!closed) {
            closed = true;
            lane.remove(this);
            if (backend != null) {
                backend.release();
                backend = null;
            }
        }
    }

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int at) {
        slot = at;
    }
}
