package dev.dewpoint.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.ExitStatus;
import dev.dewpoint.host.ProcessCheck;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class HooksTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Map<String, String> AGENT = Map.of(
            "PATH", "/usr/bin:/bin", "UNIT", "from the unit",
            "GITHUB_TOKEN", "canary-1", "SLACK_TOKEN", "canary-2", "AWS_SECRET_ACCESS_KEY", "canary-3", "MAIL_PASSWORD", "canary-4",
            "WEBHOOK_SECRET", "canary-5", "DEWPOINT_REGISTRY", "canary-6", "NOTIFY_SOCKET", "canary-7", "GITHUB_APP_PRIVATE_KEY", "canary-8");
    private static final Digest DIGEST = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));

    @TempDir
    Path directory;
    private Path root;

    @BeforeEach
    void rootWithASpaceAndAnAccent() throws Exception {
        root = Files.createDirectory(directory.resolve("my röot").toAbsolutePath());
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        assertThat(hooks(LONG).endLeftovers(root)).isZero();
    }

    @Test
    void aHookRunsInTheRootWithItsOutputAndDuration() throws Exception {
        HookResult result = run("pwd; echo 'grüß 🌱' >&2");

        assertThat(result).isInstanceOf(HookResult.Succeeded.class);
        assertThat(result.isSuccess()).isTrue();
        assertThat(result.exitCode()).contains(0);
        assertThat(stdout(result)).isEqualTo(root.toString());
        assertThat(stderr(result)).isEqualTo("grüß 🌱");
        assertThat(result.took()).isPositive();
    }

    @Test
    void aFailedHookTellsItsExitCode() throws Exception {
        assertThat(run("exit 137")).isInstanceOfSatisfying(HookResult.Failed.class, failed -> assertThat(failed.status()).isEqualTo(new ExitStatus.Exited(137)));
        assertThat(run("no-such-command").exitCode()).contains(127);
        HookResult killed = run("kill -KILL $$");
        assertThat(killed.problem()).contains("killed by signal 9");
        assertThat(killed.exitCode()).contains(137);
    }

    @Test
    void aHookThatHangsIsEndedAtItsTimeEvenIfItIgnoresTerm() throws Exception {
        for (String command : List.of("sleep 600", "trap '' TERM; while :; do sleep 0.05; done")) {
            HookResult result = hooks(SHORT).run(new Hook(Hook.Kind.BEFORE_DEPLOY, "echo begun; " + command), context("v1.0.0"));

            assertThat(result).isInstanceOf(HookResult.TimedOut.class);
            assertThat(stdout(result)).isEqualTo("begun");
            assertThat(result.exitCode()).isEmpty();
            assertThat(result.took()).isBetween(SHORT, Duration.ofSeconds(10));
        }
    }

    @Test
    void aHookThatCannotStartSaysWhy() throws Exception {
        Path gone = directory.resolve("gone");
        HookContext context = new HookContext("app", "1", Optional.empty(), "v1", Optional.empty(), "a.tgz", Optional.empty(), gone, "");
        HookResult result = hooks(LONG).run(new Hook(Hook.Kind.AFTER_DEPLOY, "true"), context);

        assertThat(result).isInstanceOf(HookResult.NotStarted.class);
        assertThat(result.problem().orElseThrow()).startsWith("could not be started: ").contains("gone");
    }

    @Test
    void w19BackgroundedChildDelaysNothingAndIsEnded() throws Exception {
        HookResult result = run("sleep 600 & echo $! > pid");

        assertThat(result.isSuccess()).isTrue();
        assertThat(result.took()).isLessThan(Duration.ofSeconds(10));
        assertThat(result.output().leftovers()).isEqualTo(1);
        assertThat(ProcessCheck.isRunning(ProcessCheck.pidIn(root.resolve("pid")))).isFalse();
    }

    @Test
    void w19DoubleForkedDaemonInItsOwnSessionIsEnded() throws Exception {
        HookResult result = run("(setsid sh -c 'setsid sleep 600 & echo $! > pid' &) ; while ! [ -s pid ]; do :; done");

        assertThat(result.isSuccess()).isTrue();
        assertThat(ProcessCheck.isRunning(ProcessCheck.pidIn(root.resolve("pid")))).isFalse();
    }

    @Test
    void w19EndlessOutputIsBoundedInMemoryAndTime() throws Exception {
        HookResult result = hooks(Duration.ofSeconds(1)).run(new Hook(Hook.Kind.BEFORE_DEPLOY, "yes"), context("v1.0.0"));

        assertThat(result).isInstanceOf(HookResult.TimedOut.class);
        assertThat(result.output().stdout().bytes()).hasSize(64 * 1024);
        assertThat(result.output().stdout().totalBytes()).isGreaterThan(1_000_000);
        assertThat(stdout(result)).startsWith("…\n").hasSizeLessThan(2100);
    }

    @Test
    void aGibibyteOfOutputEnds() throws Exception {
        HookResult result = run("head -c 1G /dev/zero | tr '\\0' 'x'; echo; echo last line");

        assertThat(result.isSuccess()).isTrue();
        assertThat(result.output().stdout().totalBytes()).isEqualTo((1L << 30) + "\nlast line\n".length());
        assertThat(stdout(result)).startsWith("…\nxxx").endsWith("x\nlast line");
    }

    @Test
    void w26AgentSecretsAreAbsentFromAHooksEnvironment() throws Exception {
        HookResult result = run("env; cat /proc/self/environ");

        assertThat(result.output().stdout().text()).contains("from the unit").doesNotContain("canary");
    }

    @Test
    void w26EnvGivesAWithheldOneBack() throws Exception {
        ChildEnvironment given = ChildEnvironment.of(AGENT, List.of("SLACK_TOKEN", "STAGE=test"));
        HookResult result = new Hooks(commands(), given, LONG).run(new Hook(Hook.Kind.AFTER_DEPLOY, "echo $SLACK_TOKEN $STAGE ${GITHUB_TOKEN-none}"), context("v1.0.0"));

        assertThat(stdout(result)).isEqualTo("canary-2 test none");
    }

    @Test
    void theEnvironmentIsTheDocumentedOneAndNothingElse() throws Exception {
        HookContext context = new HookContext("shop", "1.1.0", Optional.of("1.0.0"), "v1.1.0", Optional.of(DIGEST), "shop.tar.gz", Optional.of(root.resolve("releases/20260115T103045Z")), root, "deployed");
        assertThat(hooks(LONG).run(new Hook(Hook.Kind.AFTER_DEPLOY, "env -0 > env"), context).isSuccess()).isTrue();

        Map<String, String> seen = environmentIn(root.resolve("env"));
        assertThat(seen.remove(Commands.MARK)).startsWith("hook-");
        // the shell's own
        seen.keySet().removeAll(List.of("PWD", "OLDPWD", "SHLVL", "_"));
        assertThat(seen).containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                Map.entry("PATH", "/usr/bin:/bin"), Map.entry("UNIT", "from the unit"),
                Map.entry("DEWPOINT_HOOK_APP", "shop"), Map.entry("DEWPOINT_HOOK_VERSION", "1.1.0"), Map.entry("DEWPOINT_HOOK_PREVIOUS_VERSION", "1.0.0"),
                Map.entry("DEWPOINT_HOOK_TAG", "v1.1.0"), Map.entry("DEWPOINT_HOOK_DIGEST", DIGEST.toString()), Map.entry("DEWPOINT_HOOK_ARTIFACT", "shop.tar.gz"),
                Map.entry("DEWPOINT_HOOK_RELEASE_DIR", root + "/releases/20260115T103045Z"), Map.entry("DEWPOINT_HOOK_ROOT", root.toString()),
                Map.entry("DEWPOINT_HOOK_EVENT", "after-deploy"), Map.entry("DEWPOINT_HOOK_OUTCOME", "deployed")));
    }

    @Test
    void unknownValuesAreSetAndEmpty() throws Exception {
        HookContext context = new HookContext("shop", "1.0.0", Optional.empty(), "v1.0.0", Optional.empty(), "shop.tar.gz", Optional.empty(), root, "");
        HookResult result = hooks(LONG).run(new Hook(Hook.Kind.AFTER_DEPLOY, "set -u; echo \"[$DEWPOINT_HOOK_PREVIOUS_VERSION$DEWPOINT_HOOK_DIGEST$DEWPOINT_HOOK_RELEASE_DIR$DEWPOINT_HOOK_OUTCOME]$DEWPOINT_HOOK_EVENT\""), context);
        assertThat(stdout(result)).isEqualTo("[]after-deploy");
    }

    @Test
    void thePageListsExactlyTheVariablesAndTheWithheldNames() throws Exception {
        String page = Files.readString(Path.of("docs/hooks.md"));
        assertThat(Pattern.compile("(?m)^\\| `(DEWPOINT_HOOK_[A-Z_]+)`").matcher(page).results().map(match -> match.group(1)))
                .containsExactlyInAnyOrderElementsOf(context("v1.0.0").variables(Hook.Kind.AFTER_DEPLOY).keySet());
        String withheld = page.substring(page.indexOf("Withheld are:"), page.indexOf("The names that were withheld"));
        Map<String, String> named = Pattern.compile("`([A-Z][A-Z_]+)`").matcher(withheld).results()
                .map(match -> match.group(1)).filter(name -> !name.equals("_FILE")).map(name -> name.endsWith("_") ? name + "X" : name).distinct().collect(Collectors.toMap(name -> name, name -> "x"));
        assertThat(named).hasSizeGreaterThan(25);
        assertThat(ChildEnvironment.of(named, List.of()).variables()).isEmpty();
    }

    static Stream<String> valuesArriveByteForByteAndRunNothing() {
        return Stream.of("v1.0.0;touch pwned", "`touch pwned`", "$(touch pwned)", "v1\ntouch pwned\n", "-v", "--help", "v1.0.0 && touch pwned", "%n%s%x", "${jndi:ldap://x}", "'\"'\"\\", "../../etc/passwd",
                "v" + "9".repeat(4096), "🌱 ünï", "\u0001\u001b[31m\u007f\r\t", "| touch pwned", "> pwned", "*", "~", "$IFS$9", "!");
    }

    @ParameterizedTest
    @MethodSource
    void valuesArriveByteForByteAndRunNothing(String text) throws Exception {
        HookContext context = new HookContext(text, text, Optional.of(text), text, Optional.of(DIGEST), text, Optional.of(root.resolve("x").resolveSibling(text.strip())), root, text);
        HookResult result = hooks(LONG).run(new Hook(Hook.Kind.BEFORE_DEPLOY, "env -0 > env"), context);

        assertThat(result.isSuccess()).isTrue();
        Map<String, String> seen = environmentIn(root.resolve("env"));
        for (String name : List.of("APP", "VERSION", "PREVIOUS_VERSION", "TAG", "ARTIFACT", "OUTCOME")) {
            assertThat(seen.get("DEWPOINT_HOOK_" + name)).isEqualTo(text);
        }
        assertThat(root).isDirectoryNotContaining("glob:**pwned*");
    }

    @Test
    void aValueWithANulRunsNothing() throws Exception {
        HookResult result = hooks(LONG).run(new Hook(Hook.Kind.BEFORE_DEPLOY, "touch ran"), context("v1\0"));

        assertThat(result).isInstanceOf(HookResult.NotStarted.class);
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void whatAKilledAgentsHookLeftIsEndedForThisRootOnly() throws Exception {
        Path other = Files.createDirectory(directory.resolve("my röot 2"));
        Process ours = orphanOf(root);
        Process others = orphanOf(other);
        try {
            assertThat(hooks(LONG).endLeftovers(root)).isEqualTo(1);
            assertThat(ours.waitFor()).isEqualTo(128 + 15);
            assertThat(others.isAlive()).isTrue();
        } finally {
            others.destroyForcibly().waitFor();
        }
    }

    @Test
    void redactionSeesTheWholeTailBeforeItIsCut() throws Exception {
        HookResult result = run("printf 'secret-%01990d' 0; printf 'x%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
        // were it cut first, half of the secret would stand at the beginning
        String secret = "secret-" + "0".repeat(1990);
        assertThat(result.output().stdout(text -> text.replace(secret, "***"))).isEqualTo("***" + "x".repeat(20));
    }

    @ParameterizedTest
    @MethodSource
    void outputForPeopleIsTrimmed(String command, String stdout, String stderr) throws Exception {
        HookResult result = run(command);
        assertThat(stdout(result)).isEqualTo(stdout);
        assertThat(stderr(result)).isEqualTo(stderr);
    }

    static Stream<Arguments> outputForPeopleIsTrimmed() {
        return Stream.of(
                Arguments.of("printf 'output\\n\\n\\n'", "output", ""),
                Arguments.of("printf 'error\\n   \\n' >&2; exit 1", "", "error"),
                Arguments.of("echo 'clean'", "clean", ""),
                Arguments.of("seq 60", "…\n" + Stream.iterate(11, i -> i <= 60, i -> i + 1).map(String::valueOf).collect(Collectors.joining("\n")), ""),
                Arguments.of("seq 50 >&2", "", Stream.iterate(1, i -> i <= 50, i -> i + 1).map(String::valueOf).collect(Collectors.joining("\n"))));
    }

    private HookResult run(String command) throws InterruptedException {
        return hooks(LONG).run(new Hook(Hook.Kind.BEFORE_DEPLOY, command), context("v1.0.0"));
    }

    private static Hooks hooks(Duration limit) {
        return new Hooks(commands(), ChildEnvironment.of(AGENT, List.of()), limit);
    }

    private static Commands commands() {
        return new Commands(Time.system(), Duration.ofMillis(200));
    }

    private HookContext context(String tag) {
        return new HookContext("app", "1.0.0", Optional.empty(), tag, Optional.of(DIGEST), "app.tar.gz", Optional.empty(), root, "");
    }

    /** A sleeper with the mark that a hook in that root gets. */
    private static Process orphanOf(Path root) throws Exception {
        HookContext context = new HookContext("app", "1", Optional.empty(), "v1", Optional.empty(), "a", Optional.empty(), root, "");
        assertThat(hooks(LONG).run(new Hook(Hook.Kind.BEFORE_DEPLOY, "printf %s \"$" + Commands.MARK + "\" > mark"), context).isSuccess()).isTrue();
        ProcessBuilder sleeper = new ProcessBuilder("/bin/sleep", "600");
        sleeper.environment().put(Commands.MARK, Files.readString(root.resolve("mark")));
        return sleeper.start();
    }

    private static Map<String, String> environmentIn(Path file) throws Exception {
        return Arrays.stream(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0"))
                .collect(Collectors.toMap(entry -> entry.substring(0, entry.indexOf('=')), entry -> entry.substring(entry.indexOf('=') + 1), (a, b) -> b, TreeMap::new));
    }

    private static String stdout(HookResult result) {
        return result.output().stdout(UnaryOperator.identity());
    }

    private static String stderr(HookResult result) {
        return result.output().stderr(UnaryOperator.identity());
    }
}
