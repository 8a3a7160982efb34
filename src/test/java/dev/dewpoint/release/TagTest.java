package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dewpoint.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import java.util.List;

class TagTest {
    /** H01 to H14. */
    static final List<String> HOSTILE = List.of("v1.0.0;touch /tmp/p", "`id`", "$(id)", "v1\n2", "-v", "--help", "v1.0.0 && x", "%n", "${jndi:x}", "'\"", "../../etc",
            "v".repeat(4096), "v1.0.0\uD83D\uDE80", "v1.0.0\0");

    @ParameterizedTest
    @FieldSource("HOSTILE")
    void hostileTextIsNeverATag(String text) {
        assertThat(Tag.parse(text)).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> new Tag(text)).withMessageNotContaining(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "v1.0.0\n", "\nv1.0.0", " v1.0.0", "v1.0.0 ", ".", "..", ".hidden", "_v1", "+blue", "v1/2", "v1\\2", "a:b", "\u0661.0.0", "\uFF11.0.0", "v1.0.0\u0000", "v1.0\u202e.0", "a=b"})
    void otherTextIsNoTagEither(String text) {
        assertThat(Tag.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.0.0", "1.2.3-rc.1+blue", "nightly", "0", "release-2024_01", "a..b"})
    void aTagIsKeptAsPublished(String text) {
        assertThat(Tag.parse(text).orElseThrow()).hasToString(text);
    }

    @Test
    void aTagHasAtMost255Characters() {
        assertThat(Tag.parse("1".repeat(255))).isPresent();
        assertThat(Tag.parse("1".repeat(256))).isEmpty();
    }

    @Test
    void oneForeignCharacterAnywhereRefusesTheWhole() {
        Seeds.each(2000, random -> {
            StringBuilder text = new StringBuilder("v1.20.3-rc.1+blue");
            char foreign = (char) random.nextInt(0x10000);
            boolean allowed = foreign < 128 && (Character.isLetterOrDigit(foreign) || "._+-".indexOf(foreign) >= 0);
            text.insert(1 + random.nextInt(text.length()), foreign);
            assertThat(Tag.parse(text.toString()).isPresent()).as("U+%04X", (int) foreign).isEqualTo(allowed);
        });
    }
}
