package dev.dewpoint.replica.process;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Ports for processes to listen on. They come from below those that the kernel gives to outgoing connections, so that
 * hardly anybody is faster than the process that one is for; whoever loses one all the same asks again.
 */
public final class FreePorts {
    private static final int FIRST = 20_000;
    private static final int BEYOND = 32_768;
    private static final int MOST_TRIES = 1_000;

    private final RandomGenerator random;
    private final Set<Integer> taken = ConcurrentHashMap.newKeySet();

    public FreePorts(RandomGenerator random) {
        this.random = random;
    }

    /** Nobody else gets it from here until it is given back. */
    int take() {
        for (int i = 0; i < MOST_TRIES; i++) {
            int port = random.nextInt(FIRST, BEYOND);
            if (taken.add(port)) {
                if (isFree(port)) {
                    return port;
                }
                taken.remove(port);
            }
        }
        throw new Failure(Failure.Kind.EXHAUSTED, "find a free port", "none of " + FIRST + " to " + (BEYOND - 1) + " seems to be");
    }

    void give(int port) {
        taken.remove(port);
    }

    /** On all addresses: the process may want any. */
    boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
