package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dewpoint.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstraintTest {
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            ^1.4;            1.4.0 1.4.1 v1.9.9 1.99999999999999999999.0 1.4.1-rc.1; 1.3.9 2.0.0 2.0.0-rc.1 1.4.0-rc.1 0.9.0
            ^1.4.2;          1.4.2 1.5.0;                    1.4.1 2.0.0
            ^0.2.3;          0.2.3 0.2.9;                    0.2.2 0.3.0 0.3.0-rc.1 1.0.0
            ^0.0.3;          0.0.3;                          0.0.2 0.0.4
            ^0.0;            0.0.0 0.0.9;                    0.1.0
            ^0;              0.0.0 0.9.0;                    1.0.0
            ^1;              1.0.0 1.9.0;                    2.0.0 0.9.0
            ^1.x;            1.0.0 1.9.0;                    2.0.0
            ^1.4.0-rc.2;     1.4.0-rc.2 1.4.0-rc.10 1.9.0;   1.4.0-rc.1 2.0.0-a
            ~1.4.2;          1.4.2 1.4.99 1.4.3-rc.1;        1.4.1 1.5.0 1.5.0-rc.1
            ~1.4;            1.4.0 1.4.9;                    1.5.0 1.3.0
            ~1;              1.0.0 1.9.9;                    2.0.0
            >=1.4 <2;        1.4.0 1.9.9;                    1.3.9 2.0.0 2.0.0-rc.1
            >=1.4, <2;       1.4.0 1.9.9;                    1.3.9 2.0.0
            >=1.4,<2;        1.4.0 1.9.9;                    1.3.9 2.0.0
            >=1.4<2;         1.4.0 1.9.9;                    1.3.9 2.0.0
            >= 1.4   < 2;    1.4.0 1.9.9;                    1.3.9 2.0.0
            >1.4;            1.5.0 2.0.0;                    1.4.0 1.4.9
            >1.4.0;          1.4.1 1.5.0-rc.1;                1.4.0 1.4.0-rc.1 1.4.0+blue
            <=1.4;           1.4.9 1.3.0;                    1.5.0 1.5.0-rc.1
            <=1.4.0;         1.4.0 1.4.0-rc.1;               1.4.1
            <1.4;            1.3.9;                          1.4.0 1.4.0-rc.1
            <2.0.0-rc.2;     2.0.0-rc.1 1.9.9;               2.0.0-rc.2 2.0.0
            =1.2.3;          1.2.3 v1.2.3 1.2.3+blue;        1.2.4 1.2.3-rc.1
            ==1.2.3;         1.2.3;                          1.2.4
            1.2.3;           1.2.3;                          1.2.4
            v1.2.3;          1.2.3;                          1.2.4
            01.2.3;          1.2.3;                          1.2.4
            =1.2;            1.2.0 1.2.9;                    1.3.0 1.2.0-rc.1
            1;               1.0.0 1.9.0;                    2.0.0
            1.x;             1.0.0 1.9.0;                    2.0.0 2.0.0-rc.1 0.9.9
            1.X.x;           1.0.0 1.9.0;                    2.0.0
            1.4.*;           1.4.0 1.4.9;                    1.5.0 1.3.9
            *;               0.0.0 9.9.9 0.0.0-a;            ''
            >=*;             0.0.0 9.9.9;                    ''
            1.2 - 1.9;       1.2.0 1.9.9;                    1.1.9 1.10.0
            1.2.3 - 1.9.0;   1.2.3 1.9.0;                    1.2.2 1.9.1
            ^1.4 || ^3.1;    1.4.0 3.1.0;                    2.0.0 3.0.0 4.0.0
            1.4||>=3;        1.4.0 3.0.0 9.0.0;              2.0.0
            """)
    void admitsWhatItSays(String text, String in, String out) {
        Constraint constraint = Constraint.parse(text);
        for (String tag : in.split(" ")) {
            assertThat(constraint.admits(VersionTest.version(tag))).as("%s in %s", tag, text).isTrue();
        }
        for (String tag : out.isEmpty() ? new String[0] : out.split(" ")) {
            assertThat(constraint.admits(VersionTest.version(tag))).as("%s in %s", tag, text).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            '';              it is empty
            '  ';            it is empty
            1.4 ||;          one side of || is empty
            || 1.4;          one side of || is empty
            >=;              no version follows ">="
            >= <2;           no version follows ">="
            latest;          "latest" is no version
            1.x.3;           "1.x.3" is no version
            1.4-rc.1;        "1.4-rc.1" is no version
            1..4;            "1..4" is no version
            1.2.3.4;         "1.2.3.4" has 4 numbers, versions here have 3
            1.2.3.x;         has 4 numbers
            ~>1.2;           no version follows "~"
            !=1.2;           "!" is no version
            - 1.2;           "-" is no version
            1.2 -;           "-" is no version
            >*;              nothing is above every version
            1.2.3+blue;      --slot selects by it
            ^1 | ^2;         "|" is no version
            """)
    void whatIsWrongIsSaid(String text, String why) {
        assertThatIllegalArgumentException().isThrownBy(() -> Constraint.parse(text)).withMessageContaining(why).withMessageContaining("allowed are");
    }

    @Test
    void aHugeTextIsRefusedEarly() {
        assertThatIllegalArgumentException().isThrownBy(() -> Constraint.parse("1".repeat(1001))).withMessageContaining("at most 1000");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            YYYY.0M.MICRO; >=2024.06 <2025;    2024.06.0; 2025.01.0
            YYYY.0M.MICRO; ~2024.06;           2024.06.7; 2024.07.0
            YYYY.0M.MICRO; 2024.x;             2024.12.1; 2023.12.1
            YYYY.0M.MICRO; >=2024.6.3;         2024.06.3; 2024.06.2
            YYYY-0M-0D;    >=2024-01-15;       2024-01-15; 2024-01-14
            YYYY-0M-0D;    >2024.01;           2024-02-01; 2024-01-31
            YYYYMMDD;      <20241115;          20241114;  20241115
            YYYYMMDD;      <20241115;          2024930;   20241211
            """)
    void calendarVersionsAreWrittenAsTagsOrAsNumbersWithDots(String format, String text, String in, String out) {
        VersionOrder order = VersionOrder.calver(format);
        Constraint constraint = Constraint.parse(text, order);
        assertThat(constraint.admits(order.parse(new Tag(in)).orElseThrow())).isTrue();
        assertThat(constraint.admits(order.parse(new Tag(out)).orElseThrow())).isFalse();
    }

    @Test
    void boundsAgreeWithTheOrder() {
        Seeds.each(1000, random -> {
            Version version = VersionTest.version(VersionTest.randomTag(random));
            Version bound = VersionTest.version(VersionTest.randomTag(random).replaceFirst("\\+.*", ""));
            int sign = version.compareTo(bound);
            assertThat(Constraint.parse(">=" + bound).admits(version)).as("%s >= %s", version, bound).isEqualTo(sign >= 0);
            assertThat(Constraint.parse(">" + bound).admits(version)).as("%s > %s", version, bound).isEqualTo(sign > 0);
            assertThat(Constraint.parse("<=" + bound).admits(version)).as("%s <= %s", version, bound).isEqualTo(sign <= 0);
            assertThat(Constraint.parse("=" + bound).admits(version)).as("%s = %s", version, bound).isEqualTo(sign == 0);
            boolean ofTheBoundsCore = !bound.isPreRelease() && version.numbers().equals(bound.numbers());
            assertThat(Constraint.parse("<" + bound).admits(version)).as("%s < %s", version, bound).isEqualTo(sign < 0 && !ofTheBoundsCore);
        });
    }
}
