package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenerTest {
    private static final String SELF = "process " + ProcessHandle.current().pid();

    /** Opens its own LISTEN_FDS as a service under systemd would, beside one that doesn't listen. */
    public static final class Service {
        private Service() {}

        public static void main(String[] arguments) throws IOException {
            StringBuilder seen = new StringBuilder();
            for (Listener listener : Listener.inherited(System.getenv())) {
                seen.append(listener.number()).append('=').append(listener.key()).append('=').append(listener.name().orElse("-")).append(' ');
            }
            System.out.println(seen.toString().strip());
        }
    }

    @TempDir
    Path directory;

    @Test
    void withoutAnAddressOneSocketTakesBothKindsOfConnections() throws Exception {
        try (Listener listener = Listener.bind(Optional.empty(), 0)) {
            int port = listener.address().getPort();
            assertThat(port).isPositive();
            assertThat(listener.key()).isEqualTo(Integer.toString(port));
            assertThat(listener.address().getAddress().isAnyLocalAddress()).isTrue();
            connect("127.0.0.1", port);
            connect("::1", port);
        }
    }

    @Test
    void withAnAddressOnlyThatOneIsTaken() throws Exception {
        try (Listener four = Listener.bind(Optional.of(InetAddress.getByName("127.0.0.2")), 0)) {
            int port = four.address().getPort();
            assertThat(four.key()).isEqualTo("127.0.0.2:" + port);
            connect("127.0.0.2", port);
            assertThatThrownBy(() -> connect("127.0.0.1", port)).isInstanceOf(IOException.class);
            try (Listener six = Listener.bind(Optional.of(InetAddress.getByName("::1")), port)) {
                assertThat(six.key()).isEqualTo("[::1]:" + port);
                assertThat(six.address()).isEqualTo(new InetSocketAddress("::1", port));
                connect("::1", port);
            }
        }
    }

    @Test
    void everyIpv6AddressLeavesThePortFreeForIpv4() throws Exception {
        try (Listener six = Listener.bind(Optional.of(InetAddress.getByName("::")), 0)) {
            int port = six.address().getPort();
            assertThat(six.key()).isEqualTo("[::]:" + port);
            try (Listener four = Listener.bind(Optional.of(InetAddress.getByName("0.0.0.0")), port)) {
                assertThat(four.key()).isEqualTo("0.0.0.0:" + port);
            }
        }
    }

    @Test
    void anAddressIsWrittenShort() throws Exception {
        assertThat(SocketAddress.text(InetAddress.getByName("2001:db8:0:0:1:0:0:1"))).isEqualTo("[2001:db8::1:0:0:1]");
        assertThat(SocketAddress.text(InetAddress.getByName("2001:0:db8::"))).isEqualTo("[2001:0:db8::]");
        assertThat(SocketAddress.text(InetAddress.getByName("1:0:2:3:4:5:6:7"))).isEqualTo("[1:0:2:3:4:5:6:7]");
        assertThat(SocketAddress.text(InetAddress.getByName("::"))).isEqualTo("[::]");
    }

    @Test
    void aTakenPortNamesItsHolder() throws Exception {
        try (Listener first = Listener.bind(Optional.empty(), 0)) {
            int port = first.address().getPort();
            String program = java.nio.file.Files.readString(Path.of("/proc/self/comm")).strip();
            assertThatThrownBy(() -> Listener.bind(Optional.empty(), port)).isInstanceOf(BindException.class).hasMessage("port " + port + " is taken by " + program + " (" + SELF + ")");
            assertThatThrownBy(() -> Listener.bind(Optional.of(InetAddress.getByName("127.0.0.1")), port)).isInstanceOf(BindException.class).hasMessageEndingWith("(" + SELF + ")");
        }
    }

    @Test
    void anotherProgramIsNamedToo() throws Exception {
        Process other = new ProcessBuilder("python3", "-c", "import socket, sys\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\nprint(s.getsockname()[1], flush=True)\nsys.stdin.read()").start();
        int port = Integer.parseInt(other.inputReader().readLine());
        assertThatThrownBy(() -> Listener.bind(Optional.empty(), port)).hasMessageMatching("port " + port + " is taken by python3[.0-9]* \\(process " + other.pid() + "\\)");
        other.outputWriter().close();
        assertThat(other.waitFor()).isZero();
        assertThat(PortHolder.of(port)).isEmpty();
        Listener.bind(Optional.empty(), port).close();
    }

    @Test
    void anAddressThatIsNotOursSaysSo() {
        assertThatThrownBy(() -> Listener.bind(Optional.of(InetAddress.getByName("192.0.2.1")), 8000)).isInstanceOf(IOException.class).hasMessage("192.0.2.1:8000: Cannot assign requested address");
    }

    @Test
    void aClosedOneRefuses() throws Exception {
        Listener listener = Listener.bind(Optional.empty(), 0);
        listener.close();
        assertThatThrownBy(() -> connect("127.0.0.1", listener.address().getPort())).isInstanceOf(IOException.class);
    }

    @Test
    void theSocketsOfAServiceManagerAreTaken() throws Exception {
        try (Listener one = Listener.bind(Optional.empty(), 0);
                Listener two = Listener.bind(Optional.of(InetAddress.getByName("::1")), 0);
                Listener three = Listener.bind(Optional.of(InetAddress.getByName("127.0.0.1")), 0)) {
            Map<String, String> environment = Map.of("LISTEN_FDS", "3", "LISTEN_FDNAMES", "web:admin:");
            assertThat(service(environment, one, two, three)).isEqualTo("3=" + one.key() + "=web 4=" + two.key() + "=admin 5=" + three.key() + "=-");
        }
    }

    @Test
    void whatIsMeantForAnotherProcessOrDoesNotListenIsLeftAlone() throws Exception {
        assertThat(Listener.inherited(Map.of("LISTEN_FDS", "3", "LISTEN_PID", "1"))).isEmpty();
        assertThat(Listener.inherited(Map.of("LISTEN_FDS", "3"))).isEmpty();
        String self = Long.toString(ProcessHandle.current().pid());
        assertThat(Listener.inherited(Map.of("LISTEN_PID", self))).isEmpty();
        assertThat(Listener.inherited(Map.of("LISTEN_PID", self, "LISTEN_FDS", "many"))).isEmpty();
        try (Pipe pipe = Posix.pipe()) {
            assertThat(Listener.inherited(Map.of("LISTEN_FDS", "1"), pipe.readEnd().number())).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "127.0.0.2", "::1", "0.0.0.0"})
    void whoWaitsAtAnInheritedSocketIsAcceptedByTheNextChannelOnIt(String at) throws Exception {
        try (SharedSocket socket = SharedSocket.bind(at.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(at)))) {
            int open = descriptors();
            for (int generation = 0; generation < 3; generation++) {
                Listener listener = socket.handedOver();
                int number = listener.number();
                Socket early = new Socket();
                early.connect(socket.address(), 5_000);
                try (early; Selector selector = Selector.open(); ServerSocketChannel channel = listener.channel()) {
                    assertThat(Path.of("/proc/self/fd/" + number)).as("what was inherited is closed").doesNotExist();
                    channel.configureBlocking(false);
                    channel.register(selector, SelectionKey.OP_ACCEPT);
                    assertThat(selector.select(5_000)).isEqualTo(1);
                    try (SocketChannel accepted = channel.accept()) {
                        assertThat(accepted.getLocalAddress()).isEqualTo(early.getRemoteSocketAddress());
                        assertThat(accepted.getRemoteAddress()).isEqualTo(early.getLocalSocketAddress());
                    }
                    assertThat(channel.accept()).as("it doesn't wait for the next").isNull();
                }
            }
            assertThat(descriptors()).isEqualTo(open);
        }
    }

    private static int descriptors() {
        return Path.of("/proc/self/fd").toFile().list().length;
    }

    private String service(Map<String, String> environment, Listener... sockets) throws Exception {
        Map<String, String> all = new java.util.HashMap<>(environment);
        all.put("PATH", "/usr/bin:/bin");
        List<String> command = List.of(ProcessHandle.current().info().command().orElseThrow(), "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Service.class.getName());
        return Printed.of(command, all, directory, List.of(sockets), Limits.none()).stdout().strip();
    }

    private static void connect(String host, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 5_000);
        }
    }
}
