package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.artifact.Verify;
import dev.dewpoint.host.Log;
import dev.dewpoint.registry.GitHubAccess;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsReaderTest {
    @TempDir
    Path folder;

    private final Problems problems = new Problems();

    @Test
    void defaultsAreTheDocumentedOnes() {
        Settings settings = read(Map.of("--registry", List.of("ghr://owner/my-app")), Map.of()).orElseThrow();
        assertThat(settings.app()).isEqualTo("my-app");
        assertThat(settings.root()).isEqualTo(folder);
        assertThat(settings.interval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.hooks().limit()).isEqualTo(Duration.ofMinutes(10));
        assertThat(settings.hooks().commands().abortOnBefore()).isFalse();
        assertThat(settings.storage()).isEqualTo(new Settings.Storage(folder.resolve(".dewpoint/cache"), 2L << 30, 7));
        assertThat(settings.verify()).isEqualTo(Verify.AUTO);
        assertThat(settings.adminPort()).isEqualTo(OptionalInt.empty());
        assertThat(settings.logging()).isEqualTo(new Settings.Logging(Log.Level.INFO, Log.Format.TEXT));
        assertThat(settings.gitHub().as()).isInstanceOf(GitHubAccess.As.Anonymous.class);
        assertThat(settings.once()).isFalse();
        assertThat(settings.report()).isFalse();
    }

    @Test
    void everyFlagCanBeSetByItsVariableAndTheCommandLineWins() {
        Map<String, String> environment = Map.ofEntries(Map.entry("DEWPOINT_REGISTRY", "file:///srv/releases?pre-release=true&constraint=>=1.4 <2"), Map.entry("DEWPOINT_NAME", "shop"), Map.entry("DEWPOINT_INTERVAL", "5m"),
                Map.entry("DEWPOINT_SLOT", "blue"), Map.entry("DEWPOINT_VERIFY", "REQUIRE"), Map.entry("DEWPOINT_BEFORE_DEPLOY_HOOK", "true"), Map.entry("DEWPOINT_AFTER_DEPLOY_HOOK", "echo done"), Map.entry("DEWPOINT_HOOK_TIMEOUT", "90"),
                Map.entry("DEWPOINT_BEFORE_HOOK_FAILURE", "abort"), Map.entry("DEWPOINT_AFTER_HOOK_AT", "switched"), Map.entry("DEWPOINT_ENV", "A=1\nB"), Map.entry("DEWPOINT_CACHE", "file:///var/cache/dp"), Map.entry("DEWPOINT_CACHE_SIZE", "500M"), Map.entry("DEWPOINT_KEEP", "3"),
                Map.entry("DEWPOINT_REPORT", "true"), Map.entry("DEWPOINT_ADMIN_PORT", "18000"), Map.entry("DEWPOINT_LOG_LEVEL", "debug"), Map.entry("DEWPOINT_LOG_FORMAT", "json"), Map.entry("DEWPOINT_ONCE", "1"));
        Settings settings = read(Map.of("--keep", List.of("5")), environment).orElseThrow();
        assertThat(settings.app()).isEqualTo("shop");
        assertThat(settings.registry()).isInstanceOf(RegistryUrl.Directory.class);
        assertThat(settings.interval()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.selection().slot()).contains("blue");
        assertThat(settings.selection().preRelease()).isTrue();
        assertThat(settings.selection().constraint().orElseThrow().admits(settings.selection().parse(new Tag("v2.0.0")).orElseThrow())).isFalse();
        assertThat(settings.verify()).isEqualTo(Verify.REQUIRE);
        assertThat(settings.hooks().limit()).isEqualTo(Duration.ofSeconds(90));
        assertThat(settings.hooks().commands().abortOnBefore()).isTrue();
        assertThat(settings.hooks().environment()).containsExactly("A=1", "B");
        assertThat(settings.hooks().commands().afterAtSwitch()).as("files are started by their switch").isFalse();
        assertThat(settings.storage()).isEqualTo(new Settings.Storage(Path.of("/var/cache/dp"), 500L << 20, 5));
        assertThat(settings.report() && settings.once()).isTrue();
        assertThat(settings.adminPort()).hasValue(18000);
        assertThat(settings.logging()).isEqualTo(new Settings.Logging(Log.Level.DEBUG, Log.Format.JSON));
    }

    @Test
    void registryUrlsThatAreWrongSayWhatIsWrong() {
        Map<String, String> wrong = new HashMap<>(Map.of(
                "invalid://linyows/dewy", "announced at ghr://OWNER/REPO, img://HOST/REPO, docker://IMAGE or file:///DIR",
                "ghr://o/r?unknown=1", "has no option unknown",
                "ghr://o/r?pre_release=true", "did you mean pre-release?",
                "ghr://o/r?pre-release=maybe", "true or false",
                "ghr://only-owner", "ghr://OWNER/REPO",
                "ghr://o/r/extra", "ghr://OWNER/REPO",
                "ghr://../..", "ghr://OWNER/REPO",
                "file://relative/dir", "absolute path",
                "invalid-url", "scheme://place"));
        wrong.put("ghr://o/r?constraint=>=nonsense", "constraint");
        wrong.forEach((url, message) -> {
            Problems found = new Problems();
            assertThat(reader(Map.of("--registry", List.of(url)), Map.of(), found).read()).as(url).isEmpty();
            assertThat(found.list()).as(url).singleElement().satisfies(problem -> assertThat(problem).contains(message).contains("--registry"));
        });
    }

    @Test
    void registryUrlsOfTheVectorsAreUnderstood() {
        RegistryUrl.GitHub github = (RegistryUrl.GitHub) RegistryUrl.parse("ghr://linyows/dewy?artifact=dewy_linux_amd64&pre-release=true");
        assertThat(github.owner() + "/" + github.repository()).isEqualTo("linyows/dewy");
        assertThat(github.options().artifact().orElseThrow().text()).isEqualTo("dewy_linux_amd64");
        assertThat(github.options().preRelease()).isTrue();
        assertThat(RegistryUrl.parse("ghr://o/r/").name()).isEqualTo("r");
        assertThat(RegistryUrl.parse("ghr://o/r?constraint=%5E1.4").options().constraint()).contains("^1.4");
        assertThat(RegistryUrl.parse("ghr://o/r?constraint=^1.4").options().constraint()).contains("^1.4");
        assertThat(RegistryUrl.parse("file:///srv/my%20app").source()).isEqualTo("file:///srv/my app");
    }

    @Test
    void durationsAndSizesTakeUnitsAndBounds() {
        assertThat(Values.duration("10")).isEqualTo(Duration.ofSeconds(10));
        assertThat(Values.duration("300s")).isEqualTo(Duration.ofMinutes(5));
        assertThat(Values.duration("2h")).isEqualTo(Duration.ofHours(2));
        assertThat(Values.bytes("2GiB")).isEqualTo(2L << 30);
        for (String wrong : List.of("0", "-1", "10x", "1e3", "99999999999", "", "25h")) {
            Problems found = new Problems();
            reader(Map.of("--registry", List.of("ghr://o/r"), "--interval", List.of(wrong)), Map.of(), found).read();
            assertThat(found.list()).as(wrong).singleElement().satisfies(problem -> assertThat(problem).startsWith("--interval"));
        }
    }

    @Test
    void aHumansFileCalledCurrentIsRefusedBeforeAnythingStarts() throws IOException {
        Files.createDirectory(folder.resolve("current"));
        assertThat(read(Map.of("--registry", List.of("ghr://o/r")), Map.of())).isEmpty();
        assertThat(problems.list()).singleElement().satisfies(problem -> assertThat(problem).contains("move it away"));
        assertThat(folder.resolve("current")).exists();
    }

    @Test
    void secretsComeFromTheEnvironmentFilesOrCredentials() throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "from-a-file\n");
        Files.writeString(folder.resolve("gh-token"), "from-a-credential");
        assertThat(token(Map.of("GH_TOKEN", "plain"))).isEqualTo("plain");
        assertThat(token(Map.of("GITHUB_TOKEN_FILE", file.toString()))).isEqualTo("from-a-file");
        assertThat(token(Map.of("CREDENTIALS_DIRECTORY", folder.toString()))).isEqualTo("from-a-credential");
        Problems found = new Problems();
        reader(Map.of("--registry", List.of("ghr://o/r")), Map.of("GITHUB_TOKEN_FILE", "/nowhere"), found).read();
        assertThat(found.list()).singleElement().satisfies(problem -> assertThat(problem).contains("GITHUB_TOKEN_FILE /nowhere"));
    }

    private String token(Map<String, String> environment) {
        Settings settings = read(Map.of("--registry", List.of("ghr://o/r")), environment).orElseThrow();
        return ((GitHubAccess.As.Token) settings.gitHub().as()).token().value();
    }

    private Optional<Settings> read(Map<String, List<String>> flags, Map<String, String> environment) {
        return reader(flags, environment, problems).read();
    }

    private SettingsReader reader(Map<String, List<String>> flags, Map<String, String> environment, Problems found) {
        return new SettingsReader(new Flags(flags, environment, List.of()), found, new Secrets(environment, found), folder);
    }
}
