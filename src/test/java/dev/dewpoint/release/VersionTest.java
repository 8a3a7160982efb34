package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.testing.Seeds;
import dev.dewpoint.testing.Vectors;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {
    private static final Vectors VECTORS = Vectors.of("semver.json");

    static Stream<JsonNode> match() {
        return VECTORS.block("match");
    }

    static Stream<JsonNode> parse() {
        return VECTORS.block("parse");
    }

    static Stream<JsonNode> compare() {
        return VECTORS.block("compare_sign");
    }

    static Stream<JsonNode> comparePreReleases() {
        return VECTORS.block("compare_prerelease_sign");
    }

    static Stream<JsonNode> divergences() {
        return VECTORS.block("derived_spec_divergence");
    }

    static Version version(String tag) {
        return VersionOrder.semver().parse(new Tag(tag)).orElseThrow(() -> new AssertionError(tag + " is no version"));
    }

    @ParameterizedTest
    @MethodSource("match")
    void isReadAsTheVectorsSay(JsonNode vector) {
        var version = Tag.parse(vector.get("in").asText()).flatMap(VersionOrder.semver()::parse);
        assertThat(version.isPresent()).isEqualTo(vector.get("allow_pre").asBoolean());
        assertThat(version.filter(found -> !found.isPreRelease()).isPresent()).isEqualTo(vector.get("stable_only").asBoolean());
    }

    @ParameterizedTest
    @MethodSource("parse")
    void partsAreToldApart(JsonNode vector) {
        Version version = version(vector.get("in").asText());
        assertThat(version.preRelease()).isEqualTo(vector.get("pre").asText());
        assertThat(version.build()).isEqualTo(vector.get("build").asText());
        assertThat(version.slot().orElse("")).isEqualTo(vector.get("build").asText());
        assertThat(version.numbers()).containsExactly(BigInteger.ONE, BigInteger.TWO, BigInteger.valueOf(3));
        assertThat(version.strict()).isTrue();
    }

    @Test
    void peopleSeeTheTagAsPublished() {
        List<String> tags = Vectors.texts(VECTORS.root().get("roundtrip_to_string"));
        assertThat(tags).isNotEmpty().allSatisfy(tag -> assertThat(version(tag)).hasToString(tag));
    }

    @ParameterizedTest
    @MethodSource("compare")
    void precedenceFollowsTheVectors(JsonNode vector) {
        assertThat(sign(version(vector.get("a").asText()), version(vector.get("b").asText()))).isEqualTo(vector.get("sign").asInt());
        assertThat(sign(version(vector.get("b").asText()), version(vector.get("a").asText()))).isEqualTo(-vector.get("sign").asInt());
    }

    @ParameterizedTest
    @MethodSource("comparePreReleases")
    void preReleasePrecedenceFollowsTheVectors(JsonNode vector) {
        assertThat(sign(version("1.0.0-" + vector.get("a").asText()), version("1.0.0-" + vector.get("b").asText()))).isEqualTo(vector.get("sign").asInt());
    }

    @ParameterizedTest
    @MethodSource("divergences")
    void whatSemVerForbidsIsTakenAndMarkedOrRefused(JsonNode vector) {
        var version = Tag.parse(vector.get("in").asText()).flatMap(VersionOrder.semver()::parse);
        assertThat(version.isPresent()).isEqualTo(vector.get("accepted").asBoolean());
        assertThat(version.map(Version::strict).orElse(false)).isFalse();
        assertThat(version.map(Version::toString).orElse(vector.get("in").asText())).isEqualTo(vector.get("in").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.3", "v0.0.0", "10.20.30-0.a.0a.-", "1.0.0-rc.10+001", "1.0.0+0.build.01"})
    void whatSemVerAllowsIsStrict(String tag) {
        assertThat(version(tag).strict()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.02.3", "00.0.0", "1.2.3-rc.01", "1.2.3-a..b", "1.2.3-.", "1.2.3+a..b"})
    void lenientlyReadIsNotStrict(String tag) {
        assertThat(version(tag).strict()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"V1.2.3", "vv1.2.3", "1.2.3+", "1.2.3-+x", "1.2.3+a+b", "1.2.3-a_b", "1.2.3.4", "1..3", "1.2.3rc1", "v-1.2.3"})
    void theRestIsNoVersion(String tag) {
        assertThat(VersionOrder.semver().parse(new Tag(tag))).isEmpty();
    }

    @Test
    void numbersOfAnySizeKeepTheirOrder() {
        assertThat(version("1.0.9223372036854775808")).isGreaterThan(version("1.0.9223372036854775807"));
        assertThat(version("99999999999999999999999999.0.0")).isGreaterThan(version("9999999999999999999999999.9.9"));
        assertThat(version("1.0.0-rc.18446744073709551616")).isGreaterThan(version("1.0.0-rc.18446744073709551615"));
        assertThat(version("4294967296.0.0")).isGreaterThan(version("1.0.0"));
        assertThat(version("1.0." + "9".repeat(240))).isGreaterThan(version("1.0." + "8".repeat(240)));
    }

    @Test
    void aDashBeforeDigitsIsTextNotAMinus() {
        assertThat(version("1.0.0--5")).isGreaterThan(version("1.0.0-1"));
    }

    @Test
    void sameRankIsNotSameRelease() {
        assertThat(version("v1.0.0")).isEqualByComparingTo(version("1.0.0+blue")).isNotEqualTo(version("1.0.0+blue")).isEqualTo(version("v1.0.0"));
    }

    @Test
    void theOrderIsTotal() {
        Seeds.each(300, random -> {
            List<Version> versions = random.ints(12, 0, 1).mapToObj(i -> version(randomTag(random))).toList();
            for (Version a : versions) {
                for (Version b : versions) {
                    assertThat(sign(a, b)).as("%s ? %s", a, b).isEqualTo(-sign(b, a));
                    for (Version c : versions) {
                        if (a.compareTo(b) <= 0 && b.compareTo(c) <= 0) {
                            assertThat(a.compareTo(c)).as("%s ≤ %s ≤ %s", a, b, c).isLessThanOrEqualTo(0);
                        }
                        if (a.compareTo(b) == 0) {
                            assertThat(sign(a, c)).as("%s = %s ? %s", a, b, c).isEqualTo(sign(b, c));
                        }
                    }
                }
            }
            List<Version> shuffled = new ArrayList<>(versions);
            Collections.shuffle(shuffled, new Random(random.nextLong()));
            assertThat(shuffled.stream().sorted().toList()).usingElementComparator(Version::compareTo).isEqualTo(versions.stream().sorted().toList());
        });
    }

    @Test
    void buildAndPrefixNeverMatter() {
        Seeds.each(500, random -> {
            String bare = randomTag(random).replaceFirst("^v", "").replaceFirst("\\+.*", "");
            assertThat(version(bare)).isEqualByComparingTo(version("v" + bare + "+x" + random.nextInt(9)));
        });
    }

    /** Few distinct parts, so that near neighbours and ties come up often. */
    static String randomTag(RandomGenerator random) {
        String[] numbers = {"0", "1", "2", "10", "01", "9223372036854775807", "9223372036854775808"};
        String[] identifiers = {"0", "1", "2", "11", "alpha", "beta", "rc", "a-b", "-1", "01", "RC", "18446744073709551616"};
        StringBuilder tag = new StringBuilder(random.nextBoolean() ? "v" : "");
        for (int i = 0; i < 3; i++) {
            tag.append(i > 0 ? "." : "").append(numbers[random.nextInt(numbers.length)]);
        }
        for (int i = 0; i < random.nextInt(4); i++) {
            tag.append(i > 0 ? "." : "-").append(identifiers[random.nextInt(identifiers.length)]);
        }
        if (random.nextInt(3) == 0) {
            tag.append(random.nextBoolean() ? "+blue" : "+green");
        }
        return tag.toString();
    }

    private static int sign(Version a, Version b) {
        return Integer.signum(a.compareTo(b));
    }
}
