package dev.dewpoint.e2e;

import dev.dewpoint.proxy.TestClient;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/** About 200 requests a second, a WebSocket, and one slow download after the other; remembers who answered when, and what failed. */
final class Traffic implements AutoCloseable {
    private static final int WORKERS = 10;
    private static final int MICROS_BETWEEN_REQUESTS = 5_000;
    private static final int REQUESTS_A_CONNECTION = 40;
    private static final int DOWNLOAD_BYTES = 300_000;
    private static final int DOWNLOAD_SECONDS = 2;
    private static final int CLOSE_FRAME = 8;

    enum Kind { GET, POST, WEBSOCKET, DOWNLOAD }

    /** {@code sent} and {@code answered} as {@link System#nanoTime} has them. */
    record Answer(Kind kind, String version, long sent, long answered) {}

    record Failed(Kind kind, String why) {}

    private final InetSocketAddress address;
    private final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Failed> failures = new ConcurrentLinkedQueue<>();
    private final Semaphore due = new Semaphore(0);
    private final Semaphore progress = new Semaphore(0);
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean on = true;

    private Traffic(int port) {
        this.address = new InetSocketAddress("127.0.0.1", port);
    }

    static Traffic at(int port) {
        Traffic traffic = new Traffic(port);
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < WORKERS; i++) {
            RandomGenerator own = random.split();
            traffic.threads.add(Thread.ofVirtual().name("client " + i).start(() -> traffic.ask(own)));
        }
        traffic.threads.add(Thread.ofVirtual().name("websocket").start(traffic::talk));
        traffic.threads.add(Thread.ofVirtual().name("download").start(traffic::download));
        traffic.clock.scheduleAtFixedRate(() -> {
            // what could not be sent in time isn't made up for
            if (traffic.due.availablePermits() < WORKERS) {
                traffic.due.release();
            }
        }, 0, MICROS_BETWEEN_REQUESTS, TimeUnit.MICROSECONDS);
        return traffic;
    }

    /** That many more answers, whoever gave them. */
    Traffic goesOn(int more) {
        try {
            progress.drainPermits();
            if (!progress.tryAcquire(more, 60, TimeUnit.SECONDS)) {
                throw new AssertionError("no " + more + " answers within a minute; failed: " + failures());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    /** Everything that was begun ends first. */
    Traffic end() {
        on = false;
        due.release(WORKERS);
        try {
            for (Thread thread : threads) {
                if (!thread.join(Duration.ofSeconds(60))) {
                    throw new AssertionError(thread + " does not end");
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        clock.shutdownNow();
        return this;
    }

    List<Failed> failures() {
        return List.copyOf(failures);
    }

    List<Answer> answers() {
        return List.copyOf(answers);
    }

    long answers(Kind kind) {
        return answers.stream().filter(answer -> answer.kind() == kind).count();
    }

    /** The versions that answered, in the order of their first answer. */
    List<String> versions() {
        return answers.stream().sorted(Comparator.comparingLong(Answer::answered)).map(Answer::version).distinct().toList();
    }

    /** Answers of an older version to requests that were sent when a newer one had answered already. */
    List<Answer> oldAfterNew() {
        List<Answer> byAnswer = answers.stream().sorted(Comparator.comparingLong(Answer::answered)).toList();
        List<Answer> late = new ArrayList<>();
        String newest = "";
        int seen = 0;
        for (Answer answer : answers.stream().sorted(Comparator.comparingLong(Answer::sent)).toList()) {
            for (; seen < byAnswer.size() && byAnswer.get(seen).answered() < answer.sent(); seen++) {
                newest = newest.compareTo(byAnswer.get(seen).version()) < 0 ? byAnswer.get(seen).version() : newest;
            }
            if (answer.version().compareTo(newest) < 0) {
                late.add(answer);
            }
        }
        return late;
    }

    private void ask(RandomGenerator random) {
        TestClient client = null;
        int left = 0;
        while (on) {
            due.acquireUninterruptibly();
            Kind kind = random.nextInt(4) == 0 ? Kind.POST : Kind.GET;
            try {
                if (client == null || left-- == 0) {
                    close(client);
                    client = null;
                    client = new TestClient(address);
                    left = REQUESTS_A_CONNECTION;
                }
                client = exchange(client, kind, random) ? client : null;
            } catch (UncheckedIOException | IllegalArgumentException | StringIndexOutOfBoundsException e) {
                failures.add(new Failed(kind, String.valueOf(e.getMessage())));
                close(client);
                client = null;
            }
        }
        close(client);
    }

    /** Whether the connection may be used again. */
    private boolean exchange(TestClient client, Kind kind, RandomGenerator random) {
        byte[] body = new byte[kind == Kind.POST ? 1 + random.nextInt(5_000) : 0];
        random.nextBytes(body);
        long sent = System.nanoTime();
        client.send(kind == Kind.GET ? "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n" : "POST /echo HTTP/1.1\r\nHost: example.com\r\nContent-Length: " + body.length + "\r\n\r\n").send(body);
        TestClient.Response response = client.response();
        if (response.status() != 200) {
            failures.add(new Failed(kind, response.head().lines().findFirst().orElse("") + " " + response.text()));
        } else if (kind == Kind.POST && !response.text().equals(hash(body))) {
            failures.add(new Failed(kind, "another body: " + response.text()));
        } else {
            answered(kind, response.header("X-Version").orElse("nobody"), sent);
        }
        boolean over = response.header("Connection").filter("close"::equalsIgnoreCase).isPresent();
        if (over) {
            client.close();
        }
        return !over;
    }

    private void answered(Kind kind, String version, long sent) {
        answers.add(new Answer(kind, version, sent, System.nanoTime()));
        progress.release();
    }

    private void download() {
        while (on) {
            long sent = System.nanoTime();
            try (TestClient client = new TestClient(address)) {
                TestClient.Response response = client.get("/download?bytes=" + DOWNLOAD_BYTES + "&s=" + DOWNLOAD_SECONDS);
                if (response.status() == 200 && response.body().length == DOWNLOAD_BYTES) {
                    answered(Kind.DOWNLOAD, response.header("X-Version").orElse("nobody"), sent);
                } else {
                    failed(Kind.DOWNLOAD, response.head());
                }
            } catch (UncheckedIOException e) {
                failed(Kind.DOWNLOAD, String.valueOf(e.getMessage()));
            }
        }
    }

    private void failed(Kind kind, String why) {
        failures.add(new Failed(kind, why));
        due.acquireUninterruptibly(); // not in a loop without a pause
    }

    /** Opened again whenever the other side takes its leave in the way that the protocol has for it. */
    private void talk() {
        while (on) {
            long sent = System.nanoTime();
            try (TestClient client = new TestClient(address)) {
                client.send("GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
                String head = client.head();
                if (!head.contains(" 101 ")) {
                    failed(Kind.WEBSOCKET, head);
                    continue;
                }
                String version = head.replaceFirst("(?s).*X-Version: (\\S+).*", "$1");
                answered(Kind.WEBSOCKET, version, sent);
                converse(client);
            } catch (IOException | UncheckedIOException e) {
                failed(Kind.WEBSOCKET, String.valueOf(e.getMessage()));
            }
        }
    }

    private void converse(TestClient client) throws IOException {
        IntFunction<byte[]> frame = number -> new byte[] {(byte) 0x81, (byte) 0x84, 0, 0, 0, 0, (byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number};
        for (int number = 0; on; number++) {
            due.acquireUninterruptibly();
            client.send(frame.apply(number));
            InputStream in = client.in();
            int first = in.read();
            if (first < 0) {
                throw new EOFException("the WebSocket ended without a close frame");
            }
            byte[] payload = in.readNBytes(in.read());
            if ((first & 0x0f) == CLOSE_FRAME) {
                return;
            }
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            expected.write(frame.apply(number), 6, 4);
            if (!MessageDigest.isEqual(payload, expected.toByteArray())) {
                throw new IOException("the WebSocket said something else");
            }
        }
    }

    private static void close(TestClient client) {
        if (client != null) {
            client.close();
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        end();
    }
}
