package dev.dewpoint.host;

import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor that we own. It is closed once: the number may soon be somebody else's. */
public final class Descriptor implements AutoCloseable {
    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    Descriptor(int number) {
        this.number = number;
    }

    int number() {
        if (closed.get()) {
            throw new IllegalStateException("descriptor " + number + " is closed");
        }
        return number;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // whatever close answers, Linux has released the number
            Libc.close(number);
        }
    }
}
