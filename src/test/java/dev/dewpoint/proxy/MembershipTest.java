package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Check;
import dev.dewpoint.testing.RawServer;
import dev.dewpoint.testing.FlickeringBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MembershipTest {
    private static final Check HTTP = new Check.Http("/health", 200, 299, Optional.empty());
    private static final Check TCP = new Check.Tcp();
    private static final Check NONE = new Check.None();

    private final Scene scene = new Scene();

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void theStartKnowsOfEachWhetherItIsReady() throws Exception {
        FlickeringBackend good = scene.backend();
        FlickeringBackend bad = scene.backend();
        bad.answers(503);
        FlickeringBackend down = FlickeringBackend.down();
        scene.rhythm(1, 3);
        scene.open(HTTP, scene.fixed(good), scene.fixed(bad), scene.fixed(down));
        scene.begin();
        assertThat(scene.members()).containsExactly(good.name(), bad.name(), down.name());
        assertThat(scene.ready()).containsExactly(good.name());
        assertThat(scene.told()).containsExactlyInAnyOrder("ready " + good.name() + ": status 200", "unready " + bad.name() + ": status 503", "unready " + down.name() + ": connection refused");
    }

    @Test
    void whatIsNotReadyYetIsAskedAgainSoonHoweverLongTheIntervalIs() throws Exception {
        FlickeringBackend late = scene.backend();
        late.answers(503);
        scene.rhythm(Duration.ofSeconds(60), 1, 3);
        scene.open(HTTP, scene.fixed(late));
        scene.begin();
        for (int asked = 1; asked < 4; asked++) {
            scene.untilResting();
            assertThat(late.asked()).isEqualTo(asked);
            scene.advance(Duration.ofSeconds(1L << asked));
        }
        scene.untilResting();
        late.answers(200);
        scene.advance(Duration.ofSeconds(20));
        scene.until("it is in", () -> scene.ready().equals(List.of(late.name())));
        scene.untilResting();
        int before = late.asked();
        scene.advance(Duration.ofSeconds(50));
        scene.untilResting();
        assertThat(late.asked()).isEqualTo(before);
    }

    @Test
    void theStartDoesNotWaitLongerThanItMay() throws Exception {
        try (RawServer silent = RawServer.silent()) {
            scene.open(HTTP, new Upstream.Fixed("127.0.0.1", silent.url("/").getPort(), 1));
            CompletableFuture<Void> begun = scene.membership().start(Duration.ofSeconds(3));
            scene.until("it asked", () -> !silent.asked().isEmpty());
            assertThat(begun).isNotDone();
            scene.advance(Duration.ofSeconds(3));
            begun.get(20, TimeUnit.SECONDS);
            assertThat(scene.ready()).isEmpty();
            assertThat(scene.told()).containsExactly("empty after 0s");
        }
    }

    @Test
    void passesAreCountedBeforeItGetsTrafficAndFailuresBeforeItLosesIt() throws Exception {
        FlickeringBackend backend = scene.backend();
        scene.rhythm(2, 3);
        scene.open(HTTP, scene.fixed(backend));
        CompletableFuture<Void> begun = scene.membership().start(Duration.ofMinutes(1));
        scene.until("it was asked", () -> backend.asked() == 1);
        scene.untilChecks(backend, 2);
        begun.get(20, TimeUnit.SECONDS);
        assertThat(scene.ready()).containsExactly(backend.name());
        backend.answers(500);
        scene.untilChecks(backend, 4);
        assertThat(scene.ready()).containsExactly(backend.name());
        scene.untilChecks(backend, 5);
        scene.until("it is out", () -> scene.ready().isEmpty());
        backend.answers(200);
        scene.untilChecks(backend, 7);
        scene.until("it is in", () -> scene.ready().size() == 1);
        assertThat(scene.told()).containsExactly("ready " + backend.name() + ": status 200", "unready " + backend.name() + ": status 500", "empty after 0s",
                "ready " + backend.name() + ": status 200", "served again");
    }

    @Test
    void whatIsNotCheckedIsReadyAtOnceAndNeverAsked() throws Exception {
        FlickeringBackend backend = scene.backend();
        scene.open(NONE, scene.fixed(backend));
        scene.begin();
        assertThat(scene.ready()).containsExactly(backend.name());
        scene.advance(Duration.ofMinutes(5));
        assertThat(backend.asked()).isZero();
    }

    @Test
    void whoSpeaksHttp2IsOnlyAskedForAConnection() throws Exception {
        try (RawServer silent = RawServer.silent()) {
            scene.h2c();
            scene.open(HTTP, new Upstream.Fixed("127.0.0.1", silent.url("/").getPort(), 1));
            scene.begin();
            assertThat(scene.ready()).hasSize(1);
        }
    }

    @Test
    void aRefusedConnectionPutsOutAtOnceAndAPassedCheckBringsBack() throws Exception {
        FlickeringBackend a = scene.backend();
        FlickeringBackend b = scene.backend();
        scene.rhythm(Duration.ofHours(1), 1, 3);
        scene.open(TCP, scene.fixed(a), scene.fixed(b));
        scene.begin();
        a.close();
        scene.experience(a).unreachable();
        scene.until("it is told", () -> scene.told().getLast().equals("ejected " + a.name() + ": no connection can be made, for 1s"));
        assertThat(scene.ready()).containsExactly(b.name());
        a.comeUp();
        int asked = a.asked();
        scene.advance(Duration.ofMillis(999));
        assertThat(a.asked()).isEqualTo(asked);
        scene.advance(Duration.ofMillis(1));
        scene.until("it is told", () -> scene.told().getLast().equals("ready " + a.name() + ": accepts connections"));
        assertThat(scene.ready()).hasSize(2);
    }

    @Test
    void uncheckedBackendsAreProbedBackEverMoreRarely() throws Exception {
        FlickeringBackend a = scene.backend();
        FlickeringBackend b = scene.backend();
        scene.open(NONE, scene.fixed(a), scene.fixed(b));
        scene.begin();
        a.close();
        scene.experience(a).unreachable();
        scene.until("it is out", () -> scene.ready().equals(List.of(b.name())));
        scene.advance(Duration.ofSeconds(1));
        scene.untilResting();
        a.comeUp();
        scene.advance(Duration.ofMillis(1790));
        assertThat(a.asked()).isZero();
        scene.advance(Duration.ofMillis(410));
        scene.until("it is back", () -> scene.ready().size() == 2);
        for (int fault = 0; fault < Ejection.FAILURES; fault++) {
            scene.experience(a).answered(502);
        }
        scene.until("it is out again", () -> scene.ready().equals(List.of(b.name())));
        assertThat(scene.told()).last().isEqualTo("ejected " + a.name() + ": 5 requests in a row failed there, the last with status 502, for 4s");
    }

    @Test
    void theLastOneStaysInWhateverItAnswers() throws Exception {
        FlickeringBackend a = scene.backend();
        FlickeringBackend b = scene.backend();
        scene.open(NONE, scene.fixed(a), scene.fixed(b));
        scene.begin();
        scene.fail(a);
        scene.until("it is out", () -> scene.ready().equals(List.of(b.name())));
        scene.fail(b);
        scene.fail(b);
        scene.until("it is said", () -> scene.told().getLast().startsWith("kept " + b.name()));
        assertThat(scene.ready()).containsExactly(b.name());
        scene.advance(Duration.ofSeconds(1));
        scene.until("the other is back", () -> scene.ready().size() == 2);
        scene.fail(b);
        scene.until("now it may go", () -> scene.ready().equals(List.of(a.name())));
        assertThat(scene.told().stream().filter(told -> told.startsWith("kept"))).hasSize(1);
    }

    @Test
    void theLastOneGoesOnceACheckAgreesThatNobodyListens() throws Exception {
        FlickeringBackend only = scene.backend();
        scene.rhythm(Duration.ofHours(1), 1, 3);
        scene.open(TCP, scene.fixed(only));
        scene.begin();
        scene.experience(only).unreachable();
        scene.until("it was asked", () -> only.asked() == 2);
        scene.untilResting();
        assertThat(scene.ready()).containsExactly(only.name());
        only.close();
        scene.experience(only).unreachable();
        scene.until("it is out", () -> scene.ready().isEmpty());
        assertThat(scene.told()).contains("ejected " + only.name() + ": no connection can be made, and its check agrees: connection refused, for 1s");
        only.comeUp();
        scene.untilWithTime("it is back", () -> scene.ready().size() == 1);
        assertThat(scene.told()).contains("empty after 0s").endsWith("ready " + only.name() + ": accepts connections", "served again");
    }

    @Test
    void whoIsOutIsAskedAtOnceWhenNobodyIsLeft() throws Exception {
        FlickeringBackend a = scene.backend();
        FlickeringBackend b = scene.backend();
        scene.rhythm(Duration.ofHours(1), 1, 1);
        scene.open(TCP, scene.fixed(a), scene.fixed(b));
        scene.begin();
        scene.fail(a);
        scene.until("it is out", () -> scene.ready().equals(List.of(b.name())));
        b.close();
        scene.experience(b).unreachable();
        scene.until("the first serves without its rest", () -> scene.ready().equals(List.of(a.name())));
        assertThat(scene.told()).contains("empty after 0s", "served again");
    }

    @Test
    void withoutEjectionTrafficSaysNothing() throws Exception {
        FlickeringBackend a = scene.backend();
        scene.eject(false);
        scene.open(TCP, scene.fixed(a));
        scene.begin();
        assertThat(scene.route().live().members().getFirst().experience()).isSameAs(Experience.IGNORED);
    }

    @Test
    void reportsAboutWhoHasLeftAreHarmless() throws Exception {
        FlickeringBackend a = scene.backend();
        scene.names.put("api", "127.0.0.1", "127.0.0.2");
        scene.open(NONE, new Upstream.Named("api", a.port(), 1));
        scene.begin();
        Backend leaving = scene.route().live().members().get(1);
        scene.names.put("api", "127.0.0.1");
        scene.advance(Duration.ofSeconds(10));
        scene.until("it has left", () -> scene.members().size() == 1);
        leaving.experience().unreachable();
        for (int i = 0; i < 10; i++) {
            leaving.experience().brokeOff();
        }
        scene.settle();
        assertThat(scene.ready()).containsExactly(a.name());
        assertThat(scene.told()).containsExactly("joined 127.0.0.1:" + a.port(), "joined 127.0.0.2:" + a.port(), "left 127.0.0.2:" + a.port());
    }

    @Test
    void anEmptyRouteIsTalkedOfEachMinute() throws Exception {
        scene.rhythm(Duration.ofHours(9), 1, 1);
        scene.open(TCP, scene.fixed(FlickeringBackend.down()));
        scene.begin();
        scene.until("it is said", () -> scene.told().contains("empty after 0s"));
        scene.advance(Duration.ofSeconds(59));
        scene.settle();
        scene.advance(Duration.ofSeconds(1));
        scene.until("it is said again", () -> scene.told().getLast().equals("empty after 60s"));
        assertThat(scene.told()).hasSize(3);
    }

    @Test
    void anObserverThatFailsStopsNothing() throws Exception {
        FlickeringBackend a = scene.backend();
        scene.failing(new Failure(Failure.Kind.BUG, "listen", "it is broken"));
        scene.rhythm(1, 1);
        scene.open(TCP, scene.fixed(a));
        scene.membership().start(Duration.ofSeconds(5));
        scene.until("it is ready all the same", () -> scene.ready().size() == 1);
        a.close();
        scene.untilWithTime("it is out all the same", () -> scene.ready().isEmpty());
    }

    @Test
    void closingEndsItsThreadsAndLeavesTheRouteAsItIs() throws Exception {
        try (RawServer silent = RawServer.silent()) {
            FlickeringBackend good = scene.backend();
            scene.open(TCP, scene.fixed(good));
            scene.begin();
            Scene other = new Scene();
            other.open(HTTP, new Upstream.Fixed("127.0.0.1", silent.url("/").getPort(), 1));
            CompletableFuture<Void> begun = other.membership().start(Duration.ofMinutes(5));
            scene.until("it asked", () -> !silent.asked().isEmpty());
            other.close();
            begun.get(20, TimeUnit.SECONDS);
            scene.until("the check was cut short", other.membership()::rests);
            scene.membership().close();
            scene.membership().close();
            scene.time.advance(Duration.ofHours(1));
            scene.experience(good).unreachable();
            assertThat(scene.ready()).containsExactly(good.name());
            scene.until("it was asked", () -> good.asked() == 1);
        }
    }

    @Test
    void somebodyAlwaysStaysInHoweverManyFailAtOnce() throws Exception {
        FlickeringBackend[] all = {scene.backend(), scene.backend(), scene.backend(), scene.backend()};
        scene.open(NONE, scene.fixed(all[0]), scene.fixed(all[1]), scene.fixed(all[2]), scene.fixed(all[3]));
        scene.begin();
        AtomicInteger empty = new AtomicInteger();
        AtomicInteger fewest = new AtomicInteger(all.length);
        AtomicInteger changes = new AtomicInteger();
        scene.route().onChange(() -> {
            int ready = scene.ready().size();
            fewest.accumulateAndGet(ready, Math::min);
            changes.incrementAndGet();
            if (ready == 0) {
                empty.incrementAndGet();
            }
        });
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> traffic = new ArrayList<>();
        for (FlickeringBackend each : all) {
            Experience experience = scene.experience(each);
            traffic.add(Thread.ofPlatform().daemon().start(() -> {
                while (!over.get()) {
                    experience.answered(500);
                    experience.brokeOff();
                    Thread.yield();
                }
            }));
        }
        scene.untilWithTime("many went out and came back", () -> changes.get() > 40);
        over.set(true);
        for (Thread thread : traffic) {
            thread.join();
        }
        assertThat(empty).hasValue(0);
        assertThat(fewest).hasValue(1);
        assertThat(scene.told()).noneMatch(told -> told.startsWith("empty")).anyMatch(told -> told.startsWith("kept"));
        scene.untilWithTime("all are back", () -> scene.ready().size() == all.length);
    }
}
