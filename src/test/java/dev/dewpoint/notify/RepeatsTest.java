package dev.dewpoint.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepeatsTest {
    private static final Telling SILENT = new Telling.Silent();
    private static final Telling PLAIN = new Telling.Plain();

    private final ManualTime time = new ManualTime();
    private final Story story = new Story(time);
    private Repeats repeats = new Repeats(Map.of());

    @TempDir
    Path directory;

    @Test
    void aHiccupOfTheRegistryPingsNobody() {
        assertThat(poll(1, Failure.Kind.UNREACHABLE)).isEqualTo(SILENT);
        assertThat(poll(2, Failure.Kind.TIMED_OUT)).isEqualTo(SILENT);
        assertThat(repeats.judge(story.pollRecovered(2, ManualTime.START))).isEqualTo(SILENT);
    }

    @Test
    void theThirdFailureInARowIsTold() {
        poll(1, Failure.Kind.UNREACHABLE);
        poll(2, Failure.Kind.UNREACHABLE);
        assertThat(poll(3, Failure.Kind.UNREACHABLE)).isEqualTo(new Telling.Again(3, ManualTime.START));
        assertThat(repeats.judge(story.pollRecovered(3, ManualTime.START))).isEqualTo(new Telling.Recovered(3, ManualTime.START));
    }

    @Test
    void slowPollsAreToldAfterTwoMinutes() {
        poll(1, Failure.Kind.UNREACHABLE);
        time.advance(Duration.ofMinutes(10));
        assertThat(poll(2, Failure.Kind.UNREACHABLE)).isEqualTo(new Telling.Again(2, ManualTime.START));
    }

    @Test
    void whatDoesNotPassByItselfIsToldAtOnce() {
        assertThat(poll(1, Failure.Kind.DENIED)).isEqualTo(PLAIN);
        assertThat(poll(2, Failure.Kind.DENIED)).isEqualTo(SILENT);
        assertThat(poll(3, Failure.Kind.EXHAUSTED)).as("another reason").isInstanceOf(Telling.Again.class);
        assertThat(poll(4, Failure.Kind.DENIED)).as("a known one").isEqualTo(SILENT);
    }

    @Test
    void w51TwoHundredFortyFailingPollsMakeFewMessagesAndARecovery() {
        List<Duration> told = new ArrayList<>();
        for (int i = 1; i <= 240; i++) {
            if (!poll(i, i % 2 == 0 ? Failure.Kind.UNREACHABLE : Failure.Kind.LIMITED).equals(SILENT)) {
                told.add(Duration.between(ManualTime.START, time.now()));
            }
            time.advance(Duration.ofMinutes(5));
        }
        assertThat(told).containsExactly(Duration.ofMinutes(5), Duration.ofMinutes(65), Duration.ofMinutes(425));
        assertThat(repeats.judge(story.pollRecovered(240, ManualTime.START))).isEqualTo(new Telling.Recovered(240, ManualTime.START));
        assertThat(repeats.streaks()).hasSize(1);
    }

    @Test
    void remindersBecomeDaily() {
        List<Duration> told = new ArrayList<>();
        for (int i = 1; i <= 24 * 12 * 4; i++) {
            if (!poll(i, Failure.Kind.DENIED).equals(SILENT)) {
                told.add(Duration.between(ManualTime.START, time.now()));
            }
            time.advance(Duration.ofMinutes(5));
        }
        assertThat(told).containsExactly(Duration.ZERO, Duration.ofHours(1), Duration.ofHours(7), Duration.ofHours(31), Duration.ofHours(55), Duration.ofHours(79));
    }

    @Test
    void aRegistryThatComesAndGoesIsToldOnce() {
        int told = 0;
        for (int i = 0; i < 200; i++) {
            told += poll(1, Failure.Kind.DENIED).equals(SILENT) ? 0 : 1;
            time.advance(Duration.ofSeconds(10));
            told += repeats.judge(story.pollRecovered(1, time.now())).equals(SILENT) ? 0 : 1;
            time.advance(Duration.ofSeconds(10));
        }
        assertThat(told).as("one failure, one recovery").isEqualTo(2);
        time.advance(Duration.ofMinutes(11));
        assertThat(poll(1, Failure.Kind.DENIED)).as("it had been calm").isEqualTo(PLAIN);
    }

    @Test
    void aFailureThatRestartedWithTheAgentIsStillRecoveredFrom() throws Exception {
        poll(1, Failure.Kind.DENIED);
        poll(2, Failure.Kind.DENIED);
        restart();
        assertThat(repeats.pollsAgain(story.agentStarted())).isEqualTo(SILENT);
        assertThat(repeats.pollsAgain(story.skipped())).isEqualTo(new Telling.Recovered(2, ManualTime.START));
        assertThat(repeats.pollsAgain(story.skipped())).isEqualTo(SILENT);
    }

    @Test
    void remindersKeepTheirTimeOverARestart() throws Exception {
        poll(1, Failure.Kind.DENIED);
        restart();
        assertThat(poll(1, Failure.Kind.DENIED)).isEqualTo(SILENT);
        time.advance(Duration.ofHours(1));
        assertThat(poll(2, Failure.Kind.DENIED)).isEqualTo(new Telling.Again(3, ManualTime.START));
        assertThat(repeats.pollsAgain(story.skipped())).as("known in this run: the loop says when it is over").isEqualTo(SILENT);
    }

    @Test
    void theSameFailureOfAReleaseIsRemindedOfAndItsStepsAreNotToldAgain() throws Exception {
        assertThat(tell(story.started("a1"))).isEqualTo(PLAIN);
        assertThat(tell(story.fetched("a1"))).isEqualTo(PLAIN);
        assertThat(tell(story.failed("a1", Failure.Kind.EXHAUSTED, "disk full", 1))).isEqualTo(PLAIN);
        int told = 0;
        for (int i = 2; i <= 200; i++) {
            time.advance(Duration.ofMinutes(5));
            if (i == 100) {
                restart();
            }
            assertThat(tell(story.started("a" + i))).isEqualTo(SILENT);
            assertThat(tell(story.fetched("a" + i))).isEqualTo(SILENT);
            told += tell(story.failed("a" + i, Failure.Kind.EXHAUSTED, "disk full", i)).equals(SILENT) ? 0 : 1;
        }
        assertThat(told).as("16.5 hours").isEqualTo(2);
        assertThat(tell(story.failed("a201", Failure.Kind.CORRUPT, "wrong digest", 201))).as("another reason").isEqualTo(new Telling.Again(201, ManualTime.START));
        assertThat(tell(story.deployed("a202"))).isEqualTo(new Telling.Recovered(201, ManualTime.START));
        assertThat(tell(story.started("a203"))).isEqualTo(PLAIN);
    }

    @Test
    void aNewReleaseOrAReplacedArtifactIsToldFromTheBeginning() {
        tell(story.failed("a1", Failure.Kind.CORRUPT, "x", 1));
        tell(story.failed("a2", Failure.Kind.CORRUPT, "x", 2));
        assertThat(tell(story.failed("a3", Failure.Kind.CORRUPT, "x", 1))).as("the count began anew").isEqualTo(PLAIN);
        assertThat(tell(new Event.AttemptStarted(story.attempt("b", "v1.2.2", "v1.2.4"), time.now(), Optional.empty()))).isEqualTo(PLAIN);
    }

    @Test
    void refusedIsToldEveryTimeItIsDecided() {
        tell(story.failed("a1", Failure.Kind.CORRUPT, "x", 1));
        tell(story.failed("a2", Failure.Kind.CORRUPT, "x", 2));
        assertThat(tell(story.ended("a3", new Outcome.Refused("x"), 3))).isEqualTo(PLAIN);
    }

    @Test
    void anArtifactThatIsWrittenForHoursIsToldOnce() {
        int told = 0;
        for (int i = 1; i < 100; i++) {
            told += tell(story.started("a" + i)).equals(SILENT) ? 0 : 1;
            told += tell(story.ended("a" + i, new Outcome.Deferred("still being written"), 0)).equals(SILENT) ? 0 : 1;
            time.advance(Duration.ofSeconds(10));
        }
        assertThat(told).as("two starts, one end").isEqualTo(3);
        assertThat(tell(story.deployed("a100"))).as("nothing had failed").isEqualTo(PLAIN);
    }

    @Test
    void anAgentThatCrashesAllTheTimeTellsItsStartsRarely() throws Exception {
        int told = 0;
        for (int i = 0; i < 500; i++) {
            told += tell(story.agentStarted()).equals(SILENT) ? 0 : 1;
            told += i % 2 == 0 && !tell(story.agentStopped()).equals(SILENT) ? 1 : 0;
            restart();
            time.advance(Duration.ofSeconds(10));
        }
        assertThat(told).isBetween(3, 8);
    }

    @Test
    void theSameRemarkIsNotMadeEveryPoll() {
        assertThat(tell(story.remarked("the ledger is not on disk yet: 4096 bytes missing"))).isEqualTo(PLAIN);
        assertThat(tell(story.remarked("the ledger is not on disk yet: 8192 bytes missing"))).isEqualTo(SILENT);
        assertThat(tell(story.remarked("something else"))).isEqualTo(PLAIN);
        assertThat(tell(new Event.Remarked("shop", time.now(), "by the way", Event.Weight.WARNING))).isEqualTo(SILENT);
    }

    @Test
    void aWallClockThatIsSetBackDoesNotSilenceReminders() {
        tell(story.failed("a1", Failure.Kind.EXHAUSTED, "x", 1));
        time.setWallClock(Instant.parse("1990-01-01T00:00:00Z"));
        assertThat(tell(story.failed("a2", Failure.Kind.EXHAUSTED, "x", 2))).isInstanceOf(Telling.Again.class);
        assertThat(tell(story.failed("a3", Failure.Kind.EXHAUSTED, "x", 3))).isEqualTo(SILENT);
    }

    @Test
    void whatIsRememberedIsBounded() {
        Seeds.each(3, random -> {
            Repeats many = new Repeats(Map.of());
            for (int i = 0; i < 2000; i++) {
                many.judge(new Event.Remarked("shop", time.now(), "remark " + Long.toString(random.nextLong(1L << 40, 1L << 60), 36), Event.Weight.ALERT));
            }
            assertThat(many.streaks()).hasSizeLessThanOrEqualTo(100);
        });
    }

    private Telling poll(int inARow, Failure.Kind kind) {
        return repeats.judge(story.pollFailed(inARow, time.now(), kind));
    }

    private Telling tell(Event event) {
        return repeats.judge(event);
    }

    private void restart() throws Exception {
        RepeatsFile file = new RepeatsFile(directory);
        file.write(repeats);
        repeats = file.read();
    }
}
