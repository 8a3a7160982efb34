package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The YAML of `dewpoint run` says what the flags of `dewpoint proxy` say, and blames lines. */
class ProxyFileTest {
    private static final Set<String> KNOWN = Set.of("--route", "--bind", "--expose-status", "--health-page", "--trusted-proxy", "--drain-time", "--max-connections", "--notifier", "--root", "--log-level", "--log-format");

    @TempDir
    Path folder;
    private final Problems problems = new Problems();

    @BeforeEach
    void nothingIsWrongYet() {
        assertThat(problems.list()).isEmpty();
    }

    @Test
    void theFileSaysWhatTheFlagsSay() throws IOException {
        Map<String, List<Flags.Value>> file = read("""
                log-level: debug
                proxy:
                  bind: 127.0.0.1
                  routes:
                    - 8000=127.0.0.1:3001,127.0.0.1:3002
                    - route: 13003=ip-hash:dns:api:13004
                      health-path: /health?a=1&b=2
                      weight: 3
                  expose-status: /lb
                  health-page: true
                  trusted-proxies: [10.0.0.0/8, 127.0.0.1]
                  drain-time: 10s
                  max-connections: 500
                """);
        assertThat(problems.list()).isEmpty();
        Optional<ProxySettings> settings = new ProxySettingsReader(new Flags(Map.of(), file, Map.of("DEWPOINT_DRAIN_TIME", "1h"), List.of()), problems, new Secrets(Map.of(), problems), folder).read();
        assertThat(problems.list()).isEmpty();
        assertThat(settings.orElseThrow()).satisfies(proxy -> {
            assertThat(proxy.rules()).extracting(rule -> rule.match().port()).containsExactly(8000, 13003);
            assertThat(proxy.rules().get(1).options().health().check().toString()).contains("path=/health?a=1&b=2");
            assertThat(proxy.pages().status()).contains("/lb");
            assertThat(proxy.pages().health()).isTrue();
            assertThat(proxy.trusted()).hasSize(2);
            assertThat(proxy.drainTime()).hasSeconds(10);
            assertThat(proxy.limits().connections()).isEqualTo(500);
        });
    }

    @Test
    void theExampleOfThePageIsRead() throws IOException {
        String page = Files.readString(Path.of("docs/routes.md"));
        Map<String, List<Flags.Value>> file = read(page.substring(page.indexOf("```yaml") + 8, page.lastIndexOf("```")));
        Optional<ProxySettings> settings = new ProxySettingsReader(new Flags(Map.of(), file, Map.of(), List.of()), problems, new Secrets(Map.of(), problems), folder).read();
        assertThat(problems.list()).isEmpty();
        assertThat(settings.orElseThrow().rules()).hasSize(2);
    }

    @Test
    void everythingThatIsWrongIsSaidWithItsLine() throws IOException {
        Map<String, List<Flags.Value>> file = read("""
                proxi: {}
                proxy:
                  rouets: [x]
                  log-level: debug
                  bind: [[1]]
                  routes:
                    - health-path: /x
                    - 8000=
                """);
        new ProxySettingsReader(new Flags(Map.of(), file, Map.of(), List.of()), problems, new Secrets(Map.of(), problems), folder).read();
        assertThat(problems.list()).anySatisfy(line -> assertThat(line).contains("dewpoint.yaml:1: proxi: ", "did you mean proxy?"))
                .anySatisfy(line -> assertThat(line).contains("dewpoint.yaml:3: rouets: ", "did you mean routes?"))
                .anySatisfy(line -> assertThat(line).contains("dewpoint.yaml:4: log-level: ", "beside `proxy:`"))
                .anySatisfy(line -> assertThat(line).contains("dewpoint.yaml:5: bind: a text or a number"))
                .anySatisfy(line -> assertThat(line).contains("dewpoint.yaml:7: routes: `route:` is missing"))
                .anySatisfy(line -> assertThat(line).contains("dewpoint.yaml:8: routes 8000=: "));
    }

    @Test
    void twiceTheSameKeyAnchorsAndWhatIsNoYamlAreRefused() throws IOException {
        read("proxy:\n  bind: a\n  bind: b\n");
        assertThat(problems.list()).singleElement().satisfies(line -> assertThat(line).contains("dewpoint.yaml:3: ", "bind"));
        read("proxy:\n  bind: &a x\n  expose-status: *a\n");
        assertThat(problems.list()).filteredOn(line -> line.contains("anchors and aliases")).hasSize(1);
        read("proxy: [\n");
        read("just text");
        assertThat(problems.list()).hasSize(5).last().asString().contains("it begins with `proxy:`");
    }

    @Test
    void aFileThatEverybodyCanWriteIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("open.yaml"), "proxy: {}");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        ProxyFile.read(file, KNOWN, problems);
        ProxyFile.read(folder, KNOWN, problems);
        ProxyFile.read(folder.resolve("none.yaml"), KNOWN, problems);
        assertThat(problems.list()).hasSize(3).first().asString().contains("chmod o-w");
    }

    private Map<String, List<Flags.Value>> read(String text) throws IOException {
        return ProxyFile.read(Files.writeString(folder.resolve("dewpoint.yaml"), text), KNOWN, problems);
    }
}
