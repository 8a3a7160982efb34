package dev.dewpoint.proxy;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend that keeps connections alive, reads requests to the letter and writes what the test says. */
public final class TestBackend implements AutoCloseable {
    /** {@code head}: as it came, with the empty line. */
    public record Request(String method, String target, String head, byte[] body, String trailers) {
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

    /** Writes a whole response; throwing resets the connection. {@code in}: what follows a head whose body was not read. */
    public interface Script {
        void answer(Request request, InputStream in, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket socket;
    private final Script script;
    private final boolean readsBodies;
    private final Thread accepting;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();

    private TestBackend(String host, int port, Script script, boolean readsBodies) {
        try {
            socket = new ServerSocket(port, 1000, InetAddress.getByName(host));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.script = script;
        this.readsBodies = readsBodies;
        accepting = Thread.ofVirtual().start(this::accept);
    }

    public static TestBackend start(Script script) {
        return new TestBackend("127.0.0.1", 0, script, true);
    }

    /** On an address of this host. */
    public static TestBackend at(String host, int port, Script script) {
        return new TestBackend(host, port, script, true);
    }

    /** The script reads what follows the head by itself. */
    public static TestBackend headsOnly(Script script) {
        return new TestBackend("127.0.0.1", 0, script, false);
    }

    /** Answers 200 with this text. */
    public static TestBackend saying(String text) {
        return start((request, _, out) -> ok(out, text));
    }

    public static void ok(OutputStream out, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n" + text);
    }

    public static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    public Backend backend() {
        Backend backend = new Backend(address().getHostString() + ":" + socket.getLocalPort(), address(), 1, Experience.IGNORED);
        backend.ready(true);
        return backend;
    }

    public List<Request> requests() {
        return requests;
    }

    public int connections() {
        return connections.get();
    }

    /** Those that are open now. */
    public int open() {
        return open.size();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                connection.setTcpNoDelay(true);
                connections.incrementAndGet();
                open.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            OutputStream out = new BufferedOutputStream(connection.getOutputStream());
            while (true) {
                String head = head(in);
                if (head.isEmpty()) {
                    return;
                }
                Request request = readsBodies ? whole(head, in) : request(head, new byte[0], "");
                requests.add(request);
                try {
                    script.answer(request, in, out);
                } catch (IOException reset) {
                    connection.setSoLinger(true, 0);
                    return;
                }
                out.flush();
                if (request.header("Connection").filter("close"::equalsIgnoreCase).isPresent()) {
                    return;
                }
            }
        } catch (IOException | InterruptedException e) {
            // the other side has gone, which some tests are about
        } finally {
            open.remove(connection);
        }
    }

    private static Request request(String head, byte[] body, String trailers) {
        String[] first = head.lines().findFirst().orElseThrow().split(" ");
        return new Request(first[0], first[1], head, body, trailers);
    }

    private static Request whole(String head, InputStream in) throws IOException {
        Request request = request(head, new byte[0], "");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String trailers = "";
        if (request.header("Transfer-Encoding").isPresent()) {
            trailers = readChunks(in, body);
        } else if (request.header("Content-Length").isPresent()) {
            int length = Integer.parseInt(request.header("Content-Length").get());
            body.write(in.readNBytes(length));
            if (body.size() < length) {
                throw new IOException("the end after " + body.size() + " of " + length);
            }
        }
        return request(head, body.toByteArray(), trailers);
    }

    /** Answers the trailers. */
    public static String readChunks(InputStream in, OutputStream to) throws IOException {
        while (true) {
            int size = Integer.parseInt(line(in).strip(), 16);
            if (size == 0) {
                StringBuilder trailers = new StringBuilder();
                for (String line = line(in); !line.equals("\r\n"); line = line(in)) {
                    trailers.append(line);
                }
                return trailers.toString();
            }
            to.write(in.readNBytes(size));
            if (!line(in).equals("\r\n")) {
                throw new IOException("a chunk without an end");
            }
        }
    }

    /** With its end. */
    public static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            line.append((char) b);
            if (b == '\n') {
                return line.toString();
            }
        }
        throw new IOException("the end in the middle of a line: " + line);
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.append((char) b);
            if (b == '\n' && head.length() >= 4 && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                return head.toString();
            }
        }
        return "";
    }

    /** Nobody can connect any more, and what is connected is cut off. */
    @Override
    public void close() {
        try {
            socket.close();
            accepting.join();
            for (Socket connection : open) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
