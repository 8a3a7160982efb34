package dev.dewpoint.deploy;

import java.util.concurrent.locks.ReentrantLock;

/** Where the loop may be interrupted: while it polls and fetches, not in a hook and not from the switch to the record. */
final class Cut {
    private final ReentrantLock lock = new ReentrantLock();
    private boolean allowed = true;

    /** Interrupts the thread, if it is where that does no harm. */
    void cut(Thread thread) {
        lock.lock();
        try {
            if (allowed) {
                thread.interrupt();
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
        } finally {
            lock.unlock();
        }
    }
}
