package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.AppImage;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.RegistryServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** `dewpoint container`, packaged: updates with traffic all the time, against a real engine and a real registry. */
class ContainersIT {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final Pattern MESSAGE = Pattern.compile("^\\S+ [A-Z]+: (.*?)(?: [a-z_]+=\".*)?$");

    /** Comes when the proxy's own checks come round, and belongs to no step. */
    private static final Pattern OF_THE_PROXY = Pattern.compile("^(Backend|Route|Downloading)\\b");

    private static EngineServer engine;
    private static RegistryServer registry;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        engine = EngineServer.docker();
        registry = RegistryServer.open();
    }

    @AfterAll
    static void close() {
        registry.close();
    }

    @AfterEach
    void clean() {
        engine.removeAll();
    }

    record Way(String strategy, int replicas) {}

    static Stream<Way> ways() {
        return Stream.of(new Way("swap", 3), new Way("rolling", 1), new Way("swap", 1), new Way("rolling", 3)).limit(SOAK ? 4 : 1);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void updatesCostNobodyARequestAndWhatIsUnhealthyIsNeverSeen(Way way) {
        Host host = Host.of(engine, registry, folder, "updates-" + way.strategy() + way.replicas());
        String repository = host.image.substring(host.image.indexOf('/') + 1);
        registry.push(repository, "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--strategy", way.strategy(), "--replicas", "" + way.replicas(), "--health-path", "/health", "--health-timeout", "10s")) {
            Host.completed(agent, "v1.0.0");
            try (Traffic traffic = Traffic.at(host.port).goesOn(300)) {
                registry.push(repository, "v2.0.0", AppImage.of("v2"));
                Host.completed(agent, "v2.0.0");
                traffic.goesOn(300);
                registry.push(repository, "v3.0.0", AppImage.of("v3", "HEALTH=503"));
                agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v3.0.0"), "v3 failed");
                traffic.goesOn(300);
                registry.push(repository, "v4.0.0", AppImage.of("v4"));
                Host.completed(agent, "v4.0.0");
                traffic.goesOn(300);
                Host.await(() -> host.running().size() == way.replicas(), "the old ones are gone");
                traffic.goesOn(200).end();
                assertThat(traffic.failures()).as("of " + traffic.answers().size() + "; " + agent.output()).isEmpty();
                assertThat(traffic.versions()).containsExactly("v1", "v2", "v4");
                assertThat(List.of(Traffic.Kind.values())).allSatisfy(kind -> assertThat(traffic.answers(kind)).as(kind.toString()).isPositive());
                if (way.strategy().equals("swap")) {
                    assertThat(traffic.oldAfterNew()).isEmpty();
                }
                assertThat(agent.output()).contains("Rolling back deployment", "Removing failed container");
                assertThat(host.containers()).hasSize(way.replicas());
            }
            assertThat(agent.terminate()).isZero();
            assertThat(host.running()).as("containers go on without the agent").hasSize(way.replicas());
        }
    }

    @Test
    void rollingFromAnEmptyHostTellsItsStoryWordForWord() {
        List<String> story = storyFromNothing("rolling");
        List<String> expected = new ArrayList<>(List.of("Starting container deployment replicas=3", "Pulling new image", "Image pull complete", "Image pull notification", "Found existing containers count=0"));
        for (int k = 1; k <= 3; k++) {
            expected.addAll(List.of("Starting new container replica=" + k + " total=3", "Container started", "Health checking new container", "Health check passed", "Container added to load balancer backend_count=" + k));
        }
        expected.addAll(List.of("Updating proxy backend", "Proxy backend updated successfully", "Container deployment completed new_containers=3"));
        assertThat(story).containsExactlyElementsOf(expected);
    }

    @Test
    void swapFromAnEmptyHostTellsTheSameWithTheJoinsTogether() {
        List<String> story = storyFromNothing("swap");
        assertThat(story).startsWith("Starting container deployment replicas=3", "Pulling new image", "Image pull complete", "Image pull notification", "Found existing containers count=0");
        assertThat(story).endsWith("Container added to load balancer backend_count=1", "Container added to load balancer backend_count=2", "Container added to load balancer backend_count=3", "Updating proxy backend",
                "Proxy backend updated successfully", "Container deployment completed new_containers=3");
        List<String> between = story.subList(5, story.size() - 6);
        assertThat(between).containsExactlyInAnyOrder("Starting new container replica=1 total=3", "Starting new container replica=2 total=3", "Starting new container replica=3 total=3", "Container started", "Container started",
                "Container started", "Health checking new container", "Health checking new container", "Health checking new container", "Health check passed", "Health check passed", "Health check passed");
    }

    /** What an operator greps for, with the figures that the order turns on. */
    private List<String> storyFromNothing(String strategy) {
        Host host = Host.of(engine, registry, folder, "story-" + strategy);
        registry.push("story-" + strategy, "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--strategy", strategy, "--replicas", "3", "--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            List<String> lines = agent.lines();
            int from = indexOf(lines, "Starting container deployment");
            int to = indexOf(lines, "Container deployment completed");
            return lines.subList(from, to + 1).stream().map(ContainersIT::told).filter(told -> !OF_THE_PROXY.matcher(told).find()).toList();
        }
    }

    private static int indexOf(List<String> lines, String part) {
        return lines.indexOf(lines.stream().filter(line -> line.contains(part)).findFirst().orElseThrow());
    }

    private static String told(String line) {
        Matcher message = MESSAGE.matcher(line);
        StringBuilder told = new StringBuilder(message.find() ? message.group(1) : line);
        for (Matcher figure = Pattern.compile(" (replicas|count|replica|total|backend_count|new_containers)=\"(\\d+)\"").matcher(line); figure.find();) {
            told.append(' ').append(figure.group(1)).append('=').append(figure.group(2));
        }
        return told.toString();
    }

    @Test
    void theLineOfTheCardRunsAsItStands() {
        Host host = Host.of(engine, registry, folder, "card");
        registry.push("card", "v1.0.0-rc1", AppImage.of("v1"));
        String line = "dewpoint container --registry \"img://HOST/REPO?pre-release=true\" --container-port 8080 --replicas 3 --health-path /health --health-timeout 30 --port 8000 --log-level info";
        String[] words = line.replace("HOST/REPO", host.image).replace("8000", "" + host.port).replace("\"", "").split(" ");
        try (Packaged agent = host.plain(Map.of(), Stream.of(words).skip(1).toArray(String[]::new))) {
            Host.completed(agent, "v1.0.0-rc1");
            assertThat(Stream.generate(() -> host.get("/")).limit(9).distinct()).hasSize(3).allMatch(answer -> answer.startsWith("v1 "));
            assertThat(agent.terminate()).isZero();
        }
    }
}
