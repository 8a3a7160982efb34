package dev.dewpoint.proxy;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One address behind a route, with the exact count of what is in flight there. A request claims before it is forwarded
 * and releases when it is over. Once sealed no claim succeeds; when the last one is released it is drained. A counter
 * that is read first and raised later would lose that race.
 */
public final class Backend {
    private static final int SEALED = Integer.MIN_VALUE;

    private final String name;
    private final long id;
    private final InetSocketAddress address;
    private final int weight;
    private final Experience experience;
    private final Traffic traffic = new Traffic();
    private final AtomicInteger claims = new AtomicInteger();
    private final CompletableFuture<Backend> drained = new CompletableFuture<>();
    private volatile boolean ready;

    /** {@code name} identifies it across restarts: cookies and address hashing are made of it. */
    public Backend(String name, InetSocketAddress address, int weight, Experience experience) {
        this.name = name;
        this.id = Balancer.hash(name.getBytes(StandardCharsets.UTF_8));
        this.address = address;
        this.weight = weight;
        this.experience = experience;
    }

    public String name() {
        return name;
    }

    /** Made of the name: the same after a restart and on another host. Never 0. */
    public long id() {
        return id;
    }

    public InetSocketAddress address() {
        return address;
    }

    public int weight() {
        return weight;
    }

    /** What the lanes tell about it, request by request. */
    public Experience experience() {
        return experience;
    }

    public Traffic traffic() {
        return traffic;
    }

    public boolean ready() {
        return ready;
    }

    /** Takes effect with the next {@link Route#refresh}. */
    public void ready(boolean now) {
        ready = now;
    }

    public boolean tryClaim() {
        for (int count = claims.get(); count >= 0; count = claims.get()) {
            if (claims.compareAndSet(count, count + 1)) {
                return true;
            }
        }
        return false;
    }

    public void release() {
        if (claims.decrementAndGet() == SEALED) {
            drained.complete(this);
        }
    }

    /** Refuses claims from now on. The future is done once nothing is in flight; at once, if nothing is. */
    public CompletableFuture<Backend> seal() {
        int before = claims.getAndUpdate(count -> count | SEALED);
        if (before == 0) {
            drained.complete(this);
        }
        return drained.copy();
    }

    public boolean sealed() {
        return claims.get() < 0;
    }

    public int inFlight() {
        return claims.get() & ~SEALED;
    }

    @Override
    public String toString() {
        return name;
    }
}
