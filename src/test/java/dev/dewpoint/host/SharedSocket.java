package dev.dewpoint.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A listening socket as systemd holds it: whoever is given it may close what he has, and it stays. */
public final class SharedSocket implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;

    private final Listener kept;

    private SharedSocket(Listener kept) {
        this.kept = kept;
    }

    /** At a free port. */
    public static SharedSocket bind(Optional<InetAddress> address) throws IOException {
        return new SharedSocket(Listener.bind(address, 0));
    }

    public static List<Listener> all(SharedSocket... sockets) {
        return List.of(sockets).stream().map(socket -> socket.kept).toList();
    }

    public int port() {
        return kept.address().getPort();
    }

    /** Where a client of this host finds it. */
    public InetSocketAddress address() {
        InetAddress address = kept.address().getAddress();
        return new InetSocketAddress(address.isAnyLocalAddress() ? InetAddress.ofLiteral("127.0.0.1") : address, port());
    }

    /** As a process gets it at its start. */
    public Listener handedOver() throws IOException {
        int number = Libc.checked(Libc.fcntl(kept.number(), F_DUPFD_CLOEXEC, 3), "a copy of a socket");
        return Listener.inherited(Map.of("LISTEN_FDS", "1"), number).getFirst();
    }

    @Override
    public void close() {
        kept.close();
    }
}
