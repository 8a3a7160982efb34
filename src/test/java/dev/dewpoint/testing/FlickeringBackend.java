package dev.dewpoint.testing;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.ServerSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** An address that can be up with any status, and down, and up again. */
public final class FlickeringBackend implements AutoCloseable {
    private final InetSocketAddress address;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int status = 200;
    private volatile ServerSocket listening;
    private volatile Thread accepting;

    private FlickeringBackend(InetSocketAddress address, ServerSocket listening) {
        this.address = address;
        this.listening = listening;
    }

    public static FlickeringBackend up() {
        return on("127.0.0.1", 0);
    }

    public static FlickeringBackend on(String ip, int port) {
        try {
            ServerSocket socket = new ServerSocket(port, 50, InetAddress.getByName(ip));
            FlickeringBackend backend = new FlickeringBackend((InetSocketAddress) socket.getLocalSocketAddress(), socket);
            backend.accepting = Thread.ofVirtual().start(() -> backend.accept(socket));
            return backend;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static FlickeringBackend down() {
        FlickeringBackend backend = up();
        backend.close();
        return backend;
    }

    public InetSocketAddress address() {
        return address;
    }

    public int port() {
        return address.getPort();
    }

    public String name() {
        return "127.0.0.1:" + port();
    }

    public void answers(int with) {
        status = with;
    }

    /** Requests, or connections if nobody sent any. */
    public int asked() {
        return asked.get();
    }

    public void comeUp() {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(address);
            listening = socket;
            accepting = Thread.ofVirtual().start(() -> accept(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nobody can connect any more. The thread that waits in accept is the one that really closes the socket. */
    @Override
    public void close() {
        try {
            listening.close();
            accepting.join(Duration.ofSeconds(10));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                asked.incrementAndGet();
                Thread.ofVirtual().start(() -> answer(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void answer(Socket connection) {
        try (connection) {
            BufferedReader in = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                // to the end of the head
            }
            connection.getOutputStream().write(("HTTP/1.1 " + status + " X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // who asked has gone
        }
    }
}
