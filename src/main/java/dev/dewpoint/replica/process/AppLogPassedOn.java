package dev.dewpoint.replica.process;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For whoever keeps our own outputs already, such as journald. Lines are passed on as they were printed, by a thread of
 * their own: whoever doesn't read them holds up nobody else. A kill of ours may lose or double what was on its way.
 */
final class AppLogPassedOn implements AppLogKeeper {
    /** Whatever log file there is, from another time, is to be left as it is. */
    static final long NO_LENGTH = Long.MAX_VALUE;

    /** More is not read from the processes' files while so much is on its way. */
    private static final long MUCH = 1L << 20;
    /** Room for the last of those that end meanwhile. */
    private static final long MOST = 8L << 20;
    private static final long PATIENCE_MILLIS = 2_000;

    private record Piece(boolean isError, byte[] lines, boolean isLast) {}

    private final OutputStream stdout;
    private final OutputStream stderr;
    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    private final AtomicLong underWay = new AtomicLong();
    private final Thread thread;

    private AppLogPassedOn(OutputStream stdout, OutputStream stderr) {
        this.stdout = stdout;
        this.stderr = stderr;
        // a write waits in the kernel for whoever reads
        this.thread = Thread.ofPlatform().daemon().name("app output").unstarted(this::passOn);
    }

    static AppLogPassedOn to(OutputStream stdout, OutputStream stderr) {
        AppLogPassedOn keeper = new AppLogPassedOn(stdout, stderr);
        keeper.thread.start();
        return keeper;
    }

    static AppLogPassedOn toOurOutputs() {
        return to(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err));
    }

    @Override
    public AppLogLines lines(Instant now, String replica, String stream) {
        return AppLogLines.asPrinted();
    }

    @Override
    public boolean isReady() {
        return underWay.get() < MUCH;
    }

    @Override
    public boolean makeRoom(int bytes) {
        return false;
    }

    @Override
    public void keep(String stream, byte[] lines) throws IOException {
        if (underWay.get() + lines.length > MOST) {
            throw new IOException("whoever reads our output is far behind");
        }
        underWay.addAndGet(lines.length);
        pieces.add(new Piece(stream.equals("stderr"), lines, false));
    }

    @Override
    public long length() {
        return NO_LENGTH;
    }

    /** What is on its way gets a moment. The outputs stay open: others write there, too. */
    @Override
    public void close() {
        pieces.add(new Piece(false, new byte[0], true));
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void passOn() {
        try {
            for (Piece piece = pieces.take(); !piece.isLast(); piece = pieces.take()) {
                write(piece);
                underWay.addAndGet(-piece.lines().length);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Piece piece) {
        try {
            (piece.isError() ? stderr : stdout).write(piece.lines());
        } catch (IOException e) {
            // nobody reads there any more
        }
    }
}
