package dev.dewpoint.proxy.lane;

import org.xnio.StreamConnection;

/** Takes over connections that turn out to speak HTTP/2, with what has been read of them. */
public interface SecondProtocol {
    void take(StreamConnection connection, byte[] read, Entrance entrance);
}
