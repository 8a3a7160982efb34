package dev.dewpoint.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.RegistryServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the pages say of the packaged program, tried: their commands run, their flags and bounds exist, their unit holds. */
class DocsIT {
    private static final long SECONDS_A_BLOCK = 60;
    private static final List<String> OURS = List.of("DEWPOINT_", "GITHUB_", "GH_", "SLACK_", "MAIL_", "WEBHOOK_");
    private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");
    private static final Pattern HELPED_FLAG = Pattern.compile("(?m)^ +(?:-\\w, )?(--[a-z][a-z-]*)");
    private static final Pattern BOUNDS = Pattern.compile("(--[a-z-]+) \\S+: it must be between (\\S+) and (\\S+)");

    /** Of other programs. */
    private static final Set<String> FOREIGN = Set.of(
            "--strip-components", "--system", "--home-dir", "--shell", // tar, useradd
            "--filter", "--now", // docker ps, systemctl
            "--user", "--proxy-idle-timeout", // dewy's
            "--ultra", "--long", "--sparse", "--no-read-sparse", // zstd, tar: archives.md
            "--intervall"); // misspelt on purpose: configuration.md

    @TempDir
    Path temporary;

    @TestFactory
    Stream<DynamicTest> everyCommandInThePagesRuns() {
        return Page.all().stream().filter(page -> !page.shell().isEmpty()).map(page -> DynamicTest.dynamicTest(page.toString(), () -> run(page)));
    }

    @Test
    void noPageShowsCommandsWithoutTryingOne() {
        Predicate<Page> showsCommands = page -> page.blocks().stream().flatMap(block -> block.text().lines()).anyMatch(line -> line.startsWith("dewpoint "));
        assertThat(Page.all().stream().filter(showsCommands).filter(page -> page.shell().isEmpty())).isEmpty();
    }

    @Test
    void noPageNamesAFlagThatIsNotThere() throws Exception {
        Set<String> known = new HashSet<>(FOREIGN);
        for (String command : commands()) {
            known.addAll(flags(help(command)));
        }
        Set<String> ofDocker = flags(shell(temporary, Map.of(), "docker run --help").output());
        assertThat(ofDocker).contains("--env-file", "--cap-drop");
        Map<String, Set<String>> unknown = new LinkedHashMap<>();
        for (Page page : Page.all()) {
            Set<String> here = new TreeSet<>();
            Set<String> allowed = new HashSet<>(known);
            if (page.text().toLowerCase(Locale.ROOT).contains("run options")) {
                allowed.addAll(ofDocker);
            }
            page.code().forEach(code -> FLAG.matcher(code).results().map(found -> found.group()).filter(flag -> !allowed.contains(flag)).forEach(here::add));
            if (!here.isEmpty()) {
                unknown.put(page.toString(), here);
            }
        }
        assertThat(unknown).as("flags that neither dewpoint nor a program of the list has").isEmpty();
    }

    @Test
    void theConfigurationPageHoldsEveryFlagWithItsVariableDefaultAndBounds() {
        assertHolds("assets", List.of("--interval", "--hook-timeout", "--keep", "--admin-port"),
                "--registry", "file:///x", "--root", temporary.toString(), "--interval", "0", "--hook-timeout", "0", "--keep", "0", "--admin-port", "0");
        assertHolds("container", List.of("--interval", "--hook-timeout", "--keep", "--admin-port", "--replicas", "--health-timeout", "--health-interval", "--drain-time"),
                "--registry", "img://acme/shop", "--port", "8000", "--root", temporary.toString(), "--interval", "0", "--hook-timeout", "0", "--keep", "0", "--admin-port", "0", "--replicas", "0", "--health-timeout", "0", "--health-interval", "0", "--drain-time", "2d");
        assertHolds("server", List.of("--interval", "--hook-timeout", "--keep", "--admin-port", "--replicas", "--health-timeout", "--health-interval", "--drain-time", "--start-grace", "--nofile", "--nice"),
                "--registry", "file:///x", "--port", "8000", "--handover", "proxy", "--root", temporary.toString(), "--interval", "0", "--hook-timeout", "0", "--keep", "0", "--admin-port", "0", "--replicas", "0", "--health-timeout", "0", "--health-interval", "0",
                "--drain-time", "2d", "--start-grace", "1h", "--nofile", "1", "--nice", "40", "--", "./current/app");
        assertHolds("proxy", List.of("--dns-interval", "--drain-time", "--io-threads", "--max-connections", "--max-header"),
                "--route", "80=a:1", "--dns-interval", "0", "--drain-time", "2d", "--io-threads", "999", "--max-connections", "0", "--max-header", "1");
    }

    /** {@code outOfBounds}: a command line with a value for each of {@code bounded} that is refused. */
    private void assertHolds(String command, List<String> bounded, String... outOfBounds) {
        List<List<String>> rows = Page.called("configuration.md").table("Flags of `dewpoint " + command + "`");
        Map<String, List<String>> byFlag = new LinkedHashMap<>();
        rows.forEach(row -> byFlag.put(FLAG.matcher(row.getFirst()).results().findFirst().orElseThrow(() -> new AssertionError("no flag in " + row)).group(), row));
        String help = help(command);
        Set<String> flags = flags(help);
        flags.remove("--help");
        assertThat(byFlag.keySet()).containsExactlyInAnyOrderElementsOf(flags);
        byFlag.forEach((flag, row) -> {
            assertThat(row).as("cells of %s", flag).hasSize(6);
            assertThat(row.get(1)).as("variable of %s", flag).isEqualTo("`DEWPOINT_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT) + "`");
            defaultOf(flag, help).ifPresent(value -> assertThat(row.get(3).replaceAll("[`\\s]", "")).as("default of %s", flag).isEqualTo(value));
        });
        Matcher bounds = BOUNDS.matcher(output(Stream.concat(Stream.of(command), Stream.of(outOfBounds)).toArray(String[]::new)));
        List<String> found = new ArrayList<>();
        while (bounds.find()) {
            found.add(bounds.group(1));
            assertThat(byFlag.get(bounds.group(1)).get(4)).as("bounds of %s", bounds.group(1)).isEqualTo("%s … %s".formatted(bounds.group(2), bounds.group(3)));
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(bounded);
    }

    @Test
    void theSizesOfDependenciesAreThoseOfTheDistribution() throws IOException {
        Path lib = Packaged.launcher().getParent().resolveSibling("lib");
        Map<String, String> told = new LinkedHashMap<>();
        Stream.of("Direct", "Brought along").flatMap(heading -> Page.called("dependencies.md").table(heading).stream())
                .forEach(row -> told.put(row.getFirst().replace("`", "") + "-" + row.get(1) + ".jar", row.get(2)));
        Map<String, String> there = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(lib)) {
            for (Path jar : files.filter(file -> file.toString().endsWith(".jar") && !file.endsWith("dewpoint.jar")).toList()) {
                there.put(jar.getFileName().toString(), (Files.size(jar) + 500) / 1000 + " kB");
            }
        }
        assertThat(told).containsExactlyInAnyOrderEntriesOf(there);
    }

    @ParameterizedTest
    @CsvSource({"dewpoint-assets@.service, 20", "dewpoint-container@.service, 20", "dewpoint-proxy.service, 20", "dewpoint-server@.service, 40"})
    void theUnitIsValidAndTight(String name, int threshold) throws Exception {
        Path distribution = Packaged.launcher().getParent().getParent();
        String unit = Files.readString(Path.of("docs/systemd", name));
        assertThat(unit).contains("ExecStart=/opt/dewpoint/bin/dewpoint ").doesNotContainPattern("(?m)^MemoryDenyWriteExecute");
        Path copy = temporary.resolve(name);
        Files.writeString(copy, unit.replace("/opt/dewpoint/", distribution + "/"));
        Ran verified = shell(temporary, Map.of(), "systemd-analyze verify ./" + name);
        assertThat(verified.output()).isEmpty();
        assertThat(verified.exitCode()).isZero();
        String judge = "systemd-analyze security --no-pager --offline=true --threshold=" + threshold + " ./" + name;
        Ran judged = shell(temporary, Map.of(), judge);
        assertThat(judged.exitCode()).as(judged.output()).isZero();
        Files.writeString(copy, unit.replaceAll("(?m)^(CapabilityBoundingSet|Protect|Private|Restrict|SystemCallFilter).*\n", ""));
        assertThat(shell(temporary, Map.of(), judge).exitCode()).as("a loose unit is noticed").isNotZero();
    }

    private void run(Page page) throws Exception {
        Path directory = Files.createDirectory(temporary.resolve(page.name()));
        Map<String, String> environment = new LinkedHashMap<>();
        if (page.name().equals("README.md")) {
            environment.put("PREFIX", Files.createDirectory(temporary.resolve("prefix")).toString());
            Path tarball = tarball();
            Files.copy(tarball, directory.resolve(tarball.getFileName()));
        }
        if (page.name().equals("containers.md")) {
            environment.put("DOCKER_HOST", EngineServer.docker().address().toString());
            try (RegistryServer registry = RegistryServer.open()) {
                environment.put("REGISTRY", registry.host());
                run(page, directory, environment);
            }
        } else {
            run(page, directory, environment);
        }
    }

    private void run(Page page, Path directory, Map<String, String> environment) throws Exception {
        for (Page.Block block : page.shell()) {
            Ran ran = shell(directory, environment, block.text());
            assertThat(ran.exitCode()).as("%s, block at line %s:%n%s%n%s", page, block.line(), block.text(), ran.output()).isZero();
            page.outputOf(block).ifPresent(expected -> assertShown(page, expected, ran.output()));
        }
    }

    /** Each line in order; `…` stands for anything, and so does what is different each time. */
    private static void assertShown(Page page, Page.Block expected, String output) {
        List<String> lines = output.lines().map(DocsIT::masked).toList();
        int at = 0;
        for (String line : expected.text().lines().map(String::strip).filter(text -> !text.isEmpty()).toList()) {
            String parts = Stream.of(masked(line).split("…", -1)).map(Pattern::quote).reduce((a, b) -> a + ".*" + b).orElseThrow();
            Pattern wanted = Pattern.compile(parts);
            while (at < lines.size() && !wanted.matcher(lines.get(at)).find()) {
                at++;
            }
            assertThat(at).as("%s, block at line %s says that `%s` is printed, in that order; it was:%n%s", page, expected.line(), line, output).isLessThan(lines.size());
            at++;
        }
    }

    private static String masked(String line) {
        return line.replaceAll("\\d{8}T\\d{6}Z(-\\d+)?", "RELEASE").replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME").replaceAll("\"(\\d+m)?\\d+(\\.\\d+)?m?s\"", "\"DURATION\"")
                .replaceAll("[0-9a-f]{64}", "DIGEST").replaceAll("\\s+", " ").strip();
    }

    private static Path tarball() throws IOException {
        Path target = Packaged.launcher().getParent().getParent().resolveSibling("");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches("dewpoint-.*\\.tar\\.gz")).findFirst().orElseThrow(() -> new AssertionError("no tarball in " + target)).toAbsolutePath();
        }
    }

    private record Ran(int exitCode, String output) {}

    /** As a reader would type it, but stopping at the first failure. */
    private Ran shell(Path directory, Map<String, String> more, String text) throws IOException, InterruptedException {
        Path printed = Files.createTempFile(temporary, "printed", ".txt");
        ProcessBuilder builder = new ProcessBuilder("setsid", "--wait", "sh", "-euc", text).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(printed.toFile());
        builder.environment().keySet().removeIf(name -> OURS.stream().anyMatch(name::startsWith) || name.equals("PREFIX"));
        builder.environment().put("PATH", Packaged.launcher().getParent() + ":" + System.getenv("PATH"));
        builder.environment().put("HOME", directory.toString());
        builder.environment().putAll(more);
        Process process = builder.start();
        boolean inTime = process.waitFor(SECONDS_A_BLOCK, TimeUnit.SECONDS);
        if (!inTime) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        String output = Files.readString(printed);
        assertThat(inTime).as("ended within %s s:%n%s%n%s", SECONDS_A_BLOCK, text, output).isTrue();
        return new Ran(process.exitValue(), output);
    }

    /** Without blanks, since help breaks lines where it likes. */
    private static Optional<String> defaultOf(String flag, String help) {
        String entry = help.lines().dropWhile(line -> !HELPED_FLAG.matcher(line).find() || !flags(line).contains(flag)).limit(1).findFirst().orElseThrow();
        String further = help.lines().dropWhile(line -> !line.equals(entry)).skip(1).takeWhile(line -> !line.isBlank() && !HELPED_FLAG.matcher(line).find()).collect(Collectors.joining());
        return Pattern.compile("Default:(.+)\\.$").matcher((entry + further).replaceAll("\\s", "")).results().findFirst().map(found -> found.group(1));
    }

    private static Set<String> flags(String help) {
        return HELPED_FLAG.matcher(help).results().map(found -> found.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    private List<String> commands() {
        String list = help("").replaceAll("(?s).*\nCommands:\n", "").replaceAll("(?s)\n\n.*", "");
        List<String> commands = Pattern.compile("(?m)^  ([a-z]+) ").matcher(list).results().map(found -> found.group(1)).toList();
        assertThat(commands).contains("assets", "proxy", "status", "demo");
        return Stream.concat(Stream.of(""), commands.stream()).toList();
    }

    private String help(String command) {
        return command.isEmpty() ? output("--help") : output(command, "--help");
    }

    private String output(String... arguments) {
        return Packaged.run(temporary, Map.of("COLUMNS", "80"), arguments).output() + "\n";
    }
}
