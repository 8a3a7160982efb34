package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A listening TCP socket that this process holds so that its children can accept on it, one generation after the other.
 * While it is open the port is ours and connections queue in the kernel, whether or not a child runs.
 */
public final class Listener implements AutoCloseable {
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    /** The kernel cuts it to what the machine allows. */
    private static final int BACKLOG = 4096;
    private static final int FIRST_INHERITED = 3;
    private static final int MOST_INHERITED = 1024;

    private final Descriptor socket;
    private final InetSocketAddress address;
    private final String key;
    private final Optional<String> name;

    private Listener(Descriptor socket, InetSocketAddress address, String key, Optional<String> name) {
        this.socket = socket;
        this.address = address;
        this.key = key;
        this.name = name;
    }

    /**
     * Without an address on all of them, IPv6 and IPv4 by one socket if the host has both.
     *
     * @param port 0 takes a free one
     * @throws BindException if another holds the port; the message names who, if that can be known
     */
    public static Listener bind(Optional<InetAddress> address, int port) throws IOException {
        if (address.isPresent()) {
            return open(address.get(), port, true, SocketAddress.text(address.get()) + ":");
        }
        try {
            return open(everyIpv6(), port, false, "");
        } catch (WithoutFamily e) {
            return open(InetAddress.getByAddress(new byte[4]), port, false, "");
        }
    }

    /**
     * The listening TCP sockets that systemd gave to this process ({@code LISTEN_FDS}, {@code LISTEN_PID},
     * {@code LISTEN_FDNAMES}). Nothing that we start inherits any of them unless it is asked to. To be called once.
     */
    public static List<Listener> inherited(Map<String, String> environment) throws IOException {
        boolean isForUs = Long.toString(ProcessHandle.current().pid()).equals(environment.get(Launch.LISTEN_PID));
        return isForUs ? inherited(environment, FIRST_INHERITED) : List.of();
    }

    static List<Listener> inherited(Map<String, String> environment, int first) throws IOException {
        String count = environment.getOrDefault("LISTEN_FDS", "0");
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":");
        List<Listener> found = new ArrayList<>();
        for (int i = 0; count.matches("\\d{1,4}") && i < Math.min(Integer.parseInt(count), MOST_INHERITED); i++) {
            if (Libc.fcntl(first + i, F_SETFD, FD_CLOEXEC) == 0) {
                Optional<String> name = i < names.length && !names[i].isEmpty() ? Optional.of(names[i]) : Optional.empty();
                adopted(first + i, name).ifPresent(found::add);
            }
        }
        return found;
    }

    public InetSocketAddress address() {
        return address;
    }

    /** How {@code SERVER_STARTER_PORT} calls it: {@code 8000}, {@code 10.0.0.1:8000}, {@code [::1]:8000}. */
    public String key() {
        return key;
    }

    /** What systemd calls it, if it comes from there. */
    public Optional<String> name() {
        return name;
    }

    int number() {
        return socket.number();
    }

    /**
     * A channel that accepts here, in the place of this; to be called once. Closing it takes nothing from others who
     * have the socket: who waits there goes on waiting. What the channel says of its own address isn't so.
     */
    public ServerSocketChannel channel() throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            // the JDK makes no channel of a descriptor, but doesn't notice either that one has become another's. Nothing polls it yet
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            int theirs = numberOf((InetSocketAddress) channel.getLocalAddress());
            Libc.checked(Libc.dup3(socket.number(), theirs, Libc.O_CLOEXEC), key);
            close();
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Of our own socket that listens there: there is one only. */
    private static int numberOf(InetSocketAddress address) throws IOException {
        try (Arena arena = Arena.ofConfined(); DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path one : all) {
                int number = Integer.parseInt(one.getFileName().toString());
                boolean isListening = option(arena, number, SOL_SOCKET, SO_ACCEPTCONN).equals(Optional.of(1));
                if (isListening && addressOf(arena, number).filter(address::equals).isPresent()) {
                    return number;
                }
            }
        }
        throw new IOException("a socket at " + address + " could not be found again");
    }

    /** A child that has it goes on accepting. */
    @Override
    public void close() {
        socket.close();
    }

    private static Listener open(InetAddress address, int port, boolean isGiven, String keyPrefix) throws IOException {
        boolean isIpv6 = address instanceof Inet6Address;
        String what = isGiven ? keyPrefix + port : "port " + port;
        Descriptor socket = new Descriptor(checked(Libc.socket(SocketAddress.family(address), SOCK_STREAM | Libc.O_CLOEXEC), isIpv6, port, what));
        try (Arena arena = Arena.ofConfined()) {
            set(arena, socket, SOL_SOCKET, SO_REUSEADDR, 1);
            if (isIpv6) {
                set(arena, socket, IPPROTO_IPV6, IPV6_V6ONLY, isGiven ? 1 : 0);
            }
            checked(Libc.bind(socket.number(), SocketAddress.of(arena, address, port)), isIpv6 && !isGiven, port, what);
            checked(Libc.listen(socket.number(), BACKLOG), isIpv6 && !isGiven, port, what);
            InetSocketAddress bound = addressOf(arena, socket.number()).orElseThrow(() -> new IOException(what + ": its address could not be read"));
            return new Listener(socket, bound, keyPrefix + bound.getPort(), Optional.empty());
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** The host has no such kind of addresses. */
    private static final class WithoutFamily extends IOException {
        private static final long serialVersionUID = 1;

        private WithoutFamily(String message) {
            super(message);
        }
    }

    private static int checked(int result, boolean mayLackFamily, int port, String what) throws IOException {
        if (result == -Libc.EADDRINUSE) {
            throw new BindException(PortHolder.describe(port));
        }
        if (mayLackFamily && (result == -Libc.EAFNOSUPPORT || result == -Libc.EADDRNOTAVAIL)) {
            throw new WithoutFamily(what + ": " + Libc.describe(-result));
        }
        return Libc.checked(result, what);
    }

    private static void set(Arena arena, Descriptor socket, int level, int option, int value) throws IOException {
        Libc.checked(Libc.setsockopt(socket.number(), level, option, arena.allocateFrom(JAVA_INT, value)), "an option of a socket");
    }

    /** Empty if it isn't a socket that has it. */
    private static Optional<Integer> option(Arena arena, int number, int level, int option) {
        MemorySegment value = arena.allocate(JAVA_INT);
        int result = Libc.getsockopt(number, level, option, value, arena.allocateFrom(JAVA_INT, (int) value.byteSize()));
        return result < 0 ? Optional.empty() : Optional.of(value.get(JAVA_INT, 0));
    }

    private static Optional<InetSocketAddress> addressOf(Arena arena, int number) throws IOException {
        MemorySegment address = arena.allocate(128, 8);
        int result = Libc.getsockname(number, address, arena.allocateFrom(JAVA_INT, (int) address.byteSize()));
        return result < 0 || !SocketAddress.isInternet(address) ? Optional.empty() : Optional.of(SocketAddress.read(address));
    }

    private static Optional<Listener> adopted(int number, Optional<String> name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            boolean isListening = option(arena, number, SOL_SOCKET, SO_TYPE).equals(Optional.of(SOCK_STREAM)) && option(arena, number, SOL_SOCKET, SO_ACCEPTCONN).equals(Optional.of(1));
            Optional<InetSocketAddress> address = isListening ? addressOf(arena, number) : Optional.empty();
            if (address.isEmpty()) {
                return Optional.empty();
            }
            boolean isEverywhere = address.get().getAddress().isAnyLocalAddress() && option(arena, number, IPPROTO_IPV6, IPV6_V6ONLY).equals(Optional.of(0));
            String key = (isEverywhere ? "" : SocketAddress.text(address.get().getAddress()) + ":") + address.get().getPort();
            return Optional.of(new Listener(new Descriptor(number), address.get(), key, name));
        }
    }

    private static InetAddress everyIpv6() throws IOException {
        return InetAddress.getByAddress(new byte[16]);
    }
}
