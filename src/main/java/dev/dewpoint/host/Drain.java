package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Reads a child's two outputs for as long as they are open or until it is told to finish: then it takes what is there,
 * however many others still hold the writing ends.
 */
final class Drain {
    private static final int BUFFER_BYTES = 64 * 1024;
    /** A pipe holds at most 1 MiB; more than that was written after we were told to finish. */
    private static final int LAST_READS = 16;
    private static final int ENTRY_BYTES = 8;
    private static final int EVENTS = 4;
    private static final int RESULT = 6;
    private static final int WAKE = 2;
    private static final int FOREVER = -1;

    private final List<Descriptor> outputs;
    private final List<Tail.Recorder> recorders;
    private final Pipe wake;
    private final Thread thread;

    private Drain(Descriptor stdout, Descriptor stderr, int tailBytes, Pipe wake) {
        this.outputs = List.of(stdout, stderr);
        this.recorders = List.of(new Tail.Recorder(tailBytes), new Tail.Recorder(tailBytes));
        this.wake = wake;
        // it waits in native calls, which a virtual thread should not
        this.thread = Thread.ofPlatform().daemon().name("command output").unstarted(this::read);
    }

    /** Closes both when it is done. */
    static Drain start(Descriptor stdout, Descriptor stderr, int tailBytes) throws IOException {
        Drain drain = new Drain(stdout, stderr, tailBytes, Posix.pipe());
        drain.thread.start();
        return drain;
    }

    /** At once, or as soon as what is there has been read. */
    void finish() {
        wake.writeEnd().close();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** After {@link #finish}. */
    Tail stdout() {
        return recorders.get(0).tail();
    }

    Tail stderr() {
        return recorders.get(1).tail();
    }

    private void read() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entries = arena.allocate(3L * ENTRY_BYTES, ENTRY_BYTES);
            watch(entries, 0, outputs.get(0));
            watch(entries, 1, outputs.get(1));
            watch(entries, WAKE, wake.readEnd());
            Reader reader = new Reader(entries, arena.allocate(BUFFER_BYTES), new byte[BUFFER_BYTES]);
            boolean told = false;
            while (reader.anyOpen() && !told) {
                poll(entries, FOREVER);
                reader.readReady();
                told = isReady(entries, WAKE);
            }
            for (int i = 0; told && reader.anyOpen() && i < LAST_READS && poll(entries, 0); i++) {
                reader.readReady();
            }
        } finally {
            outputs.forEach(Descriptor::close);
            wake.readEnd().close();
        }
    }

    private static void watch(MemorySegment entries, int index, Descriptor descriptor) {
        entries.set(JAVA_INT, (long) index * ENTRY_BYTES, descriptor.number());
        entries.set(JAVA_SHORT, (long) index * ENTRY_BYTES + EVENTS, Libc.POLLIN);
    }

    private static boolean isReady(MemorySegment entries, int index) {
        return entries.get(JAVA_SHORT, (long) index * ENTRY_BYTES + RESULT) != 0;
    }

    /** Whether an output has something; the waker is always ready once it is. */
    private static boolean poll(MemorySegment entries, int timeoutMillis) {
        int ready;
        do {
            ready = Libc.poll(entries, 3, timeoutMillis);
        } while (ready == -Libc.EINTR);
        if (ready < 0) {
            throw new IllegalStateException("poll: " + Libc.describe(-ready));
        }
        return isReady(entries, 0) || isReady(entries, 1);
    }

    private final class Reader {
        private final MemorySegment entries;
        private final MemorySegment buffer;
        private final byte[] bytes;

        private Reader(MemorySegment entries, MemorySegment buffer, byte[] bytes) {
            this.entries = entries;
            this.buffer = buffer;
            this.bytes = bytes;
        }

        boolean anyOpen() {
            return isOpen(0) || isOpen(1);
        }

        private boolean isOpen(int index) {
            return entries.get(JAVA_INT, (long) index * ENTRY_BYTES) >= 0;
        }

        void readReady() {
            for (int i = 0; i < outputs.size(); i++) {
                if (isOpen(i) && isReady(entries, i)) {
                    readOne(i);
                }
            }
        }

        private void readOne(int index) {
            int length = Libc.read(outputs.get(index).number(), buffer);
            if (length > 0) {
                MemorySegment.copy(buffer, JAVA_BYTE, 0, bytes, 0, length);
                recorders.get(index).add(bytes, length);
            } else if (length != -Libc.EINTR) {
                // a negative number takes the entry out of the poll
                entries.set(JAVA_INT, (long) index * ENTRY_BYTES, -1);
                entries.set(JAVA_SHORT, (long) index * ENTRY_BYTES + RESULT, (short) 0);
            }
        }
    }
}
