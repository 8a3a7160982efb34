package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Route;
import java.util.Arrays;

/** One request's way through the backends: each is tried once at most. */
final class Search {
    private static final Backend[] NONE = {};

    private Backend[] tried = NONE;
    private int tries;
    /** A kept connection has failed: those that are kept with it may be as old. */
    boolean freshOnly;

    void start() {
        Arrays.fill(tried, 0, tries, null);
        tries = 0;
        freshOnly = false;
    }

    /** Null: nobody is left. */
    Backend claim(Route route, long client, long wanted) {
        return Balancer.claim(route, client, wanted, tried, tries);
    }

    void tried(Backend backend) {
        if (tried.length == tries) {
            tried = Arrays.copyOf(tried, Math.max(4, tries * 2));
        }
        tried[tries++] = backend;
    }

    boolean any() {
        return tries > 0;
    }
}
