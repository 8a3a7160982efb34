package dev.dewpoint.proxy;

/** Finds the route of a request by its bytes as sent: the host (any case, maybe with a port) and the path without query. */
public interface Routes {
    /** Null if nothing matches. */
    Route find(int port, byte[] bytes, int hostFrom, int hostTo, int pathFrom, int pathTo);
}
