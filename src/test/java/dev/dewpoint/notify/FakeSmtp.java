package dev.dewpoint.notify;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A mail server as far as it takes to misbehave, or to put TLS in front of one that has none. */
final class FakeSmtp implements AutoCloseable {
    private final ServerSocket listening;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    final List<String> heard = new CopyOnWriteArrayList<>();

    private interface Talk {
        void with(Socket client) throws IOException;
    }

    private FakeSmtp(Talk talk) throws IOException {
        listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!listening.isClosed()) {
                try {
                    Socket client = listening.accept();
                    open.add(client);
                    Thread.ofVirtual().start(() -> {
                        try (client) {
                            talk.with(client);
                        } catch (IOException e) {
                            // the client went away, or did not like our certificate
                        }
                    });
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    /** Accepts and says nothing. */
    static FakeSmtp silent() throws IOException {
        return new FakeSmtp(client -> client.getInputStream().readAllBytes());
    }

    /** Says yes to everything that {@code answer} has no other answer to. */
    static FakeSmtp answering(Function<String, Optional<String>> answer) throws IOException {
        FakeSmtp[] self = new FakeSmtp[1];
        self[0] = new FakeSmtp(client -> {
            say(client, "220 fake");
            BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            boolean data = false;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (data && !line.equals(".")) {
                    continue;
                }
                self[0].heard.add(line);
                String reply = answer.apply(line).orElse(line.equals("DATA") ? "354 go on" : line.equals("QUIT") ? "221 bye" : "250 ok");
                data = reply.startsWith("354");
                say(client, reply);
            }
        });
        return self[0];
    }

    /** TLS from the first byte, or after STARTTLS, before the plain server at {@code port}. */
    static FakeSmtp tlsBefore(int port, SSLContext tls, boolean startTls) throws IOException {
        return new FakeSmtp(client -> {
            if (startTls) {
                say(client, "220 front");
                heard(client);
                say(client, "250-front\r\n250 STARTTLS");
                if (!heard(client).equalsIgnoreCase("STARTTLS")) {
                    return;
                }
                say(client, "220 go on");
            }
            SSLSocket safe = (SSLSocket) tls.getSocketFactory().createSocket(client, "localhost", client.getPort(), true);
            safe.setUseClientMode(false);
            try (safe; Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (startTls) {
                    heard(server);
                }
                Thread back = Thread.ofVirtual().start(() -> copy(server, safe));
                copy(safe, server);
                back.interrupt();
            }
        });
    }

    int port() {
        return listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket each : open) {
            each.close();
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // either side ended
        }
    }

    /** Byte by byte: what follows the line belongs to TLS. */
    private static String heard(Socket from) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = from.getInputStream().read(); c >= 0 && c != '\n'; c = from.getInputStream().read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private static void say(Socket to, String line) throws IOException {
        OutputStream out = to.getOutputStream();
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
