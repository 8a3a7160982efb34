package dev.dewpoint.proxy;

import java.util.Arrays;

/** Which of a generation's ready backends takes the next request. */
public final class Balancer {
    private static final Backend[] NONE = {};

    private Balancer() {}

    /**
     * The backend, claimed; null if none is left. {@code client} stands for the client's address, {@code wanted} for the
     * cookie that it showed (0: none). Of those already tried none is taken again.
     */
    public static Backend claim(Route route, long client, long wanted, Backend[] tried, int tries) {
        Backend backend = pick(route, route.live(), client, wanted, tries == 0 ? NONE : tried, tries);
        return backend == null || backend.tryClaim() ? backend : another(route, client, wanted, tries == 0 ? NONE : tried, tries, backend);
    }

    /**
     * Who was chosen is sealed: the list has been replaced meanwhile, or holds somebody whose time is over. A seal is for
     * good, so each is passed over once and this ends.
     */
    private static Backend another(Route route, long client, long wanted, Backend[] tried, int tries, Backend sealed) {
        Backend[] passed = Arrays.copyOf(tried, tries + 1);
        passed[tries] = sealed;
        while (true) {
            Backend backend = pick(route, route.live(), client, wanted, passed, passed.length);
            if (backend == null || backend.tryClaim()) {
                return backend;
            }
            passed = Arrays.copyOf(passed, passed.length + 1);
            passed[passed.length - 1] = backend;
        }
    }

    private static Backend pick(Route route, Generation live, long client, long wanted, Backend[] tried, int tries) {
        return switch (route.rule().balance()) {
            case ROUND_ROBIN -> roundRobin(route, live, tried, tries);
            case LEAST_REQUESTS -> leastRequests(route, live, tried, tries);
            case IP_HASH -> rendezvous(live, client, tried, tries);
            case COOKIE -> sticky(route, live, wanted, tried, tries);
        };
    }

    private static Backend roundRobin(Route route, Generation live, Backend[] tried, int tries) {
        Backend[] turn = live.turn();
        for (int left = turn.length; left > 0; left--) {
            Backend backend = turn[route.nextTurn() % turn.length];
            if (!among(backend, tried, tries)) {
                return backend;
            }
        }
        return untried(live, tried, tries);
    }

    /** Threads that take turns at the same time may both skip the one that is left. */
    private static Backend untried(Generation live, Backend[] tried, int tries) {
        for (Backend backend : live.ready()) {
            if (!among(backend, tried, tries)) {
                return backend;
            }
        }
        return null;
    }

    private static Backend leastRequests(Route route, Generation live, Backend[] tried, int tries) {
        Backend[] ready = live.ready();
        Backend least = null;
        int first = ready.length == 0 ? 0 : route.nextTurn() % ready.length;
        for (int i = 0; i < ready.length; i++) {
            Backend backend = ready[(first + i) % ready.length];
            if (!among(backend, tried, tries) && (least == null || (long) backend.inFlight() * least.weight() < (long) least.inFlight() * backend.weight())) {
                least = backend;
            }
        }
        return least;
    }

    /** Each backend draws a lot for this client; a backend more or less changes nothing for who drew another. */
    private static Backend rendezvous(Generation live, long client, Backend[] tried, int tries) {
        Backend best = null;
        double highest = 0;
        for (Backend backend : live.ready()) {
            if (among(backend, tried, tries)) {
                continue;
            }
            double lot = ((mix(client ^ backend.id()) >>> 11) + 0.5) * 0x1p-53;
            double score = -backend.weight() / Math.log(lot);
            if (best == null || score > highest) {
                best = backend;
                highest = score;
            }
        }
        return best;
    }

    private static Backend sticky(Route route, Generation live, long wanted, Backend[] tried, int tries) {
        if (wanted != 0) {
            for (Backend backend : live.ready()) {
                if (backend.id() == wanted && !among(backend, tried, tries)) {
                    return backend;
                }
            }
        }
        return roundRobin(route, live, tried, tries);
    }

    private static boolean among(Backend backend, Backend[] tried, int tries) {
        for (int i = 0; i < tries; i++) {
            if (tried[i] == backend) {
                return true;
            }
        }
        return false;
    }

    /** Every bit of the input moves half of the output's. */
    public static long mix(long bits) {
        long mixed = (bits ^ bits >>> 32) * 0xd6e8feb86659fd93L;
        mixed = (mixed ^ mixed >>> 32) * 0xd6e8feb86659fd93L;
        return mixed ^ mixed >>> 32;
    }

    public static long hash(byte[] bytes) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : bytes) {
            hash = (hash ^ b & 0xff) * 0x100000001b3L;
        }
        long mixed = mix(hash);
        return mixed == 0 ? 1 : mixed;
    }
}
