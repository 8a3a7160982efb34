package dev.dewpoint.proxy.http2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.conduits.WriteReadyHandler;

/** Both ends of a stream, in the form in which the lane holds those of a socket. */
final class Ends implements StreamSourceConduit, StreamSinkConduit {
    private final Strand strand;
    private boolean reading;
    private boolean writing;
    private ReadReadyHandler reader;
    private WriteReadyHandler writer;

    Ends(Strand strand) {
        this.strand = strand;
    }

    /** Says what there is to be said. Whether there is more of it. */
    boolean tell() {
        if (strand.isBroken() && strand.isOpen() && writer != null) {
            // whoever doesn't read just now has to hear of it too
            writer.writeReady();
        }
        if (reading && strand.isOpen() && strand.readable() && reader != null) {
            reader.readReady();
        }
        return reading && strand.isOpen() && strand.readable();
    }

    void tellWritable() {
        if (writing && strand.isOpen() && writer != null) {
            writer.writeReady();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return strand.read(into);
    }

    @Override
    public void resumeReads() {
        reading = true;
        if (strand.readable()) {
            strand.wire.pump.note(strand);
        }
    }

    @Override
    public void suspendReads() {
        reading = false;
    }

    @Override
    public void wakeupReads() {
        reading = true;
        strand.wire.pump.note(strand);
    }

    @Override
    public boolean isReadResumed() {
        return reading;
    }

    @Override
    public void terminateReads() {
        reading = false;
    }

    @Override
    public boolean isReadShutdown() {
        return !strand.isOpen();
    }

    @Override
    public void setReadReadyHandler(ReadReadyHandler handler) {
        reader = handler;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return strand.write(from);
    }

    @Override
    public boolean flush() throws IOException {
        strand.flush();
        return true;
    }

    @Override
    public void resumeWrites() {
        writing = true;
        strand.wire.pump.queue(strand);
    }

    @Override
    public void suspendWrites() {
        writing = false;
    }

    @Override
    public void wakeupWrites() {
        resumeWrites();
    }

    @Override
    public boolean isWriteResumed() {
        return writing;
    }

    @Override
    public void terminateWrites() throws IOException {
        writing = false;
        strand.finish();
    }

    @Override
    public void truncateWrites() {
        writing = false;
    }

    @Override
    public boolean isWriteShutdown() {
        return strand.said || !strand.isOpen();
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler handler) {
        writer = handler;
    }

    @Override
    public XnioIoThread getReadThread() {
        return strand.getIoThread();
    }

    @Override
    public XnioIoThread getWriteThread() {
        return strand.getIoThread();
    }

    @Override
    public XnioWorker getWorker() {
        return strand.getWorker();
    }

    // ---- XNIO's interfaces demand these; the lane neither waits nor gathers, scatters or reads files, and must not begin to unseen

    private static UnsupportedOperationException never() {
        return new UnsupportedOperationException("a lane reads and writes one buffer at a time and never waits");
    }

    @Override
    public long read(ByteBuffer[] into, int from, int count) {
        throw never();
    }

    @Override
    public long write(ByteBuffer[] from, int first, int count) {
        throw never();
    }

    @Override
    public int writeFinal(ByteBuffer from) {
        throw never();
    }

    @Override
    public long writeFinal(ByteBuffer[] from, int first, int count) {
        throw never();
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) {
        throw never();
    }

    @Override
    public long transferTo(long count, ByteBuffer through, StreamSinkChannel target) {
        throw never();
    }

    @Override
    public long transferFrom(FileChannel source, long position, long count) {
        throw never();
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through) {
        throw never();
    }

    @Override
    public void awaitReadable() {
        throw never();
    }

    @Override
    public void awaitReadable(long time, TimeUnit unit) {
        throw never();
    }

    @Override
    public void awaitWritable() {
        throw never();
    }

    @Override
    public void awaitWritable(long time, TimeUnit unit) {
        throw never();
    }
}
