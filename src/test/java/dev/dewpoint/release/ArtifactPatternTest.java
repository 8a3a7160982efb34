package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dewpoint.testing.Seeds;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArtifactPatternTest {
    private static final Platform LINUX = new Platform("linux", "amd64");

    @ParameterizedTest
    @CsvSource({
        "app.zip, app.zip, true", "app.zip, app.zip.sha256, false", "app.zip, App.zip, false", "app.zip, appxzip, false", "*, app, true", "app*, app, true",
        "*.zip, app.zip, true", "*.zip, app.zip.asc, false", "app-*-amd64.*, app-linux-amd64.tar.gz, true", "app-?.zip, app-1.zip, true", "app-?.zip, app-.zip, false",
        "app-?.zip, app-12.zip, false", "a*b*c, aXbXbXc, true", "a*b*c, aXbX, false", "[ab].zip, a.zip, false", "**, x, true", "a**c, abc, true"
    })
    void starIsAnyTextAndQuestionMarkOneCharacter(String pattern, String name, boolean matches) {
        assertThat(new ArtifactPattern(pattern).matches(name)).isEqualTo(matches);
    }

    @Test
    void matchesAsTheRegularExpressionWould() {
        Seeds.each(3000, random -> {
            String pattern = random.ints(1 + random.nextInt(6), 0, 4).mapToObj(i -> "ab*?".substring(i, i + 1)).reduce("", String::concat);
            String name = random.ints(random.nextInt(7), 0, 2).mapToObj(i -> "ab".substring(i, i + 1)).reduce("", String::concat);
            boolean expected = Pattern.matches(pattern.replace("*", ".*").replace("?", "."), name);
            assertThat(new ArtifactPattern(pattern).matches(name)).as("%s on %s", pattern, name).isEqualTo(expected);
        });
    }

    @Test
    void manyStarsAreNoWorkToSpeakOf() {
        assertThat(new ArtifactPattern("a*".repeat(100) + "b").matches("a".repeat(255))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            app_darwin.zip;  app_linux_amd64.zip app_darwin.zip;                             app_darwin.zip;              ''
            app.deb;         app.deb app_linux_amd64.zip;                                    app.deb;                     ''
            absent;          app.deb app_linux_amd64.zip;                                    '';                          ''
            app*;            app_windows_amd64.zip app_linux_amd64.zip app_linux_amd64.zip.sha256; app_linux_amd64.zip;   ''
            app*;            app_linux_amd64_debug.zip app_linux_amd64.zip;                  app_linux_amd64.zip;         app_linux_amd64_debug.zip
            app*;            app_linux_amd64 app_linux_amd64.zip;                            app_linux_amd64.zip;         app_linux_amd64
            *.deb;           app_arm64.deb app_linux_amd64.deb app_linux_amd64.deb.asc;      app_linux_amd64.deb;         ''
            app-*;           app-site-docs.zip app-site.zip app-checksums.txt;               app-site.zip;                app-site-docs.zip
            *debug*;         app_linux_amd64.zip app_linux_amd64_debug.zip;                  app_linux_amd64_debug.zip;   ''
            *.css;           site.css app_linux_amd64.zip;                                   site.css;                    ''
            *.sha256;        b.sha256 a.sha256;                                              b.sha256;                    a.sha256
            app?.zip;        app2.zip app1.zip;                                              app2.zip;                    app1.zip
            """)
    void ofSeveralMatchesTheOneForThePlatformAndTheClosestIsPicked(String pattern, String names, String expected, String others) {
        Pick pick = new ArtifactPattern(pattern).pick(List.of(names.split(" ")), LINUX, "app");
        assertThat(pick).isEqualTo(expected.isEmpty() ? new Pick.None() : new Pick.One(expected, others.isEmpty() ? List.of() : List.of(others.split(" "))));
    }

    @Test
    void namesThatAreNoPlainFileNamesAreNeverPicked() {
        assertThat(new ArtifactPattern("*").pick(List.of("../x.zip", "a/b.zip", "..", ""), LINUX, "app")).isEqualTo(new Pick.None());
    }

    @Test
    void anEmptyPatternIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ArtifactPattern(" ")).withMessageContaining("empty");
    }
}
