package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What takes long goes on where it began while everything else moves on. */
class LongTransfersIT {
    private static final long SIZE = Boolean.getBoolean("dewpoint.soak") ? 1L << 30 : 192L << 20;
    private static final int PIECE = 1 << 16;

    @Test
    @Timeout(300)
    void anUploadAndADownloadOutliveASwap() throws Exception {
        CountDownLatch halfWay = new CountDownLatch(2);
        try (TestBackend blue = TestBackend.headsOnly((request, in, out) -> {
            if (request.method().equals("PUT")) {
                TestBackend.ok(out, sum(in, SIZE, halfWay));
            } else {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n");
                pieces(out, halfWay);
            }
        }); TestBackend green = TestBackend.saying("green"); Stage stage = Stage.with(blue)) {
            AtomicReference<String> uploaded = new AtomicReference<>();
            AtomicReference<String> downloaded = new AtomicReference<>();
            Thread upload = Thread.ofVirtual().start(() -> uploaded.set(upload(stage)));
            Thread download = Thread.ofVirtual().start(() -> downloaded.set(download(stage)));
            assertThat(halfWay.await(200, TimeUnit.SECONDS)).isTrue();
            List<Backend> gone = stage.route().publish(List.of(green.backend()));
            CompletableFuture<Void> drained = stage.gateway().drain(gone, Duration.ofMinutes(4));
            try (TestClient client = stage.client()) {
                assertThat(client.get("/").text()).isEqualTo("green");
            }
            upload.join();
            download.join();
            String expected = sum();
            assertThat(uploaded.get()).isEqualTo(expected);
            assertThat(downloaded.get()).isEqualTo(expected);
            drained.get(30, TimeUnit.SECONDS);
        }
    }

    private static String upload(Stage stage) {
        try (TestClient client = stage.client()) {
            client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: " + SIZE + "\r\n\r\n");
            for (long sent = 0; sent < SIZE; sent += PIECE) {
                client.send(piece(sent));
            }
            return client.response().text();
        }
    }

    private static String download(Stage stage) {
        try (TestClient client = stage.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").head();
            return sum(client.in(), SIZE, new CountDownLatch(0));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void pieces(OutputStream out, CountDownLatch halfWay) throws IOException {
        for (long sent = 0; sent < SIZE; sent += PIECE) {
            if (sent == SIZE / 2) {
                halfWay.countDown();
            }
            out.write(piece(sent));
        }
    }

    private static byte[] piece(long at) {
        byte[] piece = new byte[PIECE];
        for (int i = 0; i < PIECE; i += 512) {
            piece[i] = (byte) (at >>> 16);
            piece[i + 1] = (byte) (at >>> 24);
            piece[i + 2] = (byte) i;
        }
        return piece;
    }

    private static String sum() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (long at = 0; at < SIZE; at += PIECE) {
            digest.update(piece(at));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String sum(InputStream in, long size, CountDownLatch halfWay) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[PIECE];
            boolean told = false;
            for (long left = size; left > 0; ) {
                int read = in.read(piece, 0, (int) Math.min(left, PIECE));
                if (read < 0) {
                    throw new IOException("it ended " + left + " bytes too soon");
                }
                digest.update(piece, 0, read);
                left -= read;
                if (!told && left < size / 2) {
                    told = true;
                    halfWay.countDown();
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
