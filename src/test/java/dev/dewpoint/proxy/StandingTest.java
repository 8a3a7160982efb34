package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.health.Check;
import dev.dewpoint.testing.FlickeringBackend;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StandingTest {
    private static final Check HTTP = new Check.Http("/health", 200, 299, Optional.empty());

    private final Scene scene = new Scene();

    @AfterEach
    void close() {
        scene.close();
    }

    private List<Backend> stand(Standing... replicas) throws Exception {
        return scene.membership().stand("api", List.of(replicas)).get(20, TimeUnit.SECONDS);
    }

    private static Standing proven(String name, FlickeringBackend at) {
        return new Standing(name, at.address(), true);
    }

    @Test
    void whatHasPassedItsCheckTakesTrafficAtOnceAndWhatItReplacesLeavesSealedInTheSameStep() throws Exception {
        FlickeringBackend blue = scene.backend();
        FlickeringBackend green = scene.backend();
        scene.open(HTTP, new Upstream.Replicas("api"));
        scene.start();
        assertThat(stand(proven("blue", blue))).isEmpty();
        assertThat(scene.ready()).containsExactly("blue");
        Backend before = scene.route().live().members().getFirst();
        List<Backend> left = stand(proven("green", green));
        assertThat(left).containsExactly(before);
        assertThat(before.sealed()).isTrue();
        assertThat(scene.ready()).containsExactly("green");
        assertThat(scene.told()).doesNotContain("unready blue", "left blue");
    }

    @Test
    void whoStaysIsTheSameBackendWithItsCounts() throws Exception {
        FlickeringBackend one = scene.backend();
        FlickeringBackend two = scene.backend();
        scene.open(HTTP, new Upstream.Replicas("api"));
        scene.start();
        stand(proven("one", one));
        Backend first = scene.route().live().members().getFirst();
        assertThat(stand(proven("one", one), proven("two", two))).isEmpty();
        assertThat(scene.route().live().members()).hasSize(2).contains(first);
    }

    @Test
    void whatIsNotProvenTakesTrafficOnceItPasses() throws Exception {
        FlickeringBackend slow = scene.backend();
        slow.answers(503);
        scene.open(HTTP, new Upstream.Replicas("api"));
        scene.start();
        stand(new Standing("slow", slow.address(), false));
        scene.until("it was asked", () -> slow.asked() > 0);
        assertThat(scene.ready()).isEmpty();
        slow.answers(200);
        scene.untilChecks(slow, slow.asked() + 1);
        scene.until("it is in", () -> scene.ready().equals(List.of("slow")));
    }

    @Test
    void whatFailsItsChecksAfterwardsIsPutOut() throws Exception {
        FlickeringBackend one = scene.backend();
        FlickeringBackend two = scene.backend();
        scene.rhythm(1, 2);
        scene.open(HTTP, new Upstream.Replicas("api"));
        scene.start();
        stand(proven("one", one), proven("two", two));
        one.answers(500);
        scene.untilChecks(one, 2);
        scene.until("it is out", () -> scene.ready().equals(List.of("two")));
        assertThat(scene.told()).contains("unready one: status 500");
    }

    @Test
    void theLastOneLeavesTooIfItIsTold() throws Exception {
        FlickeringBackend last = scene.backend();
        scene.open(HTTP, new Upstream.Replicas("api"));
        scene.start();
        stand(proven("last", last));
        assertThat(stand()).hasSize(1);
        assertThat(scene.members()).isEmpty();
    }

    @Test
    void thatNobodyHasEverStoodThereIsNoFailureAndThatNobodyDoesAnyMoreIs() throws Exception {
        FlickeringBackend first = scene.backend();
        scene.open(HTTP, new Upstream.Replicas("api"));
        scene.start();
        scene.advance(Duration.ofMinutes(11));
        scene.advance(Duration.ofMinutes(2));
        assertThat(scene.told()).containsExactly("waits");
        stand();
        stand(proven("first", first));
        assertThat(scene.told()).containsExactly("waits");
        stand();
        scene.until("it is missed", () -> scene.told().contains("empty after 0s"));
    }
}
