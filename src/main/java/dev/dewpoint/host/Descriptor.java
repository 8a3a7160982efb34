package dev.dewpoint.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor that we own. It is closed once: the number may soon be somebody else's. */
public final class Descriptor implements AutoCloseable {
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int OWNER_ONLY = 0600;

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    Descriptor(int number) {
        this.number = number;
    }

    /** A new file, for its owner alone. Whoever writes here writes at its end, whatever that is by then. */
    public static Descriptor appendingTo(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int flags = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_APPEND | Libc.O_CLOEXEC;
            return new Descriptor(Libc.checked(Libc.open(arena.allocateFrom(file.toString()), flags, OWNER_ONLY), file.toString()));
        }
    }

    /** What is written here is lost. */
    public static Descriptor nowhere() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return new Descriptor(Libc.checked(Libc.open(arena.allocateFrom("/dev/null"), Libc.O_WRONLY | Libc.O_CLOEXEC, 0), "/dev/null"));
        }
    }

    /** Gives the disk of this part of a file back; it reads as zeros from now on. False where the file system can't. */
    public boolean punch(long offset, long length) {
        return Libc.fallocate(number(), KEEP_SIZE | PUNCH_HOLE, offset, length) == 0;
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
