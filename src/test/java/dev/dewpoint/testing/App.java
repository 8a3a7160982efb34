package dev.dewpoint.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What the containers of the tests run: an app that tells its version, and behaves as its environment says. Stands on the
 * JDK alone, because nothing else is in its image. This is the app and not the test, so it may sleep and exit.
 */
public final class App {
    static final int PORT = 8080;
    private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final Map<String, String> environment;
    /** One party for each request in flight, and one for ourselves. */
    private final Phaser inFlight = new Phaser(1);
    private volatile boolean draining;

    private App(Map<String, String> environment) {
        this.environment = environment;
    }

    /** {@code VERSION}, {@code BOOT_SECONDS}, {@code CRASH}, {@code HEALTH}, {@code EXIT_SECONDS}. */
    public static void main(String[] arguments) throws Exception {
        new App(System.getenv()).run();
    }

    private String setting(String name, String usual) {
        return environment.getOrDefault(name, usual);
    }

    private void run() throws Exception {
        System.out.println("booting " + setting("VERSION", "?"));
        Thread.sleep(1000L * Integer.parseInt(setting("BOOT_SECONDS", "0"))); // a slow start is what it plays
        if (!setting("CRASH", "").isEmpty()) {
            System.err.println(setting("CRASH", ""));
            System.exit(3);
        }
        try (ServerSocket listening = new ServerSocket(PORT, 512)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(listening)));
            System.out.println("listening");
            exitLater();
            while (true) {
                Socket socket = listening.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            if (!draining) {
                throw e;
            }
            Thread.currentThread().join();
        }
    }

    private void exitLater() {
        int seconds = Integer.parseInt(setting("EXIT_SECONDS", "0"));
        if (seconds > 0) {
            Thread.ofPlatform().start(() -> {
                try {
                    Thread.sleep(1000L * seconds); // so is an end some time after it was ready
                    System.err.println("the heap is corrupt");
                    Runtime.getRuntime().halt(4);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }

    private void drain(ServerSocket listening) {
        draining = true;
        try {
            listening.close();
            inFlight.awaitAdvanceInterruptibly(inFlight.arrive(), 60, TimeUnit.SECONDS);
        } catch (IOException | InterruptedException | TimeoutException e) {
            System.err.println("drained badly: " + e);
        }
    }

    private record Request(String method, String path, String query, Map<String, String> headers, byte[] body) {
        int number(String name) {
            for (String pair : query.split("&")) {
                if (pair.startsWith(name + "=")) {
                    return Integer.parseInt(pair.substring(name.length() + 1));
                }
            }
            return 0;
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            for (String first = line(in); !first.isEmpty(); first = line(in)) {
                inFlight.register();
                try {
                    Request request = request(first, in);
                    if (request.headers().containsKey("sec-websocket-key")) {
                        upgrade(request, in, out);
                        return;
                    }
                    answer(request, out);
                } finally {
                    inFlight.arriveAndDeregister();
                }
            }
        } catch (IOException | InterruptedException e) {
            // the client has gone
        }
    }

    private static Request request(String first, InputStream in) throws IOException {
        String[] words = first.split(" ");
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        int question = words[1].indexOf('?');
        return new Request(words[0], question < 0 ? words[1] : words[1].substring(0, question), question < 0 ? "" : words[1].substring(question + 1), headers, body);
    }

    private void answer(Request request, OutputStream out) throws IOException, InterruptedException {
        switch (request.path()) {
            case "/health" -> send(out, Integer.parseInt(setting("HEALTH", "200")), "healthy or not");
            case "/echo" -> send(out, 200, HexFormat.of().formatHex(hash("SHA-256", request.body())));
            case "/environment" -> send(out, 200, environment.toString());
            case "/slow" -> {
                Thread.sleep(1000L * request.number("s")); // as long as the request asks for
                send(out, 200, "at last");
            }
            case "/download" -> download(request.number("bytes"), request.number("s"), out);
            case "/exit" -> Runtime.getRuntime().halt(request.number("code"));
            default -> send(out, 200, setting("VERSION", "?") + " " + setting("HOSTNAME", "?"));
        }
    }

    private void send(OutputStream out, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        out.write((head(status, body.length) + text).getBytes(StandardCharsets.UTF_8));
    }

    private String head(int status, int length) {
        return "HTTP/1.1 " + status + " Said\r\nContent-Length: " + length + "\r\nX-Version: " + setting("VERSION", "?") + "\r\n" + (draining ? "Connection: close\r\n" : "") + "\r\n";
    }

    private void download(int bytes, int seconds, OutputStream out) throws IOException, InterruptedException {
        out.write(head(200, bytes).getBytes(StandardCharsets.UTF_8));
        int steps = Math.max(1, seconds * 20);
        byte[] piece = new byte[bytes / steps + 1];
        int sent = 0;
        while (sent < bytes) {
            int next = Math.min(piece.length, bytes - sent);
            out.write(piece, 0, next);
            sent += next;
            Thread.sleep(50); // a slow download, piece by piece
        }
    }

    /** Echoes what the other side says, until it closes. Nobody waits for its end. */
    private void upgrade(Request request, InputStream in, OutputStream out) throws IOException {
        inFlight.arriveAndDeregister();
        try {
            String accept = Base64.getEncoder().encodeToString(hash("SHA-1", (request.headers().get("sec-websocket-key") + WEBSOCKET).getBytes(StandardCharsets.US_ASCII)));
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\nX-Version: " + setting("VERSION", "?") + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            while (echoFrame(in, out)) {
                // as long as they come
            }
        } finally {
            inFlight.register();
        }
    }

    private static boolean echoFrame(InputStream in, OutputStream out) throws IOException {
        int first = in.read();
        int length = in.read() & 0x7f;
        if (first < 0 || length > 125) {
            return false;
        }
        byte[] mask = in.readNBytes(4);
        byte[] payload = in.readNBytes(length);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        frame.write(length);
        for (int i = 0; i < length; i++) {
            frame.write(payload[i] ^ mask[i % 4]);
        }
        out.write(frame.toByteArray());
        return (first & 0x0f) != 8;
    }

    private static byte[] hash(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
