package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** What goes on for long: events, and connections that have become something else. */
class StreamingTest {
    private static final String WEB_SOCKET = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    @Test
    void anEventIsSeenBeforeTheNextIsSent() throws Exception {
        for (boolean chunked : new boolean[] {true, false}) {
            Semaphore next = new Semaphore(0);
            try (TestBackend backend = TestBackend.start((_, _, out) -> {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"));
                for (int i = 0; i < 20; i++) {
                    String event = "data: " + i + "\n\n";
                    TestBackend.write(out, chunked ? Integer.toHexString(event.length()) + "\r\n" + event + "\r\n" : event);
                    next.acquire();
                }
                throw new InterruptedException("the end");
            }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
                client.send("GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 200 ");
                for (int i = 0; i < 20; i++) {
                    String line = TestBackend.line(client.in());
                    while (!line.startsWith("data: ")) {
                        line = TestBackend.line(client.in());
                    }
                    assertThat(line).isEqualTo("data: " + i + "\n");
                    next.release();
                }
            }
        }
    }

    @Test
    void framesOfAnyKindAndLengthComeBackUnchanged() throws Exception {
        try (TestBackend backend = echo(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send(WEB_SOCKET);
            String head = client.head();
            assertThat(head).startsWith("HTTP/1.1 101 ").contains("Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Accept: ").doesNotContain("Content-Length");
            assertThat(backend.requests().getFirst().head()).contains("Connection: Upgrade\r\n", "Upgrade: websocket\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Version: 13\r\n");
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            sent.writeBytes(new byte[] {0x01, (byte) 0x83, 1, 2, 3, 4, 'a', 'b', 'c'});
            sent.writeBytes(new byte[] {(byte) 0x89, (byte) 0x80, 1, 2, 3, 4});
            sent.writeBytes(new byte[] {0x00, (byte) 0x81, 1, 2, 3, 4, 'd'});
            sent.writeBytes(new byte[] {(byte) 0x80, (byte) 0x80, 1, 2, 3, 4});
            sent.writeBytes(FramesTest.frame(70_000, true));
            for (byte b : sent.toByteArray().length > 200 ? java.util.Arrays.copyOf(sent.toByteArray(), 200) : sent.toByteArray()) {
                client.send(new byte[] {b});
            }
            client.send(java.util.Arrays.copyOfRange(sent.toByteArray(), 200, sent.size()));
            assertThat(client.in().readNBytes(sent.size())).isEqualTo(sent.toByteArray());
        }
    }

    @Test
    void aMessageOf16MegabytesAndAStormOfPingsComeBackUnchanged() throws Exception {
        try (TestBackend backend = echo(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send(WEB_SOCKET).head();
            byte[] message = FramesTest.frame(16 << 20, true);
            for (int i = 20; i < message.length; i++) {
                message[i] = (byte) (i * 31 >>> 4);
            }
            ByteArrayOutputStream pings = new ByteArrayOutputStream();
            for (int i = 0; i < 20_000; i++) {
                pings.writeBytes(new byte[] {(byte) 0x89, (byte) 0x84, 0, 0, 0, 0, (byte) (i >> 8), (byte) i, 1, 2});
            }
            Thread sending = Thread.ofVirtual().start(() -> client.send(message).send(pings.toByteArray()).finish());
            assertThat(client.in().readNBytes(message.length)).isEqualTo(message);
            assertThat(client.in().readAllBytes()).isEqualTo(pings.toByteArray());
            sending.join();
        }
    }

    @Test
    void bytesSentBeforeTheSwitchWasAnsweredAreNotLost() throws Exception {
        Semaphore go = new Semaphore(0);
        try (TestBackend backend = TestBackend.headsOnly((_, in, out) -> {
            go.acquire();
            TestBackend.write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
            transfer(in, out);
            throw new InterruptedException("the end");
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\nearly ").send("bird");
            go.release();
            assertThat(client.head()).startsWith("HTTP/1.1 101 ").contains("Upgrade: other");
            client.finish();
            assertThat(new String(client.in().readAllBytes())).isEqualTo("early bird");
        }
    }

    @Test
    void anUpgradeMayBeAnsweredLikeAnyRequest() {
        try (TestBackend backend = TestBackend.saying("no, thanks"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            assertThat(client.send(WEB_SOCKET).response().text()).isEqualTo("no, thanks");
            assertThat(client.get("/next").text()).isEqualTo("no, thanks");
        }
    }

    @Test
    void nobodyIsSwitchedWhoDidNotAsk() {
        try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nevil")); Stage stage = Stage.with(backend)) {
            for (String lines : new String[] {"", "Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n"}) {
                try (TestClient client = stage.client()) {
                    assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n").response().status()).as(lines).isEqualTo(502);
                }
            }
        }
    }

    @Test
    void http2IsNothingToUpgradeTo() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n").response();
            assertThat(backend.requests().getFirst().head()).doesNotContain("Upgrade", "HTTP2-Settings", "Connection");
        }
    }

    @Test
    void aTunnelIsLoggedWhenItEnds() throws Exception {
        Given.RecordingLog log = new Given.RecordingLog();
        try (TestBackend backend = echo(); Stage stage = Stage.open(Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, log, backend); TestClient client = stage.client()) {
            client.send(WEB_SOCKET).head();
            client.send("12345");
            client.in().readNBytes(5);
            assertThat(stage.route().live().members().getFirst().inFlight()).isEqualTo(1);
            assertThat(log.lines()).isEmpty();
            client.finish();
            client.in().readAllBytes();
            AccessLog.Line line = log.first();
            assertThat(line.status()).isEqualTo(101);
            Given.eventually("it is given back", () -> stage.route().live().members().getFirst().inFlight() == 0);
        }
    }

    @Test
    void whatFollowsASwitchIsCountedAmongWhatIsOpen() throws Exception {
        try (TestBackend backend = echo(); Stage stage = Stage.with(backend)) {
            try (TestClient client = stage.client()) {
                client.send(WEB_SOCKET).head();
                client.reset();
            }
            Given.eventually("both sides are closed", () -> stage.gateway().connections() == 0 && backend.open() == 0);
        }
    }

    static TestBackend echo() {
        return TestBackend.headsOnly((_, in, out) -> {
            TestBackend.write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nContent-Length: 0\r\n\r\n");
            transfer(in, out);
            throw new InterruptedException("the end");
        });
    }

    /** With a flush as often as there is something. */
    private static void transfer(InputStream in, OutputStream out) throws IOException {
        byte[] piece = new byte[64 << 10];
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
            out.write(piece, 0, read);
            out.flush();
        }
    }
}
