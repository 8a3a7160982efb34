package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Backends die without a word while everybody is asking. What may be asked again is, and nobody notices. */
class RandomKillsIT {
    private static final int KILLS = Boolean.getBoolean("dewpoint.soak") ? 500 : 40;
    private static final int BETWEEN_KILLS = 200;
    private static final int CLIENTS = 32;

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Semaphore progress = new Semaphore(0);
    private final AtomicBoolean on = new AtomicBoolean(true);
    private final AtomicInteger lostPosts = new AtomicInteger();

    @Test
    @Timeout(600)
    void whatMayBeAskedAgainNeverFailsAndPostsAreNeverDoubled() throws Exception {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        List<TestBackend> all = new ArrayList<>();
        List<TestBackend> alive = new ArrayList<>();
        try (Stage stage = Stage.with()) {
            for (int i = 0; i < 4; i++) {
                alive.add(TestBackend.saying("x"));
            }
            all.addAll(alive);
            List<Backend> members = new ArrayList<>(alive.stream().map(TestBackend::backend).toList());
            stage.route().publish(members);
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                clients.add(Thread.ofVirtual().start(() -> ask(stage, number)));
            }
            for (int kill = 0; kill < KILLS && failures.isEmpty(); kill++) {
                assertThat(progress.tryAcquire(BETWEEN_KILLS, 60, TimeUnit.SECONDS)).as("requests go on").isTrue();
                progress.drainPermits();
                int victim = random.nextInt(alive.size());
                alive.get(victim).close();
                TestBackend fresh = TestBackend.saying("x");
                all.add(fresh);
                alive.set(victim, fresh);
                assertThat(progress.tryAcquire(BETWEEN_KILLS, 60, TimeUnit.SECONDS)).as("requests go on").isTrue();
                members.set(victim, fresh.backend());
                stage.route().publish(members);
            }
            on.set(false);
            for (Thread client : clients) {
                client.join();
            }
            assertThat(failures).isEmpty();
            List<String> posts = all.stream().flatMap(backend -> backend.requests().stream()).filter(request -> request.method().equals("POST")).map(TestBackend.Request::text).toList();
            assertThat(posts).as("posts, of which " + lostPosts.get() + " got 502").doesNotHaveDuplicates().isNotEmpty();
        } finally {
            all.forEach(TestBackend::close);
        }
    }

    private void ask(Stage stage, int number) {
        int sent = 0;
        while (on.get() && failures.isEmpty()) {
            try (TestClient client = stage.client()) {
                for (int i = 0; i < 100 && on.get(); i++) {
                    if (!one(client, number, sent++)) {
                        break;
                    }
                    progress.release();
                }
            } catch (RuntimeException e) {
                failures.add("client " + number + ": " + e);
            }
        }
    }

    /** Whether the connection goes on. */
    private boolean one(TestClient client, int number, int sent) {
        if (number % 4 == 3) {
            String body = number + "/" + sent;
            TestClient.Response response = client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).response();
            if (response.status() == 502) {
                // it may have been executed: nobody but the client may repeat it
                lostPosts.incrementAndGet();
            } else if (response.status() != 200) {
                failures.add("POST: " + response.status());
            }
            return response.header("Connection").isEmpty();
        }
        TestClient.Response response = number % 4 == 2 ? client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").response() : client.get("/");
        if (response.status() != 200 || !response.text().equals("x")) {
            failures.add(response.status() + " " + response.text());
        }
        return true;
    }
}
