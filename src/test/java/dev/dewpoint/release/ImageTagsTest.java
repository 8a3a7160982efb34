package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions in a grammar without a plus. */
class ImageTagsTest {
    private static final VersionOrder ORDER = VersionOrder.semver().inImageTags(Optional.empty());

    @ParameterizedTest
    @CsvSource({"v1.2.0_blue, '', blue", "1.2.0-rc.1_blue.7, rc.1, blue.7", "v1.2.0, '', ''", "v1.2.0-rc.1, rc.1, ''", "v1.2.0+blue, '', blue"})
    void anUnderscoreStandsForThePlus(String tag, String preRelease, String build) {
        Version version = ORDER.parse(new Tag(tag)).orElseThrow();
        assertThat(version.tag().text()).as("as it was published").isEqualTo(tag);
        assertThat(version.preRelease()).isEqualTo(preRelease);
        assertThat(version.build()).isEqualTo(build);
    }

    @ParameterizedTest
    @ValueSource(strings = {"latest", "v1.2", "v1.2.0_", "v1.2.0_a_b", "_v1.2.0x", "v1_2_0", "sha256-abc.sig"})
    void whatIsNoVersionStaysNone(String tag) {
        assertThat(Tag.parse(tag).flatMap(ORDER::parse)).isEmpty();
    }

    @Test
    void elsewhereAnUnderscoreMeansNothing() {
        assertThat(VersionOrder.semver().parse(new Tag("v1.2.0_rc1"))).isEmpty();
    }

    @Test
    void aCalendarVersionKeepsTheUnderscoresOfItsFormat() {
        VersionOrder order = VersionOrder.calver("YYYY_0M").inImageTags(Optional.empty());
        assertThat(order.parse(new Tag("2026_01")).orElseThrow().slot()).isEmpty();
        assertThat(order.parse(new Tag("2026_01_blue")).orElseThrow().slot()).contains("blue");
        assertThat(order.width()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"{version}-{slot}, v1.2.0-blue, blue", "{version}-{slot}, v1.2.0-rc.1-blue, blue", "{slot}-{version}, blue-v1.2.0, blue", "app.{version}_{slot}_x, app.v1.2.0_green_x, green"})
    void thePatternSaysWhereTheSlotStands(String pattern, String tag, String slot) {
        VersionOrder order = VersionOrder.semver().inImageTags(Optional.of(new SlotPattern(pattern)));
        assertThat(order.parse(new Tag(tag)).orElseThrow().slot()).contains(slot);
        assertThat(order.parse(new Tag("v1.2.0"))).as("no slot, no version").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{version}", "{slot}", "{version}{slot}", "{slot}{version}", "{version}-{slot}-{slot}", "{version}-{slot}-{version}", "{version}+{slot}", "{version}.*{slot}", "(a+)+{version}-{slot}"})
    void aPatternHoldsBothOnceAndNothingStrange(String pattern) {
        assertThatThrownBy(() -> new SlotPattern(pattern)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("{version}-{slot}");
    }

    @Test
    void aSlotIsChosenAmongImagesAsElsewhere() {
        Selection selection = new Selection(ORDER, false, Optional.of("blue"), Optional.empty());
        List<Candidate> listing = List.of("v1.1.0_blue", "v1.2.0_green", "v1.0.0_blue", "v2.0.0").stream().map(tag -> new Candidate(new Tag(tag), Optional.empty(), false)).toList();
        assertThat(selection.newest(listing).orElseThrow().tag().text()).isEqualTo("v1.1.0_blue");
    }
}
