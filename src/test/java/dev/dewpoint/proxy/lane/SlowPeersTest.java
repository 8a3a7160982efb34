package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Peers that take their time, end their side early, or never end. */
class SlowPeersTest {
    private static final String GET = " HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final int LARGE = 12 << 20;

    @Test
    void aLargeAnswerAfterTheEndOfARequestIsWhole() {
        try (TestBackend backend = large(); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /" + GET).finish();
            Given.eventually("all of it has left the backend", () -> stage.route().live().members().getFirst().traffic().requests() == 1 || filled(stage));
            assertThat(client.response().body()).hasSize(LARGE);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void theLastPieceIsSentEvenIfTheClientEndsMeanwhile() {
        int size = 6 << 20;
        for (int extra = 0; extra < 4; extra++) {
            byte[] body = new byte[size + extra * 50_000];
            try (TestBackend backend = TestBackend.start((_, _, out) -> {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
                out.write(body);
            }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
                client.send("GET /" + GET);
                LockSupport.parkNanos(50_000_000);
                client.finish();
                assertThat(client.response().body()).hasSize(body.length);
            }
        }
    }

    @Test
    void aSlowReaderHoldsBackTheBackend() {
        AtomicLong written = new AtomicLong();
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            byte[] piece = new byte[64 << 10];
            while (true) {
                out.write(piece);
                out.flush();
                written.addAndGet(piece.length);
            }
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            client.send("GET /" + GET);
            assertThat(Given.settled(written::get)).as("bytes on their way, in the kernel's buffers").isLessThan(40 << 20);
            client.reset();
        }
    }

    @Test
    void aClientThatTakesNothingIsCutOff() {
        try (TestBackend backend = large(); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient client = stage.client()) {
            client.send("GET /" + GET);
            Given.eventually("it is cut off", () -> stage.gateway().connections() == 0);
            stage.awaitNothingInFlight();
        }
    }

    @Test
    void aHeadThatDripsIsCutOff() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n");
            long start = System.nanoTime();
            Thread drip = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.send("X: y\r\n");
                        LockSupport.parkNanos(100_000_000);
                    }
                } catch (UncheckedIOException closed) {
                    // which was to be seen
                }
            });
            assertThat(client.response().status()).isEqualTo(408);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
            Given.eventually("the proxy lets go of it", () -> stage.gateway().connections() == 0);
            client.reset();
            assertThat(join(drip)).isTrue();
        }
    }

    @Test
    void aSilentConnectionIsClosed() {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = Given.stage(Given.IMPATIENT, backend); TestClient never = stage.client(); TestClient once = stage.client()) {
            assertThat(once.get("/").status()).isEqualTo(200);
            assertThat(never.isClosed()).isTrue();
            assertThat(once.isClosed()).isTrue();
        }
    }

    @Test
    void aClientMayReadSlowlyAsLongAsItReads() throws Exception {
        int size = 3 << 20;
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            out.write(new byte[size]);
        }); Stage stage = Given.stage(Given.IMPATIENT, backend); Socket socket = new Socket()) {
            socket.setReceiveBufferSize(16 << 10);
            socket.connect(stage.address());
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(("GET /" + GET).getBytes());
            long read = 0;
            long start = System.nanoTime();
            while (System.nanoTime() - start < 2_500_000_000L) {
                read += socket.getInputStream().readNBytes(20_000).length;
                LockSupport.parkNanos(50_000_000);
            }
            read += socket.getInputStream().readAllBytes().length;
            assertThat(read).isGreaterThan(size);
        }
    }

    private static boolean filled(Stage stage) {
        return stage.route().live().members().getFirst().inFlight() == 1;
    }

    private static boolean join(Thread thread) {
        try {
            return thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static TestBackend large() {
        return TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
            out.write(new byte[LARGE]);
        });
    }
}
