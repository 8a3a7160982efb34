package dev.dewpoint.proxy.http2;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Terms;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;

/** What the HTTP/2 connections of one IO thread share. */
final class Loop {
    private static final int SIZE = 96 << 10;
    private static final int MOST_SPARE = 32;
    private static final long TICK_MILLIS = 500;

    private final XnioIoThread thread;
    private final Terms terms;
    private final Time time;
    private final ByteBuffer in = ByteBuffer.allocateDirect(SIZE);
    private final ArrayDeque<ByteBuffer> spare = new ArrayDeque<>();
    private final Set<Wire> wires = new LinkedHashSet<>();
    private final Map<Backend, Upstream> upstreams = new IdentityHashMap<>();
    private boolean ticking;

    Loop(XnioIoThread thread, Terms terms, Time time) {
        this.thread = thread;
        this.terms = terms;
        this.time = time;
    }

    XnioIoThread thread() {
        return thread;
    }

    Terms terms() {
        return terms;
    }

    long nanos() {
        return time.nanos();
    }

    /** Used up before anybody else reads. */
    ByteBuffer in() {
        return in;
    }

    ByteBuffer buffer() {
        return spare.isEmpty() ? ByteBuffer.allocateDirect(SIZE) : spare.pop().clear();
    }

    void recycle(ByteBuffer buffer) {
        if (buffer.capacity() == SIZE && spare.size() < MOST_SPARE) {
            spare.push(buffer);
        }
    }

    void serve(StreamConnection connection, byte[] read, Consumer<StreamConnection> requests) {
        new Wire(this, new Role.Serving(requests), connection).begin(read);
    }

    Upstream upstream(Backend backend) {
        return upstreams.computeIfAbsent(backend, it -> new Upstream(this, it));
    }

    void add(Wire wire) {
        wires.add(wire);
        if (!ticking) {
            ticking = true;
            thread.executeAfter(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    void remove(Wire wire) {
        wires.remove(wire);
    }

    private void tick() {
        long now = time.nanos();
        List.copyOf(wires).forEach(wire -> wire.tick(now));
        upstreams.values().removeIf(Upstream::isEmpty);
        if (wires.isEmpty()) {
            ticking = false;
        } else {
            thread.executeAfter(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    void stop() {
        wires.stream().filter(wire -> !wire.asks()).forEach(Wire::lastOrders);
    }

    void abort() {
        List.copyOf(wires).forEach(Wire::close);
    }
}
