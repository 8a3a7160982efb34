package dev.dewpoint.proxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/** What the proxy matches, and the one pointer to the generation behind it. */
public final class Route {
    private static final String COOKIE = "dewpoint_";
    private static final byte[] NO_COOKIE = {};

    private final Rule rule;
    private final byte[] cookie;
    private final ReentrantLock publishing = new ReentrantLock();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Runnable> onChange = new CopyOnWriteArrayList<>();
    private volatile Generation live = Generation.of(List.of());
    private volatile Gate gate = Gate.OPEN;

    public Route(Rule rule) {
        this.rule = rule;
        this.cookie = rule.balance() == Balance.COOKIE ? cookie(rule.match()) : NO_COOKIE;
    }

    /** Each route its own: one page may come from several, and cookies don't know ports. */
    private static byte[] cookie(Match match) {
        String name = COOKIE + Long.toHexString(Balancer.hash((match.port() + match.host() + match.path()).getBytes(StandardCharsets.ISO_8859_1)) >>> 32);
        return (name + "=").getBytes(StandardCharsets.ISO_8859_1);
    }

    public Rule rule() {
        return rule;
    }

    public RouteOptions options() {
        return rule.options();
    }

    /** Name and equals sign of the cookie that keeps a client with its backend; empty if none does. Not to be changed. */
    public byte[] cookie() {
        return cookie;
    }

    public Generation live() {
        return live;
    }

    /** From here on only these take new requests. Answers those that are no longer among them: sealed, and maybe still busy. */
    public List<Backend> publish(List<Backend> members) {
        publishing.lock();
        try {
            List<Backend> gone = new ArrayList<>(live.members());
            gone.removeAll(members);
            live = Generation.of(members);
            gone.forEach(Backend::seal);
            onChange.forEach(Runnable::run);
            return gone;
        } finally {
            publishing.unlock();
        }
    }

    /** Somebody became ready or unready. */
    public void refresh() {
        publishing.lock();
        try {
            live = Generation.of(live.members());
            onChange.forEach(Runnable::run);
        } finally {
            publishing.unlock();
        }
    }

    public Gate gate() {
        return gate;
    }

    /** Whoever waits at the gate is let through, turned away or made to wait on, as the new one says. */
    public void gate(Gate now) {
        publishing.lock();
        try {
            gate = now;
            onChange.forEach(Runnable::run);
        } finally {
            publishing.unlock();
        }
    }

    /** Runs after each change of the live generation or the gate, on the thread that made it. */
    public void onChange(Runnable listener) {
        onChange.add(listener);
    }

    /** One more waits, if fewer than so many do. Then {@link #waited} follows, whatever came of it. */
    public boolean waiting(int most) {
        if (waiting.incrementAndGet() <= most) {
            return true;
        }
        waiting.decrementAndGet();
        return false;
    }

    public void waited() {
        waiting.decrementAndGet();
    }

    public int waiting() {
        return waiting.get();
    }

    /** The next in turn. It shares one counter with everybody, so that it is even whatever thread asks. */
    int nextTurn() {
        return turn.getAndIncrement() & Integer.MAX_VALUE;
    }
}
