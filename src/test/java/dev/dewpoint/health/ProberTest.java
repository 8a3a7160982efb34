package dev.dewpoint.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.testing.RawServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.Queue;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class ProberTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Check.Http HEALTH = new Check.Http("/health?deep=1", 200, 299, Optional.empty());

    private final Prober prober = new Prober(Time.system());

    @Test
    void aGoodStatusIsReadyAndTheRequestSaysWhoAsks() {
        try (RawServer server = RawServer.start((_, out) -> RawServer.write(out, "HTTP/1.1 204 No Content\r\n\r\n"))) {
            Verdict verdict = prober.probe(HEALTH, address(server), LONG);
            assertThat(verdict).isInstanceOfSatisfying(Verdict.Ready.class, ready -> assertThat(ready.status()).isEqualTo("status 204"));
            assertThat(server.asked()).singleElement().satisfies(asked -> {
                assertThat(asked.method() + " " + asked.path()).isEqualTo("GET /health?deep=1");
                assertThat(asked.headers()).containsEntry("host", "127.0.0.1:" + address(server).getPort()).containsEntry("user-agent", "Dewpoint-Health").containsEntry("connection", "close");
            });
        }
    }

    @Test
    void theHostHeaderIsTheOneThatWasAskedFor() {
        try (RawServer server = RawServer.start((_, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\n\r\n"))) {
            prober.probe(new Check.Http("/", 200, 200, Optional.of("app.example.com")), address(server), LONG);
            assertThat(server.asked().getFirst().headers()).containsEntry("host", "app.example.com");
        }
    }

    @ParameterizedTest(name = "{0} → {1}")
    @CsvSource(delimiter = '|', value = {
        "HTTP/1.1 503 Service Unavailable\\r\\n\\r\\n | status 503",
        "HTTP/1.1 302 Found\\r\\nLocation: /\\r\\n\\r\\n | status 302, and redirects are not followed",
        "HTTP/1.1 199\\r\\n | it closed the connection without an answer",
        "HTTP/1.0 404\\r\\n | status 404",
        "HTTP/1.1 200 | it closed the connection without an answer",
        "'' | it closed the connection without an answer",
        "SSH-2.0-OpenSSH\\r\\n | the answer is not HTTP/1.1",
        "HTTP/1.1 2000 OK\\r\\n | the answer is not HTTP/1.1",
        "HTTP/1.1 2x0 OK\\r\\n | the answer is not HTTP/1.1",
        "HTTP/2 200\\r\\n | the answer is not HTTP/1.1",
        "HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n | status 101",
    })
    void whatElseComesBackIsUnready(String answer, String why) {
        try (RawServer server = RawServer.start((_, out) -> RawServer.write(out, answer.replace("\\r", "\r").replace("\\n", "\n")))) {
            assertThat(prober.probe(HEALTH, address(server), LONG)).isInstanceOfSatisfying(Verdict.Unready.class, unready -> {
                assertThat(unready.why()).isEqualTo(why);
                assertThat(unready.connected()).isTrue();
            });
        }
    }

    @Test
    void interimResponsesArePassedOver() {
        try (RawServer server = RawServer.start((_, out) -> RawServer.write(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))) {
            assertThat(prober.probe(HEALTH, address(server), LONG)).isInstanceOf(Verdict.Ready.class);
        }
    }

    @Test
    void endlessInterimResponsesAndLinesEnd() {
        try (RawServer hints = RawServer.start((_, out) -> forever(out, "HTTP/1.1 100 Continue\r\nX: " + "x".repeat(500) + "\r\n\r\n"));
                RawServer line = RawServer.start((_, out) -> forever(out, "HTTP/1.1 200 " + "x".repeat(500)))) {
            assertThat(why(prober.probe(HEALTH, address(hints), LONG))).isEqualTo("the answer has too many headers");
            assertThat(why(prober.probe(HEALTH, address(line), LONG))).isEqualTo("the answer is not HTTP/1.1");
        }
    }

    @Test
    void anEndlessBodyAfterAGoodStatusDoesNotHoldIt() {
        try (RawServer server = RawServer.start((_, out) -> {
            RawServer.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            forever(out, "x".repeat(4000));
        })) {
            assertThat(prober.probe(HEALTH, address(server), LONG)).isInstanceOf(Verdict.Ready.class);
        }
    }

    @Test
    void whoAcceptsAndIsSilentHasUntilTheTimeout() {
        try (RawServer server = RawServer.silent()) {
            assertThat(why(prober.probe(HEALTH, address(server), SHORT))).isEqualTo("no answer within 300ms");
            assertThat(why(prober.probe(new Check.Tcp(), address(server), SHORT))).isEqualTo("ready: accepts connections");
            assertThat(why(prober.probe(new Check.None(), address(server), SHORT))).isEqualTo("ready: not checked");
        }
    }

    @Test
    void whoDripsIsNotWaitedForLongerThanWhoIsSilent() {
        Queue<Integer> dripped = new ConcurrentLinkedQueue<>();
        CountDownLatch never = new CountDownLatch(1);
        try (RawServer server = RawServer.start((_, out) -> {
            for (char c : ("HTTP/1.1 200 " + "x".repeat(900)).toCharArray()) {
                out.write(c);
                out.flush();
                dripped.add((int) c);
                never.await(20, TimeUnit.MILLISECONDS);
            }
        })) {
            long start = System.nanoTime();
            assertThat(why(prober.probe(HEALTH, address(server), SHORT))).isEqualTo("no answer within 300ms");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(dripped).hasSizeGreaterThan(1);
        }
    }

    @Test
    void whoResetsBrokeOff() {
        try (RawServer server = RawServer.start((_, _) -> {
            throw new IOException("reset");
        })) {
            assertThat(why(prober.probe(HEALTH, address(server), LONG))).isIn("it broke the connection off");
        }
    }

    @Test
    void nobodyListens() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        for (Check check : List.of(HEALTH, new Check.Tcp())) {
            assertThat(prober.probe(check, nobody, LONG)).isInstanceOfSatisfying(Verdict.Unready.class, unready -> {
                assertThat(unready.why()).isEqualTo("connection refused");
                assertThat(unready.connected()).isFalse();
            });
        }
        assertThat(why(prober.probe(HEALTH, InetSocketAddress.createUnresolved("nowhere.invalid", 80), LONG))).isEqualTo("its name has no address");
    }

    @Test
    void anInterruptEndsItOnAVirtualThread() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (RawServer server = RawServer.start((_, _) -> {
            asked.countDown();
            new CountDownLatch(1).await();
        })) {
            CompletableFuture<Verdict> verdict = new CompletableFuture<>();
            Thread thread = Thread.ofVirtual().start(() -> verdict.complete(prober.probe(HEALTH, address(server), Duration.ofMinutes(10))));
            asked.await();
            thread.interrupt();
            assertThat(verdict.get(10, TimeUnit.SECONDS)).isInstanceOf(Verdict.Unready.class);
        }
    }

    private static void forever(OutputStream out, String text) throws IOException {
        while (true) {
            RawServer.write(out, text);
        }
    }

    private static String why(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Unready unready -> unready.why();
            case Verdict.Ready ready -> "ready: " + ready.status();
        };
    }

    private static InetSocketAddress address(RawServer server) {
        return new InetSocketAddress("127.0.0.1", server.url("/").getPort());
    }
}
