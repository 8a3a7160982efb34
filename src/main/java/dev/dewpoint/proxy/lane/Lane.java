package dev.dewpoint.proxy.lane;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.Terms;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.xnio.XnioIoThread;

/**
 * Everything of one IO thread: its buffers, its client connections, its idle connections to backends. Touched by that
 * thread alone, so nothing here is locked.
 */
final class Lane {
    /** Room before what is read, for a head that grows. */
    static final int HEADROOM = 4096;
    static final int WINDOW = 64 << 10;
    /** What is read at once for somebody who takes it slowly. */
    static final int SMALL_WINDOW = 8 << 10;
    /** Reads per event: one fast peer must not hold up everybody else on this thread. */
    static final int BUDGET = 4;

    private static final long TICK_MILLIS = 250;
    private static final long MOST_PARKED = 8 << 20;
    private static final long IDLE_NANOS = Duration.ofSeconds(4).toNanos();
    private static final long UNSAFE_IDLE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MOST_IDLE = 256;

    final XnioIoThread thread;
    final Terms terms;
    final Time time;
    final AccessLog log;
    final SecondProtocol second;
    final Shortage shortage;
    final RequestHead request = new RequestHead();
    final ResponseHead response = new ResponseHead();
    final byte[] scratch = new byte[WINDOW + HEADROOM];

    private final RandomGenerator random;
    private final ByteBuffer in = ByteBuffer.allocateDirect(HEADROOM + WINDOW);
    private final ByteBuffer out;
    private final ByteBuffer assembled = ByteBuffer.allocate(WINDOW + 2 * HEADROOM);
    private final List<Resident> residents = new ArrayList<>();
    private final Map<Backend, ArrayDeque<Behind>> idle = new IdentityHashMap<>();
    private final List<Exchange> held = new ArrayList<>();
    private boolean ticking;
    private boolean stopping;
    private long parked;
    private long wallOffset;
    private Exchange parsedFor;

    Lane(XnioIoThread thread, Terms terms, Time time, AccessLog log, RandomGenerator random, SecondProtocol second, Shortage shortage) {
        this.thread = thread;
        this.terms = terms;
        this.time = time;
        this.log = log;
        this.random = random;
        this.second = second;
        this.shortage = shortage;
        this.out = ByteBuffer.allocateDirect(2 * terms.head() + 3 * WINDOW);
        this.wallOffset = time.now().toEpochMilli() - time.nanos() / 1_000_000;
    }

    /** Empty, with room for a head before it. */
    ByteBuffer in(int window) {
        return in.limit(HEADROOM + window).position(HEADROOM);
    }

    ByteBuffer out() {
        return out.clear();
    }

    /** Where a response's head is put together. */
    ByteBuffer assembled() {
        return assembled.clear();
    }

    int window(boolean slow) {
        return slow || parked > MOST_PARKED ? SMALL_WINDOW : WINDOW;
    }

    /** A copy of what a peer would not take yet. */
    ByteBuffer park(ByteBuffer rest) {
        ByteBuffer copy = ByteBuffer.allocate(rest.remaining());
        copy.put(rest).flip();
        parked += copy.capacity();
        return copy;
    }

    void unpark(ByteBuffer copy) {
        parked -= copy.capacity();
    }

    long random() {
        return random.nextLong();
    }

    long wallMillis(long nanos) {
        return wallOffset + nanos / 1_000_000;
    }

    /** Whatever head was read before is forgotten with this, also when this one isn't whole yet. */
    int parse(byte[] bytes, int from, int to) {
        parsedFor = null;
        return request.parse(bytes, from, to);
    }

    /** The head of this request as read. Others may have been read since. */
    RequestHead head(Exchange exchange, byte[] bytes, int from, int to) {
        if (parsedFor != exchange) {
            request.parse(bytes, from, to);
            parsedFor = exchange;
        }
        return request;
    }

    void parsed(Exchange exchange) {
        parsedFor = exchange;
    }

    // ---- client connections

    void add(Resident resident) {
        resident.slot(residents.size());
        residents.add(resident);
        if (!ticking) {
            ticking = true;
            thread.executeAfter(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    void remove(Resident resident) {
        Resident last = residents.removeLast();
        if (last != resident) {
            residents.set(resident.slot(), last);
            last.slot(resident.slot());
        }
    }

    /** Sees to everything that is overdue. Costs nothing while nobody is connected. */
    private void tick() {
        long now = time.nanos();
        wallOffset = time.now().toEpochMilli() - now / 1_000_000;
        boolean connected = true;
        try {
            for (int i = residents.size() - 1; i >= 0; i--) {
                if (i < residents.size()) {
                    residents.get(i).tick(now);
                }
            }
            connected = closeIdle(now);
        } finally {
            // a defect in one connection must not be the end of everybody's deadlines
            if (!residents.isEmpty() || connected) {
                thread.executeAfter(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                ticking = false;
            }
        }
    }

    // ---- connections to backends

    /** An idle connection, or null. What must not be sent twice gets one that was used just now and is certainly open. */
    Behind take(Backend backend, boolean unsafe) {
        ArrayDeque<Behind> connections = idle.get(backend);
        if (connections == null) {
            return null;
        }
        Behind last = connections.pollLast();
        while (last != null && (unsafe && time.nanos() - last.idleSince > UNSAFE_IDLE_NANOS || (unsafe || last.doubtful()) && !last.isQuiet())) {
            last.close();
            last = connections.pollLast();
        }
        return last;
    }

    void give(Behind behind, long now) {
        ArrayDeque<Behind> connections = idle.get(behind.backend);
        if (connections == null) {
            connections = new ArrayDeque<>();
            idle.put(behind.backend, connections);
        }
        if (behind.backend.sealed() || stopping || connections.size() >= MOST_IDLE) {
            behind.close();
            return;
        }
        behind.idleSince = now;
        connections.addLast(behind);
    }

    void forget(Behind behind) {
        ArrayDeque<Behind> connections = idle.get(behind.backend);
        if (connections != null) {
            connections.remove(behind);
        }
    }

    /** Whether some are left. */
    private boolean closeIdle(long now) {
        idle.entrySet().removeIf(entry -> {
            ArrayDeque<Behind> connections = entry.getValue();
            boolean all = entry.getKey().sealed() || stopping;
            while (!connections.isEmpty() && (all || now - connections.peekFirst().idleSince > IDLE_NANOS)) {
                connections.pollFirst().close();
            }
            return connections.isEmpty();
        });
        return !idle.isEmpty();
    }

    // ---- what concerns all of a route's or a backend's requests

    void hold(Exchange exchange) {
        held.add(exchange);
    }

    void release(Exchange exchange) {
        held.remove(exchange);
    }

    /** Something changed behind the route: who waits for it tries again, idle connections to who left are closed. */
    void changed(Route route) {
        List<Exchange> waiting = held.stream().filter(exchange -> exchange.waitsFor(route)).toList();
        waiting.forEach(Exchange::changed);
        closeIdle(time.nanos());
    }

    /** The time to drain is over. */
    void cut(Backend backend) {
        for (Resident resident : List.copyOf(residents)) {
            resident.cut(backend);
        }
    }

    /** No keep-alive from here on; who is idle goes at once. */
    void stop() {
        stopping = true;
        for (Resident resident : List.copyOf(residents)) {
            resident.stop();
        }
        closeIdle(time.nanos());
    }

    boolean stopping() {
        return stopping;
    }

    void leave() {
        for (Resident resident : List.copyOf(residents)) {
            resident.leave();
        }
    }
}
