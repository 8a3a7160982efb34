package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.host.Secret;
import dev.dewpoint.testing.Seeds;
import dev.dewpoint.testing.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunOptionsTest {
    private static final byte[] KEY = "key of this root".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path temporary;

    static Stream<JsonNode> cases() {
        Vectors vectors = Vectors.of("docker_run_args.json");
        return Stream.of("known", "dewy_differs", "dangerous", "refused", "taken").flatMap(vectors::block);
    }

    private static RunOptions.Parsed parse(boolean allowDangerous, List<String> words) {
        return RunOptions.parse(words, Apps.surroundings(Map.of("INHERITED", "from the agent"), allowDangerous));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatIsRejectedSaysWhichOptionAndWhatToDo(JsonNode row) {
        List<String> problems = parse(false, Vectors.texts(row.path("args"))).problems();
        assertThat(problems.isEmpty()).as(row + " -> " + problems).isEqualTo(!row.path("rejected").asBoolean());
        assertThat(problems).allMatch(problem -> problem.startsWith("-") || problem.startsWith("the word at place"), "names the option").allMatch(problem -> problem.length() > 25, "says more than that");
    }

    static Stream<JsonNode> dangerous() {
        return Vectors.of("docker_run_args.json").block("dangerous");
    }

    @ParameterizedTest
    @MethodSource("dangerous")
    void whatIsDangerousPassesIfThatIsMeant(JsonNode row) {
        List<String> words = Vectors.texts(row.path("args"));
        assertThat(parse(false, words).problems()).allMatch(problem -> problem.contains("--allow-dangerous-run-options") || problem.contains("neither a path"));
        if (parse(false, words).problems().stream().noneMatch(problem -> problem.contains("neither a path"))) {
            assertThat(parse(true, words).problems()).isEmpty();
        }
    }

    static Stream<JsonNode> users() {
        return Vectors.of("docker_run_args.json").block("user");
    }

    @ParameterizedTest
    @MethodSource("users")
    void whetherAUserIsGiven(JsonNode row) {
        assertThat(parse(false, Vectors.texts(row.path("args"))).options().program().user().isPresent()).isEqualTo(row.path("has").asBoolean());
    }

    static Stream<JsonNode> names() {
        return Vectors.of("docker_run_args.json").block("name");
    }

    @ParameterizedTest
    @MethodSource("names")
    void theNameIsTheBaseOfThoseOfTheContainers(JsonNode row) {
        assertThat(parse(false, Vectors.texts(row.path("args"))).options().name().orElse("")).isEqualTo(row.path("name").asText());
    }

    @Test
    @DisplayName("W31, W37: what would take the published port away from the proxy is refused with the reason")
    void thePublishedPortStaysTheProxys() {
        assertThat(parse(true, List.of("--network=host")).problems()).singleElement().asString().contains("127.0.0.1");
        assertThat(parse(true, List.of("--restart=always")).problems()).singleElement().asString().contains("Dewpoint replaces a replica that dies");
        assertThat(parse(true, List.of("-p", "80:80")).problems()).singleElement().asString().contains("-p PROXY:CONTAINER");
    }

    @Test
    void everyFormOfAnOptionMeansTheSame() {
        List<List<String>> forms = List.of(List.of("-e", "A=b c", "-m", "512m"), List.of("-eA=b c", "-m512m"), List.of("-e=A=b c", "-m=512m"), List.of("--env", "A=b c", "--memory", "512m"), List.of("--memory=524288k", "--env=A=b c"));
        assertThat(forms).allSatisfy(words -> assertThat(parse(false, words).problems()).isEmpty()).extracting(words -> parse(false, words).options().configHash(KEY)).containsOnly(parse(false, forms.getFirst()).options().configHash(KEY));
        assertThat(parse(false, forms.getFirst()).options().resources().memoryBytes()).hasValue(512L << 20);
        assertThat(parse(false, forms.getFirst()).options().environment()).isEqualTo(Map.of("A", new Secret("b c")));
    }

    @Test
    void valuesAreTyped() {
        RunOptions options = Apps.options("--cpus=1.5", "--memory-swap", "1g", "--memory", "1.5m", "--health-interval", "1m30.5s", "--health-cmd", "check me", "--ulimit", "core=-1", "--ulimit=nofile=1:2", "--sysctl", "a.b=c=d", "--stop-timeout", "7",
                "--mount", "type=bind,\"src=/srv/a,b\",dst=/x,ro", "-v", "./rel/../data:/data:ro", "-v", "name:/n", "-v", "/anonymous", "--gpus", "\"device=0,2\",capabilities=utility", "--network=one", "--network", "two", "--network-alias=x", "--oom-score-adj", "-5");
        assertThat(options.resources().nanoCpus()).hasValue(1_500_000_000);
        assertThat(options.resources().memoryBytes()).hasValue(1_572_864);
        assertThat(options.resources().swapBytes()).hasValue(1L << 30);
        assertThat(options.healthcheck().interval()).contains(Duration.ofMillis(90_500));
        assertThat(options.healthcheck().command()).contains("check me");
        assertThat(options.resources().limits()).isEqualTo(Map.of("core", new RunOptions.Limit(-1, -1), "nofile", new RunOptions.Limit(1, 2)));
        assertThat(options.resources().kernel()).isEqualTo(Map.of("a.b", "c=d"));
        assertThat(options.program().stopSeconds()).hasValue(7);
        assertThat(options.storage().mounts()).containsExactly(new RunOptions.Mounted(RunOptions.MountKind.BIND, "/srv/a,b", "/x", true, Map.of()));
        assertThat(options.storage().volumes()).containsExactly(new RunOptions.Volume("/srv/app/data", "/data", "ro"), new RunOptions.Volume("name", "/n", ""), new RunOptions.Volume("", "/anonymous", ""));
        assertThat(options.resources().gpus()).contains(new RunOptions.Gpus("", 0, List.of("0", "2"), List.of("gpu", "utility")));
        assertThat(options.networking().networks()).containsExactly(new RunOptions.Attachment("one", List.of("x")), new RunOptions.Attachment("two", List.of()));
        assertThat(options.resources().oomScore()).hasValue(-5);
    }

    @Test
    void environmentComesFromWordsFilesAndTheAgent() throws IOException {
        Files.writeString(temporary.resolve("app.env"), "\uFEFF# a comment\n\nFROM_FILE=1 2 \nBOTH=file\n  INDENTED=x\nINHERITED\nABSENT\nEMPTY=\n");
        Surroundings here = new Surroundings(Map.of("INHERITED", "from the agent"), temporary, List.of(), false, Disk.local());
        RunOptions.Parsed parsed = RunOptions.parse(List.of("-e", "BOTH=word", "--env-file", "app.env", "-e", "INHERITED", "-e", "NOT_THERE"), here);
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.options().environment()).isEqualTo(Map.of("FROM_FILE", new Secret("1 2 "), "BOTH", new Secret("word"), "INDENTED", new Secret("x"), "INHERITED", new Secret("from the agent"), "EMPTY", new Secret("")));
        Files.writeString(temporary.resolve("bad.env"), "GOOD=1\nnot a name=s3cr3t\n=s3cr3t\n");
        assertThat(RunOptions.parse(List.of("--env-file", "bad.env"), here).problems()).hasSize(2).allMatch(problem -> problem.contains("bad.env, line ")).noneMatch(problem -> problem.contains("s3cr3t"));
    }

    @Test
    void aMountIsJudgedByWhereItLeads() throws IOException {
        Path root = Files.createSymbolicLink(temporary.resolve("harmless"), Path.of("/"));
        Path deep = Files.createDirectories(temporary.resolve("engine"));
        Surroundings here = new Surroundings(Map.of(), temporary, List.of(Files.createSymbolicLink(temporary.resolve("sock"), deep.resolve("real.sock"))), false, Disk.local());
        Files.createFile(deep.resolve("real.sock"));
        for (String source : List.of(root.toString(), root + "/", root + "/srv/..", "./harmless", root + "/var/run", deep.toString(), deep.resolve("real.sock").toString(), "./sock", temporary.toString())) {
            assertThat(RunOptions.parse(List.of("-v", source + ":/x"), here).problems()).as(source).hasSize(1);
            assertThat(RunOptions.parse(List.of("--mount", "type=bind,src=" + source + ",dst=/x"), here).problems()).as(source).hasSize(1);
        }
        assertThat(RunOptions.parse(List.of("-v", temporary.resolve("data") + ":/x", "-v", "./data:/y"), here).problems()).isEmpty();
        Files.delete(root);
    }

    @ParameterizedTest
    @DisplayName("W39: no value of an option is repeated")
    @ValueSource(strings = {"-e TOKEN=s3cr3t --nope", "--env TOKEN=s3cr3t -e =s3cr3t", "-l =s3cr3t", "-v s3cr3t", "--mount s3cr3t", "-m s3cr3t", "--log-opt s3cr3t", "--health-interval s3cr3t", "-u s3cr3t:s3cr3t:s3cr3t", "-e TOKEN=s3cr3t s3cr3t", "--unknown=s3cr3t", "-Zs3cr3t", "--restart=s3cr3t", "--network s3cr3t:x", "--gpus s3cr3t", "--label dewpoint.x=s3cr3t", "--add-host s3cr3t"})
    void noValueIsRepeated(String line) {
        RunOptions.Parsed parsed = parse(false, List.of(line.split(" ")));
        assertThat(parsed.problems()).isNotEmpty();
        assertThat(parsed.toString()).doesNotContain("s3cr3t");
    }

    @Test
    void theHashIsOfTheSettingsAndNotOfTheirOrder() {
        List<List<String>> units = List.of(List.of("-e", "A=1"), List.of("-e", "B=2"), List.of("-v", "/srv/a:/a"), List.of("-v", "/srv/b:/b"), List.of("-l", "x=y"), List.of("-l", "z"), List.of("-m", "64m"), List.of("--cpus=2"), List.of("--ulimit", "nofile=9"),
                List.of("--tmpfs", "/t"), List.of("--sysctl", "a=b"), List.of("--sysctl", "c=d"), List.of("--group-add", "1"), List.of("--group-add", "2"), List.of("--cap-drop", "ALL"), List.of("--mount", "type=tmpfs,dst=/m,tmpfs-size=1m"), List.of("--read-only"), List.of("--health-cmd", "x"));
        String hash = hash(units);
        Seeds.each(50, random -> {
            List<List<String>> shuffled = new ArrayList<>(units);
            Collections.shuffle(shuffled, random);
            assertThat(hash(shuffled)).isEqualTo(hash);
        });
        for (int i = 0; i < units.size(); i++) {
            List<List<String>> without = new ArrayList<>(units);
            without.remove(i);
            assertThat(hash(without)).as("without " + units.get(i)).isNotEqualTo(hash);
        }
        assertThat(hash(List.of(List.of("-e", "A=bc")))).isNotEqualTo(hash(List.of(List.of("-e", "Ab=c"))));
        assertThat(hash(List.of(List.of("--dns=10.0.0.1", "--dns=10.0.0.2")))).as("the first one is asked first").isNotEqualTo(hash(List.of(List.of("--dns=10.0.0.2", "--dns=10.0.0.1"))));
        assertThat(Apps.options("-e", "A=1").configHash("another key".getBytes(StandardCharsets.US_ASCII))).isNotEqualTo(Apps.options("-e", "A=1").configHash(KEY));
        assertThat(Apps.options("-e", "A=1", "-m", "1g").configHash(KEY)).as("it stays the same from release to release of Dewpoint").isEqualTo("43be255088d663653300f01c84ca4866");
    }

    private static String hash(List<List<String>> units) {
        return Apps.options(units.stream().flatMap(List::stream).toArray(String[]::new)).configHash(KEY);
    }
}
