package dev.dewpoint.proxy.lane;

import java.net.InetAddress;

/** Paths that the proxy answers itself, on every public port. */
public interface OwnPages {
    OwnPages NONE = (_, _) -> null;

    /** Null: it is not one of ours. {@code path} as sent, without the query. */
    Page find(String path, InetAddress client);
}
