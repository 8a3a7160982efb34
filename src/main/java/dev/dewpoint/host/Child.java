package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A process that we started, the leader of a group of its own. Its number, and with it the group's, stays ours until
 * {@link #reap}; signals after that go nowhere. Whoever starts a child reaps it.
 */
public final class Child {
    private static final int WNOHANG = 1;

    private final int pid;
    private final CompletableFuture<?> end;
    private final AtomicReference<ExitStatus> status = new AtomicReference<>();
    /** A signal must not meet a number that was reaped and given to another process meanwhile. */
    private final ReentrantLock reaping = new ReentrantLock();

    Child(int pid) {
        this.pid = pid;
        // a thread of the JDK's waits for the end without reaping
        this.end = ProcessHandle.of(pid).<CompletableFuture<?>>map(ProcessHandle::onExit).orElseGet(() -> CompletableFuture.completedFuture(null));
    }

    public int pid() {
        return pid;
    }

    /** Holds no carrier thread while it waits. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        try {
            end.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting for process " + pid + " failed", e);
        }
    }

    public boolean hasEnded() {
        return end.isDone();
    }

    /** On the thread that notices, which others wait for too, or at once if it has ended already: to be short. */
    public void whenEnded(Runnable told) {
        end.thenRun(told);
    }

    /** Only after the end. Asked again, it answers the same. */
    public ExitStatus reap() {
        if (!end.isDone()) {
            throw new IllegalStateException("process " + pid + " still runs");
        }
        reaping.lock();
        try {
            if (status.get() == null) {
                status.set(collect());
            }
            return status.get();
        } finally {
            reaping.unlock();
        }
    }

    public void signal(Signal signal) {
        send(pid, signal);
    }

    public void signalGroup(Signal signal) {
        send(-pid, signal);
    }

    private void send(int target, Signal signal) {
        reaping.lock();
        try {
            if (status.get() == null) {
                Libc.kill(target, signal.number());
            }
        } finally {
            reaping.unlock();
        }
    }

    private ExitStatus collect() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment word = arena.allocate(JAVA_INT);
            int result = Libc.waitpid(pid, word, WNOHANG);
            if (result != pid) {
                throw new IllegalStateException("process " + pid + " ended, but its status could not be read: " + Libc.describe(-result));
            }
            int value = word.get(JAVA_INT, 0);
            int signal = value & 0x7f;
            return signal == 0 ? new ExitStatus.Exited(value >> 8 & 0xff) : new ExitStatus.Killed(signal);
        }
    }
}
