package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.xnio.IoFuture;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;

/** A client of a plain TCP port: joined with one backend for as long as it lasts. */
final class Stream implements Resident {
    private static final OptionMap NO_DELAY = OptionMap.create(Options.TCP_NODELAY, true);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Lane lane;
    private final Route route;
    private final StreamConnection client;
    private final InetAddress peer;
    private final long started;
    private Backend[] tried = new Backend[2];
    private int tries;
    private Backend backend;
    private IoFuture<StreamConnection> connecting;
    private Relay relay;
    private long since;
    private int slot;
    private boolean closed;

    Stream(Lane lane, Route route, StreamConnection client) {
        this.lane = lane;
        this.route = route;
        this.client = client;
        this.peer = client.getPeerAddress(InetSocketAddress.class).getAddress();
        this.started = lane.time.nanos();
        lane.add(this);
        connect();
    }

    private void connect() {
        backend = Balancer.claim(route, Balancer.hash(peer.getAddress()), 0, tried, tries);
        if (backend == null) {
            leave();
            return;
        }
        since = lane.time.nanos();
        IoFuture<StreamConnection> future = lane.thread.openStreamConnection(backend.address(), null, NO_DELAY);
        connecting = future;
        future.addNotifier((ended, _) -> {
            StreamConnection made = null;
            try {
                made = ended.getStatus() == IoFuture.Status.DONE ? ended.get() : null;
            } catch (IOException e) {
                // the same as not connected
            }
            connected(ended, made);
        }, null);
    }

    private void connected(IoFuture<?> attempt, StreamConnection made) {
        if (attempt != connecting) {
            IoUtils.safeClose(made);
            return;
        }
        connecting = null;
        if (made != null) {
            join(made);
        } else {
            unreachable();
        }
    }

    private void unreachable() {
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

    private void join(StreamConnection to) {
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
        } else if (connecting != null && now - since > route.options().limits().connect().toNanos()) {
            giveUpConnecting();
            unreachable();
        }
    }

    @Override
    public void cut(Backend leaving) {
        if (backend != leaving) {
            return;
        }
        if (connecting != null) {
            giveUpConnecting();
            elsewhere();
        } else {
            leave();
        }
    }

    @Override
    public void stop() {
        // it ends by itself, or is cut off
    }

    private void giveUpConnecting() {
        IoFuture<StreamConnection> given = connecting;
        connecting = null;
        if (given != null) {
            given.cancel();
        }
    }

    @Override
    public void leave() {
        if (relay != null) {
            relay.end(true);
            return;
        }
        giveUpConnecting();
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
