package dev.dewpoint.proxy.http2;

import java.io.IOException;
import java.util.ArrayDeque;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/** Keeps a connection going: passes on what has come, lets those write who wait for it, and sends. */
final class Pump {
    private static final int ROUNDS = 4;
    private static final int TOO_MUCH_WAITING = 256 << 10;

    private final Wire wire;
    private final StreamSourceConduit source;
    private final StreamSinkConduit sink;
    private final ArrayDeque<Strand> noted = new ArrayDeque<>();
    private final ArrayDeque<Strand> line = new ArrayDeque<>();
    private long unsentSince;
    private boolean pumping;
    private boolean scheduled;

    Pump(Wire wire, StreamSourceConduit source, StreamSinkConduit sink) {
        this.wire = wire;
        this.source = source;
        this.sink = sink;
    }

    /** Its holder wants to write. */
    void queue(Strand strand) {
        if (!strand.inLine && strand.ends.isWriteResumed()) {
            strand.inLine = true;
            line.add(strand);
            stir();
        }
    }

    /** Its holder has something to hear. */
    void note(Strand strand) {
        if (!strand.noted) {
            strand.noted = true;
            noted.add(strand);
            stir();
        }
    }

    /** Something is to be done soon. */
    void stir() {
        if (!pumping && !scheduled && !wire.closed()) {
            scheduled = true;
            wire.loop().thread().execute(() -> {
                scheduled = false;
                run();
            });
        }
    }

    private boolean maySend() {
        return !wire.out.full() && wire.windows.toPeer() > 0;
    }

    private boolean hasWork() {
        return !noted.isEmpty() || !line.isEmpty() && maySend();
    }

    void run() {
        if (wire.closed() || pumping) {
            return;
        }
        pumping = true;
        for (int round = 0; round < ROUNDS && hasWork() && !wire.closed(); round++) {
            for (int left = noted.size(); left > 0; left--) {
                Strand strand = noted.poll();
                strand.noted = false;
                if (strand.ends.tell()) {
                    note(strand);
                }
            }
            for (int left = line.size(); left > 0 && maySend(); left--) {
                Strand strand = line.poll();
                strand.inLine = false;
                strand.ends.tellWritable();
            }
            wire.guarded(this::flush);
        }
        wire.guarded(this::flush);
        pumping = false;
        if (hasWork()) {
            stir();
        }
    }

    private void flush() throws IOException {
        if (wire.closed()) {
            return;
        }
        int before = wire.out.waiting();
        if (wire.out.flush()) {
            unsentSince = 0;
            sink.suspendWrites();
            if (noted.isEmpty()) {
                wire.leaveIfDone();
            }
        } else {
            unsentSince = unsentSince == 0 || wire.out.waiting() < before ? wire.loop().nanos() : unsentSince;
            sink.resumeWrites();
        }
        if (!tooMuchWaits() && !source.isReadResumed()) {
            source.resumeReads();
        }
    }

    /** The other side takes so little of ours that nothing more of its is read. */
    boolean tooMuchWaits() {
        return wire.out.waiting() > TOO_MUCH_WAITING;
    }

    boolean stalled(long now) {
        return unsentSince != 0 && now - unsentSince > wire.loop().terms().stall().toNanos();
    }
}
