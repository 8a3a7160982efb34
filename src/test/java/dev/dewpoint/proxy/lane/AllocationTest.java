package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a request costs in garbage: nobody would see it come in. */
class AllocationTest {
    private static final int WARM_UP = 3_000;
    private static final int MEASURED = 5_000;
    private static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 18:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII);

    @Test
    void aGetOnAKeptConnectionLeavesHardlyAnyGarbage() throws Exception {
        long bytes = perRequest(Balance.ROUND_ROBIN, "GET /a/b?c=d HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\nCookie: a=b\r\n\r\n");
        assertThat(bytes).as("bytes a request").isBetween(0L, 1024L);
    }

    @Test
    void soDoesAPost() throws Exception {
        assertThat(perRequest(Balance.LEAST_REQUESTS, "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello")).as("bytes a request").isLessThan(1024);
    }

    @Test
    void addressesAndCookiesCostALittle() throws Exception {
        assertThat(perRequest(Balance.IP_HASH, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")).as("bytes a request by address").isLessThan(1024);
        assertThat(perRequest(Balance.COOKIE, "GET / HTTP/1.1\r\nHost: example.com\r\nCookie: dewpoint_1=0123456789abcdef\r\n\r\n")).as("bytes a request by cookie").isLessThan(4096);
    }

    private static long perRequest(Balance balance, String request) throws Exception {
        byte[] asked = request.getBytes(StandardCharsets.US_ASCII);
        int bodyLength = request.length() - request.indexOf("\r\n\r\n") - 4;
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress()); Stage stage = Stage.open(Terms.USUAL, balance, RouteOptions.USUAL, AccessLog.OFF); Socket client = new Socket()) {
            Thread.ofVirtual().start(() -> accept(server, bodyLength));
            Backend backend = new Backend("b", (InetSocketAddress) server.getLocalSocketAddress(), 1, Experience.IGNORED);
            backend.ready(true);
            stage.route().publish(List.of(backend));
            client.setTcpNoDelay(true);
            client.connect(stage.address());
            int answer = exchange(client, asked, 0);
            for (int i = 0; i < WARM_UP; i++) {
                exchange(client, asked, answer);
            }
            long before = allocated();
            for (int i = 0; i < MEASURED; i++) {
                exchange(client, asked, answer);
            }
            long perRequest = (allocated() - before) / MEASURED;
            System.err.println(balance + ": " + perRequest + " bytes of garbage a request");
            return perRequest;
        }
    }

    /** Answers how long the answer was; with a length known before it reads just so much. */
    private static int exchange(Socket client, byte[] asked, int length) throws IOException {
        client.getOutputStream().write(asked);
        if (length > 0) {
            client.getInputStream().skipNBytes(length);
            return length;
        }
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().endsWith("\r\n\r\nhello")) {
            answer.append((char) client.getInputStream().read());
        }
        return answer.length();
    }

    private static void accept(ServerSocket server, int bodyLength) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> serve(socket, bodyLength));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void serve(Socket socket, int bodyLength) {
        try (socket) {
            InputStream in = socket.getInputStream();
            byte[] piece = new byte[4096];
            for (int have = in.read(piece); have >= 0; have = in.read(piece)) {
                while (!new String(piece, 0, have, StandardCharsets.US_ASCII).startsWith("\r\n\r\n", have - bodyLength - 4)) {
                    have += in.read(piece, have, piece.length - have);
                }
                socket.getOutputStream().write(ANSWER);
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    /** By all IO threads together, those of earlier tests too: they do nothing. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("proxy I/O-")) {
                sum += threads.getThreadAllocatedBytes(thread.threadId());
            }
        }
        assertThat(sum).as("there are IO threads").isPositive();
        return sum;
    }
}
