package dev.dewpoint.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadinessTest {
    private static final Check TCP = new Check.Tcp();

    /** Verdicts: + passed, - failed. Expected: what it is after each, R ready, . not. */
    @ParameterizedTest(name = "rise {0}, fall {1}: {2} makes {3}")
    @CsvSource({
        "1, 1, +-+-,         R.R.",
        "1, 3, +--+---,      RRRRRR.",
        "1, 3, +---+,        RRR.R",
        "2, 1, ++-+-++,      .R....R",
        "3, 2, ++-+++-+--,   .....RRRR.",
        "2, 2, ----++--,     .....RR.",
        "1, 3, -+,           .R",
        "2, 3, +-+-+-++,     .......R",
    })
    void thresholdsCountInARow(int rise, int fall, String verdicts, String expected) {
        Readiness readiness = Readiness.unknown(TCP, rhythm(rise, fall));
        assertThat(readiness.ready()).isFalse();
        StringBuilder seen = new StringBuilder();
        for (char verdict : verdicts.toCharArray()) {
            readiness = readiness.after(verdict(verdict == '+'));
            seen.append(readiness.ready() ? 'R' : '.');
        }
        assertThat(seen.toString()).isEqualTo(expected);
    }

    @Test
    void whatIsNotCheckedIsReadyAtOnce() {
        assertThat(Readiness.unknown(new Check.None(), rhythm(3, 3)).ready()).isTrue();
        assertThat(Readiness.unknown(new Check.None(), rhythm(3, 3)).lost().after(verdict(true)).ready()).isTrue();
    }

    @Test
    void whatIsLostNeedsAllPassesAgain() {
        Readiness lost = Readiness.unknown(TCP, rhythm(2, 3)).after(verdict(true)).after(verdict(true)).lost();
        assertThat(lost.ready()).isFalse();
        assertThat(lost.after(verdict(true)).ready()).isFalse();
        assertThat(lost.after(verdict(true)).after(verdict(true)).ready()).isTrue();
    }

    @Test
    void itTurnsExactlyWhenTheLastVerdictsAllSayOtherwise() {
        Seeds.each(300, random -> {
            int rise = 1 + random.nextInt(4);
            int fall = 1 + random.nextInt(4);
            Readiness readiness = Readiness.unknown(TCP, rhythm(rise, fall));
            List<Boolean> since = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                boolean good = random.nextInt(3) > 0;
                boolean before = readiness.ready();
                since.add(good);
                readiness = readiness.after(verdict(good));
                int needed = before ? fall : rise;
                List<Boolean> last = since.subList(Math.max(0, since.size() - needed), since.size());
                boolean turns = last.size() == needed && last.stream().noneMatch(said -> said == before);
                assertThat(readiness.ready() != before).as("after %s with rise %s, fall %s", since, rise, fall).isEqualTo(turns);
                if (turns) {
                    since.clear();
                }
            }
        });
    }

    @Test
    void thresholdsBelowOneAreNone() {
        assertThatThrownBy(() -> Readiness.unknown(TCP, rhythm(0, 1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Readiness.unknown(new Check.Http("/", 200, 299, Optional.empty()), rhythm(1, 0))).isInstanceOf(IllegalArgumentException.class);
    }

    private static Rhythm rhythm(int rise, int fall) {
        return new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(1), rise, fall);
    }

    private static Verdict verdict(boolean good) {
        return good ? new Verdict.Ready("status 200", Duration.ZERO) : new Verdict.Unready("status 503", true, Duration.ZERO);
    }
}
