package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever is in flight while the backends behind it are exchanged: nothing fails, nothing is mixed up, nothing grows. */
class SwapSoakIT {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final int SWAPS = SOAK ? 1_000 : 60;
    private static final int BETWEEN_SWAPS = 300;
    private static final int CLIENTS = 64;
    private static final byte[] SLOW_BODY = new byte[200_000];

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder served = new LongAdder();
    private final Semaphore progress = new Semaphore(0);
    private final AtomicBoolean on = new AtomicBoolean(true);

    @Test
    @Timeout(900)
    void swapsUnderLoadCostNobodyAnything() throws Exception {
        try (Stage stage = Stage.with()) {
            List<TestBackend> blue = generation();
            stage.route().publish(blue.stream().map(TestBackend::backend).toList());
            List<Thread> clients = startClients(stage);
            Footprint before = null;
            for (int swap = 0; swap < SWAPS && failures.isEmpty(); swap++) {
                if (!progress.tryAcquire(BETWEEN_SWAPS, 60, TimeUnit.SECONDS)) {
                    failures.add("no progress for a minute");
                }
                progress.drainPermits();
                List<TestBackend> green = generation();
                List<Backend> gone = stage.route().publish(green.stream().map(TestBackend::backend).toList());
                CompletableFuture.allOf(gone.stream().map(Backend::seal).toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
                blue.forEach(TestBackend::close);
                blue = green;
                if (swap == SWAPS / 5) {
                    before = Footprint.now();
                }
            }
            Footprint after = Footprint.now();
            on.set(false);
            for (Thread client : clients) {
                client.join();
            }
            blue.forEach(TestBackend::close);
            assertThat(failures).as("of " + served.sum() + " exchanges").isEmpty();
            assertThat(served.sum()).isGreaterThan((long) SWAPS * BETWEEN_SWAPS);
            assertThat(after.files).as("open files").isLessThan(before.files + 150);
            assertThat(after.threads).as("threads").isLessThan(before.threads + 10);
            assertThat(after.heap).as("heap").isLessThan(before.heap + (48 << 20));
        }
    }

    private record Footprint(long files, int threads, long heap) {
        static Footprint now() {
            System.gc();
            long files = ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
            Runtime runtime = Runtime.getRuntime();
            return new Footprint(files, ManagementFactory.getThreadMXBean().getThreadCount(), runtime.totalMemory() - runtime.freeMemory());
        }
    }

    private static List<TestBackend> generation() {
        return List.of(TestBackend.headsOnly(SwapSoakIT::answer), TestBackend.headsOnly(SwapSoakIT::answer), TestBackend.headsOnly(SwapSoakIT::answer));
    }

    private static void answer(TestBackend.Request request, InputStream in, OutputStream out) throws IOException, InterruptedException {
        if (request.header("Upgrade").isPresent()) {
            TestBackend.write(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
            byte[] message = in.readNBytes(8);
            while (message.length == 8) {
                out.write(message);
                out.flush();
                message = in.readNBytes(8);
            }
            throw new InterruptedException();
        }
        if (request.target().startsWith("/slow")) {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + SLOW_BODY.length + "\r\n\r\n");
            for (int at = 0; at < SLOW_BODY.length; at += 20_000) {
                out.write(SLOW_BODY, at, 20_000);
                out.flush();
                Thread.yield();
            }
            return;
        }
        MessageDigest digest = sha256();
        if (request.header("Transfer-Encoding").isPresent()) {
            TestBackend.readChunks(in, new OutputStream() {
                @Override
                public void write(int b) {
                    digest.update((byte) b);
                }

                @Override
                public void write(byte[] bytes, int from, int length) {
                    digest.update(bytes, from, length);
                }
            });
        } else if (request.header("Content-Length").isPresent()) {
            digest.update(in.readNBytes(Integer.parseInt(request.header("Content-Length").get())));
        }
        TestBackend.ok(out, request.target() + " " + HexFormat.of().formatHex(digest.digest()));
    }

    private List<Thread> startClients(Stage stage) {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> {
                RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
                while (on.get() && failures.isEmpty()) {
                    try (TestClient client = stage.client()) {
                        session(client, number, random);
                    } catch (Exception e) {
                        failures.add("client " + number + ": " + e);
                    }
                }
            }));
        }
        return clients;
    }

    private void session(TestClient client, int number, RandomGenerator random) throws IOException {
        for (int i = 0; i < 200 && on.get(); i++) {
            String target = "/" + number + "/" + i;
            switch (number % 8) {
                case 0, 1, 2, 3 -> expect(client.get(target), target, new byte[0]);
                case 4 -> {
                    byte[] body = bytes(random, random.nextInt(1, 3_000));
                    expect(client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n").send(body).response(), target, body);
                }
                case 5 -> {
                    byte[] body = bytes(random, 80_000);
                    client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int at = 0; at < body.length; at += 8_000) {
                        client.send(Integer.toHexString(8_000) + "\r\n").send(java.util.Arrays.copyOfRange(body, at, at + 8_000)).send("\r\n");
                    }
                    expect(client.send("0\r\n\r\n").response(), target, body);
                }
                case 6 -> {
                    if (client.get("/slow" + target).body().length != SLOW_BODY.length) {
                        failures.add("a download was cut");
                    }
                }
                default -> {
                    webSocket(client, random);
                    count();
                    return;
                }
            }
            count();
        }
    }

    private void count() {
        served.increment();
        progress.release();
    }

    private void webSocket(TestClient client, RandomGenerator random) throws IOException {
        client.send("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
        client.head();
        for (int i = 0; i < 20; i++) {
            byte[] message = bytes(random, 8);
            client.send(message);
            if (!java.util.Arrays.equals(client.in().readNBytes(8), message)) {
                failures.add("an echo was wrong");
            }
        }
    }

    private void expect(TestClient.Response response, String target, byte[] body) {
        String expected = target + " " + HexFormat.of().formatHex(sha256().digest(body));
        if (response.status() != 200 || !response.text().equals(expected)) {
            failures.add(response.status() + " " + response.text() + " instead of " + expected);
        }
    }

    private static byte[] bytes(RandomGenerator random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
