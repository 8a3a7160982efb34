package dev.dewpoint.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** An HTTP server whose every byte a test writes itself: it can cut, stall and lie as no proper server can. */
public final class RawServer implements AutoCloseable {
    /** A request as it came: path and headers with lower-case names. */
    public record Asked(String method, String path, Map<String, String> headers) {}

    /** Writes the whole answer. Returning closes the connection; throwing resets it. */
    @FunctionalInterface
    public interface Script {
        void answer(Asked asked, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket socket;
    private final Script script;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    private RawServer(ServerSocket socket, Script script) {
        this.socket = socket;
        this.script = script;
    }

    public static RawServer start(Script script) {
        try {
            RawServer server = new RawServer(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")), script);
            server.threads.add(Thread.ofVirtual().start(server::accept));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes every request and never answers; closing it lets go. */
    public static RawServer silent() {
        return start((asked, out) -> new CountDownLatch(1).await());
    }

    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
    }

    public List<Asked> asked() {
        return new ArrayList<>(asked);
    }

    public static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                threads.add(Thread.ofVirtual().start(() -> serve(connection)));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            BufferedReader in = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
            String line = in.readLine();
            if (line == null) {
                return;
            }
            String[] first = line.split(" ");
            Map<String, String> headers = new LinkedHashMap<>();
            for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                headers.put(header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT), header.substring(header.indexOf(':') + 1).strip());
            }
            Asked request = new Asked(first[0], first[1], headers);
            asked.add(request);
            try {
                script.answer(request, connection.getOutputStream());
            } catch (IOException reset) {
                connection.setSoLinger(true, 0);
            }
        } catch (IOException | InterruptedException e) {
            // the client has gone, which some tests are about
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.forEach(Thread::interrupt);
    }
}
