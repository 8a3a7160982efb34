package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import dev.dewpoint.host.Time;
import org.junit.jupiter.api.Test;

class EjectionTest {
    private final ManualTime time = new ManualTime();
    private final List<Ejection.Report> reports = new ArrayList<>();
    private final Ejection ejection = new Ejection(time, (_, report) -> reports.add(report));

    @Test
    void oneRefusedConnectionIsToldAtOnceAndOnce() {
        ejection.unreachable();
        ejection.unreachable();
        assertThat(reports).containsExactly(new Ejection.Report(true, "no connection can be made"));
        ejection.heard();
        ejection.unreachable();
        assertThat(reports).hasSize(2);
    }

    @Test
    void failuresInARowAreToldWithTheLastReason() {
        fail(4);
        ejection.brokeOff();
        assertThat(reports).containsExactly(new Ejection.Report(false, "5 requests in a row failed there, the last broke off"));
        ejection.heard();
        ejection.brokeOff();
        fail(3);
        assertThat(reports).hasSize(1);
        fail(1);
        assertThat(reports).hasSize(2).last().isEqualTo(new Ejection.Report(false, "5 requests in a row failed there, the last with status 503"));
    }

    @Test
    void oneGoodAnswerBetweenStartsOver() {
        for (int i = 0; i < 10; i++) {
            fail(4);
            ejection.answered(i % 2 == 0 ? 200 : 404);
        }
        assertThat(reports).isEmpty();
    }

    @Test
    void onlyFailuresOfTheLastSecondsCount() {
        for (int i = 0; i < 20; i++) {
            fail(1);
            time.advance(Duration.ofMillis(2501));
        }
        assertThat(reports).isEmpty();
        // 5 within the window, though the row began long before
        fail(4);
        assertThat(reports).hasSize(1);
    }

    @Test
    void goodAnswersLookAtNoClock() {
        Time broken = new Time() {
            @Override
            public Instant now() {
                throw new AssertionError("asked for the time");
            }

            @Override
            public long nanos() {
                throw new AssertionError("asked for the time");
            }
        };
        Ejection calm = new Ejection(broken, (_, report) -> reports.add(report));
        for (int i = 0; i < 1000; i++) {
            calm.answered(200 + i % 300);
        }
        assertThat(reports).isEmpty();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            ejection.answered(503);
        }
    }
}
