package dev.dewpoint.proxy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A connection on which a test says every byte. */
public final class TestClient implements AutoCloseable {
    public record Response(int status, String head, byte[] body, String trailers) {
        public Optional<String> header(String name) {
            return headers(name).stream().findFirst();
        }

        public List<String> headers(String name) {
            return head.lines().skip(1).filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")).map(line -> line.substring(line.indexOf(':') + 1).strip()).toList();
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private final Socket socket;
    private final InputStream in;

    public TestClient(InetSocketAddress address) {
        try {
            socket = new Socket();
            socket.connect(address, 5_000);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public TestClient send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public TestClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Waits that many seconds for each byte, instead of 20. */
    public TestClient patient(int seconds) {
        try {
            socket.setSoTimeout(seconds * 1_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public Response get(String path) {
        return send("GET " + path + " HTTP/1.1\r\nHost: example.com\r\n\r\n").response();
    }

    public Response response() {
        return response("GET");
    }

    public Response response(String method) {
        try {
            String head = head();
            int status = Integer.parseInt(head.substring(9, 12));
            Response bare = new Response(status, head, new byte[0], "");
            if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
                return bare;
            }
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            String trailers = "";
            if (bare.header("Transfer-Encoding").isPresent()) {
                trailers = TestBackend.readChunks(in, body);
            } else if (bare.header("Content-Length").isPresent()) {
                int length = Integer.parseInt(bare.header("Content-Length").get());
                byte[] bytes = in.readNBytes(length);
                if (bytes.length < length) {
                    throw new IOException("the body ended after " + bytes.length + " of " + length);
                }
                body.write(bytes);
            } else {
                in.transferTo(body);
            }
            return new Response(status, head, body.toByteArray(), trailers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String head() throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = TestBackend.line(in); ; line = TestBackend.line(in)) {
            head.append(line);
            if (line.equals("\r\n")) {
                return head.toString();
            }
        }
    }

    public InputStream in() {
        return in;
    }

    /** No more from us; we still listen. */
    public TestClient finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the other side to end. */
    public boolean isClosed() {
        try {
            return in.read() < 0;
        } catch (IOException e) {
            return e.getMessage().contains("reset");
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
