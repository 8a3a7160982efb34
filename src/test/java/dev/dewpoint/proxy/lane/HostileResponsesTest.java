package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Backends that answer what can be misunderstood. The client gets a sound response or a 502 or a break that shows, and
 * whoever asks next, on that connection or another, gets the answer to what was asked.
 */
class HostileResponsesTest {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final int MUTATIONS = SOAK ? 100 : 12;
    private static final String[] ODD = {"\r", "\n", "\r\n", "\0", " ", "\t", ":", ";", "-", "0", "\u000b", "\r\n ", "\r\n\r\n", "\u00ff", "x"};

    @Test
    void whatIsNotSoundIsA502() {
        for (String head : ResponseHeadTest.REFUSED) {
            assertThat(answered(head.endsWith("\r\n\r\n") ? head + "evil" : head)).as(head).startsWith("HTTP/1.1 502 ").doesNotContain("evil");
        }
    }

    @Test
    void linesThatAFieldSplitsIntoDoNotReachTheClient() {
        assertThat(answered("HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n")).startsWith("HTTP/1.1 502 ").doesNotContain("evil");
        assertThat(answered("HTTP/1.1 200 OK\r\nX: a\r\n\tfolded\r\nContent-Length: 0\r\n\r\n")).startsWith("HTTP/1.1 502 ");
        assertThat(answered("HTTP/1.1 200 O\nSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n")).startsWith("HTTP/1.1 502 ").doesNotContain("evil");
    }

    @Test
    void aHeadWithoutEndIsA502() {
        String line = "X: " + "y".repeat(1000) + "\r\n";
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\n");
            for (int i = 0; i < 10_000; i++) {
                TestBackend.write(out, line);
            }
        }); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
            assertThat(client.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void aBodyWithoutEndHoldsUpNobodyElse() {
        AtomicLong sent = new AtomicLong();
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/endless")) {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true) {
                    TestBackend.write(out, "4000\r\n" + "x".repeat(0x4000) + "\r\n");
                    sent.addAndGet(0x4000);
                }
            }
            TestBackend.ok(out, "other");
        }); Stage stage = Stage.with(backend); TestClient endless = stage.client()) {
            endless.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
            Thread reading = Thread.ofVirtual().start(() -> {
                try {
                    endless.in().transferTo(java.io.OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // it was closed
                }
            });
            for (int i = 0; i < 200; i++) {
                try (TestClient client = stage.client()) {
                    long start = System.nanoTime();
                    assertThat(client.get("/").text()).isEqualTo("other");
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
                }
            }
            assertThat(sent.get()).isPositive();
            endless.reset();
            assertThat(joined(reading)).isTrue();
        }
    }

    @Test
    void brokenChunksAndEarlyEndsShow() {
        for (String body : FramingTest.REFUSED) {
            byte[] got = bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" + body);
            StrictResponse.Outcome outcome = StrictResponse.read(new String(got, StandardCharsets.ISO_8859_1));
            assertThat(outcome).as(body).matches(broken -> !broken.sound());
        }
    }

    @Test
    void bodiesThatMustNotBeReachNobody() {
        for (String head : new String[] {"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 204 No Content\r\n\r\nevil", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nevil", "HTTP/1.1 100 Continue\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nevil", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"}) {
            assertThat(answered(head)).as(head).doesNotContain("evil");
        }
    }

    /** Every answer is to the question that was asked, whatever was made of others. */
    @Test
    void nobodyEverGetsWhatWasMeantForAnother() {
        long seed = new SecureRandom().nextLong();
        RandomGenerator random = new SplittableRandom(seed);
        List<String> bases = bases();
        List<String> scripts = new ArrayList<>();
        for (String base : bases) {
            for (int i = 0; i < MUTATIONS; i++) {
                scripts.add(i == 0 ? base : mutate(base, random));
            }
        }
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().startsWith("/hostile")) {
                String script = scripts.get(Integer.parseInt(request.target().substring(8)));
                out.write(script.getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
                if (closes(script)) {
                    throw new InterruptedException("closes");
                }
            } else {
                TestBackend.ok(out, "answer to " + request.target());
            }
        }); Stage stage = Stage.with(backend)) {
            for (int i = 0; i < scripts.size(); i++) {
                String as = "seed " + seed + ": " + scripts.get(i).replace("\r", "\\r").replace("\n", "\\n").replace("%", "%%");
                StrictResponse.Outcome theirs = StrictResponse.read(scripts.get(i));
                // the others would be waited for, which other tests are about
                if (closes(scripts.get(i)) || theirs == StrictResponse.Outcome.SOUND) {
                    try (TestClient client = stage.client()) {
                        client.send("GET /hostile" + i + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                        String got = all(client);
                        assertThat(StrictResponse.read(got, Fields.MOST + 2).sound() && !got.contains("HTTP/1.1 502 ")).as("%s became %s; %s", theirs, got, as).isEqualTo(theirs.sound());
                    }
                }
                try (TestClient next = stage.client()) {
                    assertThat(next.get("/next" + i).text()).as(as).isEqualTo("answer to /next" + i);
                    assertThat(next.get("/again" + i).text()).as(as).isEqualTo("answer to /again" + i);
                }
            }
        }
    }

    private static boolean closes(String script) {
        return script.hashCode() % 2 == 0 || StrictResponse.read(script) == StrictResponse.Outcome.SOUND_TO_THE_END;
    }

    private static List<String> bases() {
        List<String> bases = new ArrayList<>();
        bases.addAll(ResponseHeadTest.REFUSED);
        for (String chunks : FramingTest.ACCEPTED.keySet()) {
            bases.add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        }
        for (String chunks : FramingTest.REFUSED) {
            bases.add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        }
        bases.add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        bases.add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello and more");
        bases.add("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        bases.add("HTTP/1.1 204 No Content\r\n\r\n");
        return bases;
    }

    private static String mutate(String base, RandomGenerator random) {
        int at = random.nextInt(Math.min(base.length(), 200));
        int over = random.nextInt(3);
        String what = random.nextInt(4) == 0 ? "" : ODD[random.nextInt(ODD.length)];
        return base.substring(0, at) + what + base.substring(Math.min(base.length(), at + over));
    }

    private static String answered(String response) {
        return new String(bytes(response), StandardCharsets.ISO_8859_1);
    }

    /** All that one client gets when its backend sends this and closes; then asks for something else on another connection. */
    private static byte[] bytes(String response) {
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/next")) {
                TestBackend.ok(out, "fine");
                return;
            }
            out.write(response.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            throw new InterruptedException("closes");
        }); Stage stage = Stage.with(backend); TestClient client = stage.client(); TestClient next = stage.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            byte[] all = all(client).getBytes(StandardCharsets.ISO_8859_1);
            assertThat(next.get("/next").text()).isEqualTo("fine");
            return all;
        }
    }

    private static String all(TestClient client) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            client.in().transferTo(all);
        } catch (java.net.SocketTimeoutException e) {
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            // a break, which shows
            all.writeBytes(StrictResponse.BREAK.getBytes(StandardCharsets.US_ASCII));
        }
        return StrictReader.text(all);
    }

    private static boolean joined(Thread thread) {
        try {
            return thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            return false;
        }
    }
}
