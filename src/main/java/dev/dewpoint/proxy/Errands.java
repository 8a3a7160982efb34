package dev.dewpoint.proxy;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One virtual thread that alone touches what it owns, and the short-lived ones that it sends out to wait for the
 * network. Whoever has news leaves it here, without waiting.
 */
final class Errands {
    /** Goes out and comes back, whatever happens, with what is to be done on the owner's thread. */
    @FunctionalInterface
    interface Errand {
        Runnable run() throws InterruptedException;
    }

    private static final long LONGEST_NAP = 60_000_000_000L;

    private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(5);

    private final Queue<Runnable> news = new ConcurrentLinkedQueue<>();
    private final Set<Thread> outside = ConcurrentHashMap.newKeySet();
    private final Consumer<RuntimeException> stumbled;
    private final LongSupplier turn;
    private final Thread owner;
    private volatile boolean closed;

    /** {@code turn} does what is due and says how many nanoseconds nothing else is. */
    Errands(String name, LongSupplier turn, Consumer<RuntimeException> stumbled) {
        this.turn = turn;
        this.stumbled = stumbled;
        this.owner = Thread.ofVirtual().name(name).unstarted(this::live);
    }

    void start() {
        owner.start();
    }

    /** From any thread, IO threads too. */
    void leave(Runnable what) {
        news.add(what);
        wake();
    }

    void wake() {
        LockSupport.unpark(owner);
    }

    /** From the owner's thread. */
    void send(String name, Errand errand) {
        Thread messenger = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                leave(errand.run());
            } catch (InterruptedException e) {
                // nobody waits for it any more
            } finally {
                outside.remove(Thread.currentThread());
            }
        });
        outside.add(messenger);
        messenger.start();
    }

    boolean nobodyIsOut() {
        return outside.isEmpty();
    }

    private void live() {
        while (!closed) {
            for (Runnable next = news.poll(); next != null && !closed; next = news.poll()) {
                guarded(next);
            }
            long[] nap = {LONGEST_NAP};
            guarded(() -> nap[0] = Math.min(LONGEST_NAP, turn.getAsLong()));
            if (nap[0] > 0 && news.isEmpty() && !closed) {
                LockSupport.parkNanos(this, nap[0]);
            }
        }
        outside.forEach(Thread::interrupt);
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException bug) {
            stumbled.accept(bug);
        }
    }

    /** Returns once its thread has ended; those outside are on their way. */
    void close() {
        closed = true;
        if (owner.getState() == Thread.State.NEW || Thread.currentThread() == owner) {
            return;
        }
        wake();
        try {
            owner.join(LONGEST_GOODBYE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
