package dev.dewpoint.proxy.http2;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.lane.SecondProtocol;
import java.util.function.Consumer;
import org.xnio.IoFuture;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;

/** Speaks HTTP/2 with clients and backends. What it needs is made when it is first spoken. */
public final class Http2 implements SecondProtocol {
    private final Terms terms;
    private final Time time;
    /** Each is touched by its own thread alone. */
    private final Loop[] loops;

    public Http2(int threads, Terms terms, Time time) {
        this.terms = terms;
        this.time = time;
        this.loops = new Loop[threads];
    }

    private Loop loop(XnioIoThread thread) {
        int number = thread.getNumber();
        if (loops[number] == null) {
            loops[number] = new Loop(thread, terms, time);
        }
        return loops[number];
    }

    @Override
    public void take(StreamConnection connection, byte[] read, Consumer<StreamConnection> requests) {
        loop(connection.getIoThread()).serve(connection, read, requests);
    }

    @Override
    public IoFuture<StreamConnection> open(XnioIoThread thread, Backend backend) {
        return loop(thread).upstream(backend).open();
    }

    @Override
    public void stop(XnioIoThread thread) {
        if (loops[thread.getNumber()] != null) {
            loops[thread.getNumber()].stop();
        }
    }

    @Override
    public void abort(XnioIoThread thread) {
        if (loops[thread.getNumber()] != null) {
            loops[thread.getNumber()].abort();
        }
    }
}
