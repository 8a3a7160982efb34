package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.health.Check;
import dev.dewpoint.host.Secret;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Upstream;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.testing.Vectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What `dewpoint container` makes of its flags and of the words behind them. */
class ContainerReaderTest {
    private static final String REGISTRY = "img://ghcr.io/acme/shop";

    @TempDir
    Path folder;

    static Stream<JsonNode> portFlags() {
        return Vectors.of("ports.json").block("container_port_flags");
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        ContainerSettings settings = right(Map.of("--port", List.of("8000")));
        assertThat(settings.common().app()).isEqualTo("shop");
        assertThat(settings.common().root()).isEqualTo(folder);
        assertThat(settings.rollouts()).isEqualTo(new Rollouts(1, Rollouts.Strategy.SWAP, Duration.ofSeconds(30), Duration.ofSeconds(30), OptionalInt.empty(), true));
        assertThat(settings.inside()).containsExactly(OptionalInt.empty());
        assertThat(settings.command()).isEmpty();
        assertThat(settings.followMovedTags()).isFalse();
        assertThat(settings.stopApps()).isFalse();
        assertThat(settings.options().environment()).isEmpty();
        assertThat(settings.engine().address()).hasToString("unix:///var/run/docker.sock");
        assertThat(settings.proxy().rules()).singleElement().satisfies(rule -> {
            assertThat(rule.match().port()).isEqualTo(8000);
            assertThat(rule.stream()).isFalse();
            assertThat(rule.balance()).isEqualTo(Balance.ROUND_ROBIN);
            assertThat(rule.upstreams()).containsExactly(new Upstream.Replicas("shop"));
            assertThat(rule.options().health().check()).isInstanceOf(Check.Held.class);
            assertThat(rule.options().health().rhythm().interval()).isEqualTo(Duration.ofSeconds(1));
        });
    }

    @Test
    void everyFlagCanBeSetByItsVariableAndTheCommandLineWins() {
        Map<String, String> environment = new HashMap<>(Map.of("DEWPOINT_REGISTRY", REGISTRY + "?pre-release=true", "DEWPOINT_PORT", "8000:8080\n9000:9090/tcp", "DEWPOINT_REPLICAS", "3", "DEWPOINT_STRATEGY", "rolling", "DEWPOINT_BALANCE", "least-requests",
                "DEWPOINT_HEALTH_PATH", "/health", "DEWPOINT_HEALTH_TIMEOUT", "1m", "DEWPOINT_HEALTH_INTERVAL", "500ms", "DEWPOINT_DRAIN_TIME", "5", "DEWPOINT_REPLICA_PORT_START", "20000"));
        environment.putAll(Map.of("DEWPOINT_CMD", "serve\n--verbose", "DEWPOINT_FOLLOW_MOVED_TAGS", "true", "DEWPOINT_STOP_APPS", "yes", "DEWPOINT_RUNTIME", "podman", "CONTAINER_HOST", "unix:///run/own.sock", "DEWPOINT_NAME", "eshop", "DEWPOINT_KEEP", "2"));
        ContainerSettings settings = reader(Map.of("--replicas", List.of("2")), environment, new Problems()).read(folder).orElseThrow();
        assertThat(settings.common().app()).isEqualTo("eshop");
        assertThat(settings.common().selection().preRelease()).isTrue();
        assertThat(settings.common().storage().keep()).isEqualTo(2);
        assertThat(settings.rollouts()).isEqualTo(new Rollouts(2, Rollouts.Strategy.ROLLING, Duration.ofMinutes(1), Duration.ofSeconds(5), OptionalInt.of(20000), true));
        assertThat(settings.inside()).containsExactly(OptionalInt.of(8080), OptionalInt.of(9090));
        assertThat(settings.command()).containsExactly("serve", "--verbose");
        assertThat(settings.followMovedTags() && settings.stopApps()).isTrue();
        assertThat(settings.engine().address()).hasToString("unix:///run/own.sock");
        assertThat(settings.proxy().drainTime()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.proxy().rules()).extracting(Rule::balance).containsOnly(Balance.LEAST_REQUESTS);
        assertThat(settings.proxy().rules().getFirst().options().health().check()).isEqualTo(new Check.Http("/health", 200, 299, Optional.empty()));
        assertThat(settings.proxy().rules().getFirst().options().health().rhythm().interval()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void theLineOfTheIssueIsUnderstood() {
        ContainerSettings settings = right(Map.of("--registry", List.of("img://127.0.0.1:5000/team/api?pre-release=true"), "--container-port", List.of("8080"), "--replicas", List.of("3"), "--health-path", List.of("/health"),
                "--health-timeout", List.of("30"), "--port", List.of("8000"), "--log-level", List.of("info")));
        assertThat(settings.common().app()).isEqualTo("api");
        assertThat(settings.inside()).containsExactly(OptionalInt.of(8080));
        assertThat(settings.rollouts().replicas()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("portFlags")
    void portMappingsOfTheVectorsAreUnderstoodOrRefused(JsonNode vector) {
        Problems problems = new Problems();
        List<String> given = Vectors.texts(vector.path("in"));
        Optional<ContainerSettings> settings = reader(given.isEmpty() ? Map.of() : Map.of("--port", given), Map.of(), problems).read(folder);
        if (vector.path("error").asBoolean()) {
            assertThat(settings).isEmpty();
            assertThat(problems.list()).singleElement().asString().contains("--port");
            return;
        }
        assertThat(problems.list()).isEmpty();
        List<Integer> proxies = settings.orElseThrow().proxy().rules().stream().map(rule -> rule.match().port()).toList();
        assertThat(proxies).isEqualTo(vector.path("out").valueStream().map(one -> one.path("proxy").asInt()).toList());
        assertThat(settings.get().inside().stream().map(inside -> inside.orElse(0))).containsExactlyElementsOf(vector.path("out").valueStream().map(one -> one.path("container").asInt()).toList());
    }

    @ParameterizedTest
    @CsvSource({"8000,false,0", "8000:8080,false,8080", "tcp:8000,true,0", "tcp:8000:5432,true,5432", "8000/tcp,true,0", "8000:5432/tcp,true,5432", "tcp:8000:5432/tcp,true,5432", "8000:8080/http,false,8080"})
    void aPortMayBeOneForWhatIsNotHttp(String text, boolean stream, int inside) {
        DoorText door = DoorText.parse(new Flags.Value("--port", text));
        assertThat(door.port()).isEqualTo(8000);
        assertThat(door.stream()).isEqualTo(stream);
        assertThat(door.inside().orElse(0)).isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp:53", "53/udp", "8000:", ":8080", "8000-8005", "127.0.0.1:8000:8080", "99999999", "8000:0", "http:8000", "8000 :80", "+8000", "-1", ""})
    void whatIsNoPortIsRefusedWithTheFormThatItHas(String text) {
        Problems problems = problems(Map.of("--port", List.of("8000", text.isEmpty() ? "8001:" : text)));
        assertThat(problems.list()).isNotEmpty().allSatisfy(problem -> assertThat(problem).startsWith("--port "));
    }

    @Test
    void aPathIsAskedForOnlyWhereHttpIsSpoken() {
        assertThat(checks(Map.of("--port", List.of("8000:80", "tcp:9000:90"), "--health-path", List.of("/up")))).satisfiesExactly(http -> assertThat(http).isInstanceOf(Check.Http.class), tcp -> assertThat(tcp).isInstanceOf(Check.Held.class));
        assertThat(checks(Map.of("--port", List.of("tcp:9000:90"), "--health-path", List.of("/up")))).singleElement().isInstanceOf(Check.Held.class);
        assertThat(problems(Map.of("--port", List.of("8000"), "--health-path", List.of("health"))).list()).containsExactly("--health-path health: it is a path, such as /health");
        assertThat(problems(Map.of("--port", List.of("8000"), "--health-path", List.of("/a b"))).list()).hasSize(1);
    }

    private List<Check> checks(Map<String, List<String>> flags) {
        return right(flags).proxy().rules().stream().map(rule -> rule.options().health().check()).toList();
    }

    @Test
    void thePortInsideMayBeSaidInEitherWayButNotInTwo() {
        assertThat(right(Map.of("--port", List.of("8000"), "--container-port", List.of("8080"))).inside()).containsExactly(OptionalInt.of(8080));
        assertThat(right(Map.of("--port", List.of("8000:8080"), "--container-port", List.of("8080"))).inside()).containsExactly(OptionalInt.of(8080));
        assertThat(right(Map.of("--port", List.of("8000:8080,8001"), "--container-port", List.of("8080"))).inside()).containsExactly(OptionalInt.of(8080), OptionalInt.of(8080));
        assertThat(problems(Map.of("--port", List.of("8000:8080"), "--container-port", List.of("9090"))).list())
                .containsExactly("--port 8000:8080: it leads to the port 8080 in the container, and --container-port says 9090; leave one of them away");
        assertThat(problems(Map.of("--port", List.of("8000"), "--container-port", List.of("http"))).list()).singleElement().asString().startsWith("--container-port http: ");
    }

    @Test
    void portsOfReplicasStayApartFromPublicOnes() {
        assertThat(right(Map.of("--port", List.of("8000"), "--replica-port-start", List.of("20000"), "--replicas", List.of("3"))).rollouts().first()).hasValue(20000);
        assertThat(problems(Map.of("--port", List.of("20005"), "--replica-port-start", List.of("20000"), "--replicas", List.of("3"))).list()).as("two generations of three")
                .containsExactly("--replica-port-start 20000: the replicas take the ports up to 20005, and 20005 of --port is among them");
        assertThat(right(Map.of("--port", List.of("20006"), "--replica-port-start", List.of("20000"), "--replicas", List.of("3")))).isNotNull();
        assertThat(problems(Map.of("--port", List.of("20006:80", "20011:90"), "--replica-port-start", List.of("20000"), "--replicas", List.of("3"))).list()).as("each has two ports").hasSize(2);
        assertThat(problems(Map.of("--port", List.of("8000"), "--replica-port-start", List.of("65530"), "--replicas", List.of("4"))).list())
                .containsExactly("--replica-port-start 65530: two generations of 4 replicas need the ports up to 65537, and there are none above 65535");
    }

    @Test
    void onceIsRefusedBecauseNothingWouldServeAfterwards() {
        assertThat(problems(Map.of("--port", List.of("8000"), "--once", List.of("true"))).list()).singleElement().asString().startsWith("--once is for `dewpoint assets`").contains("leave it away");
    }

    @Test
    void aPatternForSlotsWithoutASlotIsRefused() {
        String url = REGISTRY + "?slot-pattern={version}-{slot}";
        assertThat(problems(Map.of("--registry", List.of(url), "--port", List.of("8000"))).list()).singleElement().asString().startsWith("--registry ?slot-pattern=").contains("--slot");
        ContainerSettings settings = right(Map.of("--registry", List.of(url), "--port", List.of("8000"), "--slot", List.of("blue")));
        assertThat(settings.common().selection().parse(new Tag("v1.2.0-blue")).orElseThrow().slot()).contains("blue");
    }

    @Test
    void onlyImagesAreRunAndTheOthersSayWhoDeploysThem() {
        assertThat(problems(Map.of("--registry", List.of("ghr://acme/shop"), "--port", List.of("8000"))).list()).singleElement().asString().contains("img://HOST/REPO", "dewpoint assets");
    }

    @Test
    void allProblemsAreToldAtOnce() {
        Problems problems = new Problems();
        Map<String, List<String>> flags = Map.of("--port", List.of("70000"), "--replicas", List.of("0"), "--strategy", List.of("swop"), "--balance", List.of("random"), "--health-timeout", List.of("0"), "--drain-time", List.of("soon"), "--runtime", List.of("dockr"),
                "--keep", List.of("none"), "--interval", List.of("0"));
        new ContainerReader(new Flags(flags, Map.of("DOCKER_HOST", "ssh://me@host"), List.of("--prot is no option of `dewpoint container`; did you mean --port?")), List.of("--privileged", "--restart", "always", "--nonsense"), problems,
                new Secrets(Map.of(), problems), folder).read(folder);
        String all = String.join("\n", problems.list());
        assertThat(all).contains("--registry is not set", "--prot is no option", "--port 70000: ", "--replicas 0: it must be between 1 and 100", "--strategy swop: it is one of swap, rolling, hold; did you mean swap?", "--balance random: it is one of round-robin",
                "--health-timeout 0: it must be between 1s and 1h", "--drain-time soon: ", "--runtime dockr: it is one of docker, podman; did you mean docker?", "--keep none: ", "--interval 0: ", "--privileged weakens", "--restart isn't allowed", "--nonsense: docker's run has no such option");
        assertThat(problems.list()).doesNotHaveDuplicates();
    }

    @Test
    void anEngineThatCannotBeFoundIsAProblemLikeAnyOther() {
        Problems problems = new Problems();
        assertThat(reader(Map.of("--registry", List.of(REGISTRY), "--port", List.of("8000")), Map.of("DOCKER_HOST", "ssh://me@host"), problems).read(folder)).isEmpty();
        assertThat(problems.list()).singleElement().asString().contains("DOCKER_HOST", "ssh");
    }

    @Test
    void valuesOfVariablesAppearNowhereAndAreBlankedOut() throws IOException {
        Path file = Files.writeString(folder.resolve("app.env"), "FROM_FILE=canary-file\nbad name=canary-line\n");
        List<String> words = List.of("-e", "A=canary-one", "-eB=canary-two", "--env", "C", "--env-file", file.toString(), "-e", "=canary-three", "--memory", "canary-four", "canary-five");
        Problems problems = new Problems();
        Map<String, String> environment = Map.of("C", "canary-inherited");
        Secrets noted = new Secrets(environment, problems);
        assertThat(new ContainerReader(new Flags(Map.of("--registry", List.of(REGISTRY), "--port", List.of("8000")), environment, List.of()), words, problems, noted, folder).read(folder)).isEmpty();
        assertThat(problems.list()).hasSizeGreaterThanOrEqualTo(4);
        assertThat(String.join("\n", problems.list())).doesNotContain("canary");
        assertThat(noted.given()).extracting(Secret::value).contains("canary-one", "canary-two", "canary-inherited", "canary-file");
    }

    @Test
    void runOptionsAreTakenAndShownByNameAlone() {
        Problems problems = new Problems();
        ContainerSettings settings = new ContainerReader(new Flags(Map.of("--registry", List.of(REGISTRY), "--port", List.of("8000")), Map.of(), List.of()), List.of("-e", "TOKEN=canary", "--name", "web", "-m", "512m", "--network", "backend"), problems,
                new Secrets(Map.of(), problems), folder).read(folder).orElseThrow();
        assertThat(settings.options().name()).contains("web");
        assertThat(settings.options().environment()).containsEntry("TOKEN", new Secret("canary"));
        assertThat(settings.options().resources().memoryBytes()).hasValue(512L << 20);
        assertThat(settings.toString()).contains("TOKEN").doesNotContain("canary");
    }

    @Test
    void dangerousRunOptionsPassOnlyIfAskedFor() {
        Problems problems = new Problems();
        Map<String, List<String>> flags = Map.of("--registry", List.of(REGISTRY), "--port", List.of("8000"), "--allow-dangerous-run-options", List.of("true"));
        assertThat(new ContainerReader(new Flags(flags, Map.of(), List.of()), List.of("--privileged"), problems, new Secrets(Map.of(), problems), folder).read(folder).orElseThrow().options().privileges().privileged()).isTrue();
    }

    private ContainerSettings right(Map<String, List<String>> flags) {
        Problems problems = new Problems();
        Optional<ContainerSettings> settings = reader(flags, Map.of(), problems).read(folder);
        assertThat(problems.list()).isEmpty();
        return settings.orElseThrow();
    }

    private Problems problems(Map<String, List<String>> flags) {
        Problems problems = new Problems();
        assertThat(reader(flags, Map.of(), problems).read(folder)).isEmpty();
        return problems;
    }

    private ContainerReader reader(Map<String, List<String>> flags, Map<String, String> environment, Problems problems) {
        Map<String, List<String>> all = new HashMap<>(flags);
        if (!environment.containsKey("DEWPOINT_REGISTRY")) {
            all.putIfAbsent("--registry", List.of(REGISTRY));
        }
        return new ContainerReader(new Flags(all, environment, List.of()), List.of(), problems, new Secrets(environment, problems), folder);
    }
}
