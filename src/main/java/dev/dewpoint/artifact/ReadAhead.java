package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Reads, hashes and decompresses on a thread of its own, a few chunks ahead of whoever writes the files: two cores share
 * the work. The chunks go round, so memory stays the same whatever the size.
 */
final class ReadAhead implements AutoCloseable {
    private static final int CHUNK = 128 * 1024;
    private static final int CHUNKS = 8;

    private static final class Chunk {
        private final byte[] bytes = new byte[CHUNK];
        private int length;
        /** What ended the decoder; null at an ordinary end. */
        private Throwable trouble;
    }

    private final Source source;
    private final Coding coding;
    private final Budget budget;
    private final HostTrouble hostTrouble;
    private final BlockingQueue<Chunk> free = new ArrayBlockingQueue<>(CHUNKS + 1);
    private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS + 1);
    private final Thread thread;
    private Chunk current;
    private int position;
    private boolean ended;

    ReadAhead(Source source, Coding coding, Budget budget, HostTrouble hostTrouble) {
        this.source = source;
        this.coding = coding;
        this.budget = budget;
        this.hostTrouble = hostTrouble;
        for (int i = 0; i < CHUNKS; i++) {
            free.add(new Chunk());
        }
        this.thread = Thread.ofPlatform().daemon().name("unpack").start(this::decode);
    }

    private void decode() {
        Chunk last = new Chunk();
        try (InputStream in = coding.open(source.stream(), budget)) {
            Meter meter = new Meter(budget);
            boolean more = true;
            while (more) {
                Chunk chunk = free.take();
                more = fill(chunk, in);
                meter.add(chunk.length, source.consumed());
                full.put(chunk);
            }
        } catch (Throwable e) {
            last.trouble = e;
        }
        last.length = -1;
        full.add(last);
    }

    private static boolean fill(Chunk chunk, InputStream in) throws IOException {
        chunk.length = 0;
        while (chunk.length < CHUNK) {
            int n = in.read(chunk.bytes, chunk.length, CHUNK - chunk.length);
            if (n < 0) {
                return false;
            }
            chunk.length += n;
        }
        return true;
    }

    /** False at the end of the data; otherwise there is at least one byte to be had. */
    boolean more() throws Rejected {
        while (!ended && (current == null || position == current.length)) {
            if (current != null) {
                free.add(current);
            }
            current = take();
            position = 0;
            if (current.length < 0) {
                ended = true;
                raise(current.trouble);
            }
        }
        return !ended;
    }

    private Chunk take() {
        try {
            return full.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw hostTrouble.interrupted(e);
        }
    }

    private void raise(Throwable trouble) throws Rejected {
        switch (trouble) {
            case null -> { }
            case Failure failure -> throw failure;
            case OutOfMemoryError e -> throw hostTrouble.decoderOutOfMemory(e);
            case Error e -> throw e;
            case Exception e -> throw coding.blame(e);
            default -> throw new IllegalStateException(trouble);
        }
    }

    byte[] bytes() {
        return current.bytes;
    }

    int position() {
        return position;
    }

    int available() {
        return current.length - position;
    }

    void advance(int n) {
        position += n;
    }

    /** Less than asked for only at the end. */
    int read(byte[] into, int offset, int length) throws Rejected {
        int done = 0;
        while (done < length && more()) {
            int n = Math.min(length - done, available());
            System.arraycopy(bytes(), position, into, offset + done, n);
            advance(n);
            done += n;
        }
        return done;
    }

    /** Returns once the thread is through, so that the caller can read the source on. */
    @Override
    public void close() {
        thread.interrupt();
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
}
