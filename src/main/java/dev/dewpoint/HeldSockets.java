package dev.dewpoint;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Listener;
import dev.dewpoint.host.Log;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The listening sockets that systemd holds for us, until they are asked for. They outlive us. */
final class HeldSockets {
    private final List<Listener> left;

    HeldSockets(List<Listener> all) {
        this.left = new ArrayList<>(all);
    }

    /** Of the agent's own environment; to be called once. */
    static HeldSockets of(Map<String, String> environment) {
        try {
            return new HeldSockets(Listener.inherited(environment));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "take over the sockets of LISTEN_FDS", e.getMessage(), e);
        }
    }

    /** Those of this port; where no address is wanted, those for every address come before those for one. They are the caller's from now on. */
    List<Listener> take(Optional<InetAddress> address, int port) {
        List<Listener> there = left.stream().filter(socket -> socket.address().getPort() == port).filter(socket -> address.isEmpty() || socket.address().getAddress().equals(address.get())).toList();
        List<Listener> everywhere = there.stream().filter(socket -> socket.address().getAddress().isAnyLocalAddress()).toList();
        List<Listener> taken = everywhere.isEmpty() ? there : everywhere;
        left.removeAll(taken);
        return taken;
    }

    /** Whoever connects to one of these waits for nobody. */
    void tellOfTheRest(Log log) {
        if (!left.isEmpty()) {
            log.warn("Sockets of systemd's fit no port of ours, and are left alone", "addresses", left.stream().map(Listener::key).collect(Collectors.joining(" ")));
        }
    }
}
