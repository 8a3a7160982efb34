package dev.dewpoint.proxy.http2;

import static dev.dewpoint.proxy.http2.Clients.clearTo;
import static dev.dewpoint.proxy.http2.Clients.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.testing.NoLeaks;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Many streams on one connection: what goes wrong with one is no matter of the others, and nothing is lost or done twice. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class SharedConnectionTest {
    @TempDir
    private static Path folder;
    private static Clients clients;
    private static HttpClient client;
    private static OkHttpClient clear;

    @BeforeAll
    static void prepare() throws Exception {
        clients = Clients.make(folder);
        client = clients.secure();
        clear = clients.clear();
    }

    @AfterAll
    static void end() {
        clients.close();
    }

    private static UnaryOperator<RouteOptions> limits(long body, Duration answer) {
        return o -> new RouteOptions(o.strip(), o.host(), o.h2c(), o.health(), o.names(), new RouteOptions.Limits(body, o.limits().connect(), answer, o.limits().idle(), o.limits().tunnelIdle()), o.hold(), o.drainTime());
    }

    @Test
    void manyStreamsShareAConnectionWithoutMixing() throws Exception {
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.target() + "x".repeat(20_000))); Stage stage = clients.stage(backend)) {
            client.send(to(stage, "/").build(), BodyHandlers.ofString());
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                answers.add(client.sendAsync(to(stage, "/" + i).build(), BodyHandlers.ofString()));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(answers.get(i).get(20, TimeUnit.SECONDS).body()).startsWith("/" + i + "x").hasSize(20_001 + String.valueOf(i).length());
            }
            assertThat(stage.gateway().connections()).isEqualTo(1);
        }
    }

    @Test
    void anAnswerThatDoesNotComeCostsNoOtherStream() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/never")) {
                over.await();
            }
            TestBackend.ok(out, "fine");
        }); Stage stage = clients.stage(limits(-1, Duration.ofMillis(300)), backend)) {
            CompletableFuture<HttpResponse<String>> never = client.sendAsync(to(stage, "/never").build(), BodyHandlers.ofString());
            assertThat(never.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(504);
            over.countDown();
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(to(stage, "/").build(), BodyHandlers.ofString()).body()).isEqualTo("fine");
            }
            assertThat(stage.gateway().connections()).isEqualTo(1);
        }
    }

    @Test
    void tooLargeABodyIsRefusedAndTheConnectionStays() throws Exception {
        try (TestBackend backend = TestBackend.saying("x"); Stage stage = clients.stage(limits(1000, Duration.ofSeconds(10)), backend)) {
            assertThat(client.send(to(stage, "/").POST(HttpRequest.BodyPublishers.ofByteArray(new byte[2000])).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(413);
            assertThat(client.send(to(stage, "/").build(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            assertThat(stage.gateway().connections()).isEqualTo(1);
        }
    }

    @Test
    void aRequestThatIsTakenBackIsTakenBackFromTheBackend() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.headsOnly((_, in, _) -> {
            begun.countDown();
            if (in.read() < 0) {
                seen.countDown();
            }
            throw new InterruptedException();
        }); Stage stage = Stage.with(backend)) {
            okhttp3.Call call = clear.newCall(clearTo(stage, "/").build());
            Thread calling = Thread.ofVirtual().start(() -> {
                try (Response _ = call.execute()) {
                    // nothing to read
                } catch (IOException e) {
                    // taken back
                }
            });
            begun.await();
            call.cancel();
            assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
            calling.join();
            stage.awaitNothingInFlight();
        }
    }

    @Test
    void aResponseThatBreaksOffIsNotTakenForWhole() throws Exception {
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf");
            throw new IOException();
        }); Stage stage = Stage.with(backend)) {
            assertThatThrownBy(() -> {
                try (Response response = clear.newCall(clearTo(stage, "/").build()).execute()) {
                    response.body().string();
                }
            }).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aRefusingBackendCostsNobodyARequest() throws Exception {
        try (TestBackend dead = TestBackend.saying("dead"); TestBackend alive = TestBackend.saying("alive"); Stage stage = clients.stage(dead, alive)) {
            dead.close();
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(to(stage, "/").build(), BodyHandlers.ofString()).body()).isEqualTo("alive");
                assertThat(client.send(to(stage, "/").POST(HttpRequest.BodyPublishers.ofString("hi")).build(), BodyHandlers.ofString()).body()).isEqualTo("alive");
            }
        }
    }

    @Test
    void whatMayHaveBeenDoneIsNotDoneAgain() throws Exception {
        AtomicInteger posts = new AtomicInteger();
        TestBackend.Script dies = (request, _, out) -> {
            if (request.method().equals("POST")) {
                posts.incrementAndGet();
            }
            throw new IOException();
        };
        try (TestBackend a = TestBackend.start(dies); TestBackend b = TestBackend.start(dies); Stage stage = clients.stage(a, b)) {
            assertThat(client.send(to(stage, "/").POST(HttpRequest.BodyPublishers.ofString("hi")).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(502);
            assertThat(posts).hasValue(1);
            assertThat(client.send(to(stage, "/").build(), BodyHandlers.ofString()).statusCode()).isEqualTo(502);
            assertThat(a.requests().size() + b.requests().size()).isEqualTo(3);
        }
    }

    @Test
    void swapsUnderLoadLoseNothing() throws Exception {
        List<String> failures = new CopyOnWriteArrayList<>();
        AtomicInteger served = new AtomicInteger();
        Semaphore progress = new Semaphore(0);
        TestBackend first = TestBackend.saying("x");
        try (Stage stage = clients.stage(first)) {
            CountDownLatch stop = new CountDownLatch(1);
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                boolean posts = i % 2 == 0;
                clients.add(Thread.ofVirtual().start(() -> {
                    while (stop.getCount() > 0 && failures.isEmpty()) {
                        try {
                            HttpRequest request = posts ? to(stage, "/").POST(HttpRequest.BodyPublishers.ofString("hi")).build() : to(stage, "/").build();
                            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                            if (response.statusCode() != 200 || !response.body().equals("x")) {
                                failures.add(response.statusCode() + " " + response.body());
                            }
                            served.incrementAndGet();
                        } catch (IOException | InterruptedException e) {
                            failures.add(e.toString());
                        }
                        progress.release();
                    }
                }));
            }
            TestBackend before = first;
            for (int swap = 0; swap < 20; swap++) {
                assertThat(progress.tryAcquire(20, 20, TimeUnit.SECONDS)).as("progress; failures: %s", failures).isTrue();
                TestBackend next = TestBackend.saying("x");
                List<Backend> gone = stage.route().publish(List.of(next.backend()));
                gone.getFirst().seal().get(10, TimeUnit.SECONDS);
                before.close();
                before = next;
            }
            stop.countDown();
            for (Thread thread : clients) {
                thread.join();
            }
            before.close();
        }
        assertThat(failures).isEmpty();
        assertThat(served.get()).isGreaterThan(300);
    }

    @Test
    void whatIsInFlightMayEndWhenTheGatewayCloses() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        try (TestBackend backend = TestBackend.start((_, _, out) -> {
            begun.countDown();
            finish.await();
            TestBackend.ok(out, "late");
        }); Stage stage = clients.stage(backend)) {
            CompletableFuture<HttpResponse<String>> late = client.sendAsync(to(stage, "/").build(), BodyHandlers.ofString());
            begun.await();
            Thread closing = Thread.ofVirtual().start(() -> {
                try {
                    stage.gateway().close(Duration.ofSeconds(10), dev.dewpoint.host.Time.system());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            finish.countDown();
            assertThat(late.get(10, TimeUnit.SECONDS).body()).isEqualTo("late");
            assertThat(closing.join(Duration.ofSeconds(8))).isTrue();
        }
    }
}
