package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.testing.Vectors;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CalVerTest {
    private static final Vectors VECTORS = Vectors.of("calver.json");

    static Stream<JsonNode> formats() {
        return VECTORS.block("format_valid");
    }

    static Stream<JsonNode> parse() {
        return Stream.concat(VECTORS.block("parse"), VECTORS.block("derived_parse"));
    }

    static Stream<JsonNode> compare() {
        return VECTORS.block("compare_sign");
    }

    static Stream<JsonNode> slots() {
        return VECTORS.block("derived_extract_slot");
    }

    @ParameterizedTest
    @MethodSource("formats")
    void aFormatIsAcceptedOrTheMessageSaysWhatIsAllowed(JsonNode vector) {
        String format = vector.get("format").asText();
        if (vector.get("ok").asBoolean()) {
            assertThat(VersionOrder.calver(format)).isEqualTo(VersionOrder.calver(format));
        } else {
            assertThatIllegalArgumentException().isThrownBy(() -> VersionOrder.calver(format))
                    .withMessageContaining("\"" + format + "\"").withMessageContaining("YYYY, YY, 0Y, MM, 0M, WW, 0W, DD, 0D and MICRO");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"YYYY/MM", "YYYY MM", "YYYY+MM", "YYYY.MICROMICRO", "MICRODD", "YYYY.ü"})
    void aFormatThatNoTagCanHaveOrThatIsAmbiguousIsRefused(String format) {
        assertThatIllegalArgumentException().isThrownBy(() -> VersionOrder.calver(format));
    }

    @ParameterizedTest
    @MethodSource("parse")
    void isReadAsTheVectorsSay(JsonNode vector) {
        Optional<Version> version = VersionOrder.calver(vector.get("format").asText()).parse(new Tag(vector.get("in").asText()));
        JsonNode expected = vector.get("out");
        assertThat(version.isPresent()).isEqualTo(!expected.isNull());
        version.ifPresent(found -> {
            assertThat(found.numbers()).isEqualTo(numbers(expected));
            assertThat(found.preRelease()).isEqualTo(expected.get("pre").asText());
            assertThat(found.build()).isEqualTo(expected.get("build").asText());
            assertThat(found.tag().text().startsWith("v")).isEqualTo(expected.get("v").asText().equals("v"));
            assertThat(found.strict()).isTrue();
        });
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            YYYY.MM,        2024.0,       false
            YYYY.MM,        2024.13,      false
            YYYY.0M,        2024.1,       false
            YYYY.0W,        2024.53,      true
            YYYY.0W,        2024.00,      false
            YYYY.DD,        2024.31,      true
            YYYY.DD,        2024.32,      false
            YYYY.0D,        2024.1,       false
            YY.MM,          1024.1,       false
            0Y.MM,          6.1,          false
            YY.MM,          6.1,          true
            YYYY.MM,        V2024.1,      false
            YYYY.MM,        2024x1,       false
            YYYY_MM_DD,     2024_1_2,     true
            release-YYYY.0M, release-2024.01, true
            vYYYY.MM,       v2024.1,      true
            vYYYY.MM,       2024.1,       false
            YYYY.MM.MICRO,  2024.1.99999999999999999999999, true
            YYYY.MM.MICRO,  2024.1,       false
            YYYY.MM.MICRO,  2024.1.1-,    false
            YYYY.MM.MICRO,  2024.1.1+a+b, false
            YYYY.MM.MICRO,  2024.1.1-a_b, false
            """)
    void eachPartHasItsBounds(String format, String tag, boolean fits) {
        assertThat(VersionOrder.calver(format).parse(new Tag(tag)).isPresent()).isEqualTo(fits);
    }

    @ParameterizedTest
    @MethodSource("compare")
    void orderFollowsTheVectors(JsonNode vector) {
        assertThat(Integer.signum(version(vector.get("a")).compareTo(version(vector.get("b"))))).isEqualTo(vector.get("sign").asInt());
        assertThat(Integer.signum(version(vector.get("b")).compareTo(version(vector.get("a"))))).isEqualTo(-vector.get("sign").asInt());
    }

    @ParameterizedTest
    @MethodSource("slots")
    void theSlotIsTheBuildMetadataOfWhicheverOrderReadsTheTag(JsonNode vector) {
        Tag tag = new Tag(vector.get("tag").asText());
        String format = vector.get("calver").asText();
        Optional<Version> calendar = format.isEmpty() || format.equals("bad") ? Optional.empty() : VersionOrder.calver(format).parse(tag);
        assertThat(calendar.or(() -> VersionOrder.semver().parse(tag)).flatMap(Version::slot).orElse("")).isEqualTo(vector.get("slot").asText());
    }

    @Test
    void numbersOfAnySizeKeepTheirOrder() {
        VersionOrder order = VersionOrder.calver("YYYY.MICRO");
        assertThat(order.parse(new Tag("2024.9223372036854775808")).orElseThrow()).isGreaterThan(order.parse(new Tag("2024.9223372036854775807")).orElseThrow());
    }

    private static Version version(JsonNode parts) {
        return new Version(new Tag("any"), numbers(parts), parts.get("pre").asText(), "", true);
    }

    private static List<BigInteger> numbers(JsonNode parts) {
        return parts.get("segments").valueStream().map(number -> BigInteger.valueOf(number.asLong())).toList();
    }
}
