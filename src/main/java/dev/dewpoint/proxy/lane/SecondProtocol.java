package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import java.util.function.Consumer;
import org.xnio.IoFuture;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;

/** Speaks HTTP/2 where it is spoken, and makes of each of its streams a connection that speaks HTTP/1.1. */
public interface SecondProtocol {
    /** Takes over a client's connection with what has been read of it. {@code requests}: who gets the streams. */
    void take(StreamConnection connection, byte[] read, Consumer<StreamConnection> requests);

    /** A stream for one request to a backend. */
    IoFuture<StreamConnection> open(XnioIoThread thread, Backend backend);

    /** No further requests on the connections of this, the caller's, thread. */
    void stop(XnioIoThread thread);

    /** Whatever is left there is cut off. */
    void abort(XnioIoThread thread);
}
