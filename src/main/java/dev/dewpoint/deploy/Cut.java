package dev.dewpoint.deploy;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Where the loop may be interrupted: while it polls and fetches, not in a hook and not from the switch to the record. */
final class Cut {
    private final ReentrantLock lock = new ReentrantLock();
    private boolean allowed = true;
    /** Was to be cut where that does harm. */
    private Optional<Thread> due = Optional.empty();

    /** Interrupts the thread, as soon as it is where that does no harm. */
    void cut(Thread thread) {
        lock.lock();
        try {
            if (allowed) {
                thread.interrupt();
            } else {
                due = Optional.of(thread);
            }
        } finally {
            lock.unlock();
        }
    }

    /** From here on no cut reaches the caller; whether one just has. */
    boolean forbid() {
        lock.lock();
        try {
            allowed = false;
            return Thread.interrupted();
        } finally {
            lock.unlock();
        }
    }

    void allow() {
        lock.lock();
        try {
            allowed = true;
            due.ifPresent(Thread::interrupt);
            due = Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
