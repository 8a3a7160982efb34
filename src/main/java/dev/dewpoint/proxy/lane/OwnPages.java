package dev.dewpoint.proxy.lane;

import java.net.InetAddress;

/** Paths that the proxy answers itself, on every public port. */
public interface OwnPages {
    OwnPages NONE = new OwnPages() {
        @Override
        public boolean has(byte[] bytes, int from, int to) {
            return false;
        }

        @Override
        public Page page(String path, InetAddress client) {
            throw new IllegalArgumentException("there are none");
        }
    };

    /** Whether this is one of them: a path as sent, without the query. Asked for every request. */
    boolean has(byte[] bytes, int from, int to);

    Page page(String path, InetAddress client);
}
