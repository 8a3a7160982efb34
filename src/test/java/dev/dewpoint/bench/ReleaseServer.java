package dev.dewpoint.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** One release of one file, as GitHub's API shows it; the file goes from disk to socket without a copy in between. */
public final class ReleaseServer implements AutoCloseable {
    private static final String ETAG = "\"bench\"";

    private final ServerSocketChannel socket;
    private final Path file;
    private final String name;
    private final String digest;
    final AtomicLong requests = new AtomicLong();
    final AtomicLong bodyBytes = new AtomicLong();
    final AtomicLong firstRequestNanos = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);

    public ReleaseServer(Path file, String name, String digest) throws IOException {
        this.file = file;
        this.name = name;
        this.digest = digest;
        this.socket = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        Thread.ofPlatform().daemon().start(this::accept);
    }

    public String url() throws IOException {
        return "http://127.0.0.1:" + ((InetSocketAddress) socket.getLocalAddress()).getPort() + "/";
    }

    private void accept() {
        while (closed.getCount() > 0) {
            try {
                SocketChannel connection = socket.accept();
                Thread.ofPlatform().daemon().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            BufferedReader in = new BufferedReader(new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.ISO_8859_1));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                firstRequestNanos.compareAndSet(0, System.nanoTime());
                requests.incrementAndGet();
                boolean unchanged = false;
                for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                    unchanged |= header.equalsIgnoreCase("If-None-Match: " + ETAG);
                }
                if (line.contains("/assets/") || line.contains("/file")) {
                    sendFile(connection);
                } else if (unchanged) {
                    send(connection, "HTTP/1.1 304 Not Modified\r\nETag: " + ETAG + "\r\n\r\n");
                } else {
                    String json = json();
                    bodyBytes.addAndGet(json.length());
                    send(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: " + ETAG + "\r\nContent-Length: " + json.length() + "\r\n\r\n" + json);
                }
            }
        } catch (IOException e) {
            // the client has what it wanted
        }
    }

    private void sendFile(SocketChannel connection) throws IOException {
        try (FileChannel from = FileChannel.open(file)) {
            send(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " + from.size() + "\r\n\r\n");
            for (long at = 0; at < from.size(); ) {
                at += from.transferTo(at, 1 << 20, connection);
            }
        }
    }

    private String json() throws IOException {
        try (FileChannel from = FileChannel.open(file)) {
            return "[{\"id\":1,\"tag_name\":\"v1.0.0\",\"draft\":false,\"prerelease\":false,\"created_at\":\"2026-01-01T00:00:00Z\",\"published_at\":\"2026-01-01T00:00:00Z\",\"html_url\":\"" + url() + "release\",\"assets\":[{\"id\":7,\"name\":\"" + name + "\",\"state\":\"uploaded\",\"size\":"
                    + from.size() + ",\"digest\":\"sha256:" + digest + "\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"url\":\"" + url() + "repos/o/r/releases/assets/7\"}]}]";
        }
    }

    private static void send(SocketChannel connection, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
    }
}
