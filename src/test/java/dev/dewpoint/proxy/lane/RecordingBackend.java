package dev.dewpoint.proxy.lane;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what arrives, read by the strict reader. */
final class RecordingBackend implements AutoCloseable {
    private final StrictReader reader = new StrictReader(400);
    private final ServerSocket socket;
    private final List<StrictReader.Request> requests = new CopyOnWriteArrayList<>();
    private final List<String> broken = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    RecordingBackend() {
        try {
            socket = new ServerSocket(0, 1000, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    List<StrictReader.Request> requests() {
        return requests;
    }

    /** What no strict reader would take for a request. */
    List<String> broken() {
        return broken;
    }

    void forget() {
        requests.clear();
        broken.clear();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                open.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            OutputStream out = connection.getOutputStream();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] piece = new byte[16 << 10];
            for (int read = connection.getInputStream().read(piece); read >= 0; read = connection.getInputStream().read(piece)) {
                all.write(piece, 0, read);
                String text = StrictReader.text(all);
                int at = 0;
                StrictReader.Read next = reader.next(text, at);
                while (next instanceof StrictReader.Read.Whole whole) {
                    requests.add(whole.request());
                    out.write(("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (whole.request().method().equals("HEAD") ? "" : "ok")).getBytes(StandardCharsets.ISO_8859_1));
                    at = whole.end();
                    if (whole.request().last()) {
                        return;
                    }
                    next = at < text.length() ? reader.next(text, at) : new StrictReader.Read.Half();
                }
                if (next instanceof StrictReader.Read.Broken(String why)) {
                    broken.add(why + " in " + text.substring(at));
                    return;
                }
                all.reset();
                all.write(text.substring(at).getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            // the proxy broke off a request that it could not complete
        } finally {
            open.remove(connection);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
            for (Socket connection : open) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
