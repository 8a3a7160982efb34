package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.replica.docker.Docker;
import dev.dewpoint.replica.docker.DockerLauncher;
import dev.dewpoint.replica.docker.Endpoint;
import dev.dewpoint.replica.docker.Owner;
import dev.dewpoint.replica.docker.Pulls;
import dev.dewpoint.replica.docker.RunOptions;
import dev.dewpoint.testing.FakeEngine;
import dev.dewpoint.testing.FlickeringBackend;
import dev.dewpoint.testing.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an agent decides, containers that only look like its own are none of its business. */
class OwnershipTest {
    private static final int RUNS = Boolean.getBoolean("dewpoint.soak") ? 40 : 10;
    private static final int DECISIONS = 25;

    private static FlickeringBackend backend;

    @TempDir
    Path folder;

    private int folders;

    @BeforeAll
    static void open() {
        backend = FlickeringBackend.up();
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    @Test
    @Timeout(300)
    @DisplayName("W36: decoys with the names and the labels of others survive random decisions: 250, in soak a thousand")
    void decoysSurviveAllRandomDecisions() {
        Seeds.each(RUNS, this::run);
    }

    private void run(RandomGenerator random) {
        Path place = folder.resolve("run" + folders++);
        Owner owner = new Owner("/srv/one", "app");
        try (FakeEngine engine = FakeEngine.before(backend.address().getPort()); Docker docker = Docker.at(new Endpoint(Endpoint.Kind.DOCKER, engine.address(), Optional.empty(), "test"), Time.system());
                ReplicasFixture fixture = new ReplicasFixture(place)) {
            fixture.strategy(Rollouts.Strategy.values()[random.nextInt(Rollouts.Strategy.values().length)]).replicas(1 + random.nextInt(3));
            Map<String, FakeEngine.Made> decoys = decoys(engine, owner, fixture.time.now().getEpochSecond());
            new Agent(engine, docker, fixture, owner, place, random, decoys).lives();
        }
    }

    private static Map<String, FakeEngine.Made> decoys(FakeEngine engine, Owner owner, long second) {
        Map<String, String> ours = labels(owner, "somebody");
        Map<String, FakeEngine.Made> decoys = new HashMap<>();
        List<Map<String, String>> labels = new ArrayList<>(List.of(Map.of(), Map.of("dewpoint.managed", "true"), Map.of("dewpoint.managed", "true", "dewpoint.app", owner.app(), "dewpoint.root", owner.root())));
        Map.of("dewpoint.root", "/srv/two", "dewpoint.app", "app2", "dewpoint.managed", "false", "dewpoint.digest", "none", "dewpoint.replica", "0").forEach((name, value) -> labels.add(with(ours, name, value)));
        labels.add(with(ours, "dewpoint.root", owner.root() + "/"));
        labels.add(with(ours, "dewpoint.app", "App"));
        labels.add(with(ours, "dewpoint.app", ""));
        for (Map<String, String> of : labels) {
            // some of them are called as ours would be, sooner or later
            FakeEngine.Made made = engine.make("app-" + (second + 7 * decoys.size()) + "-" + (1 + decoys.size() % 3), of);
            decoys.put(made.id(), made);
        }
        return decoys;
    }

    private static Map<String, String> labels(Owner owner, String attempt) {
        return Map.of("dewpoint.managed", "true", "dewpoint.app", owner.app(), "dewpoint.root", owner.root(), "dewpoint.registry", "img://registry.test/app", "dewpoint.version", "v1.0.0", "dewpoint.digest", "sha256:" + "a".repeat(64), "dewpoint.replica", "1",
                "dewpoint.attempt", attempt, "dewpoint.config", "c0ffee", "dewpoint.deployed_at", "2026-01-15T10:30:45Z");
    }

    private static Map<String, String> with(Map<String, String> labels, String name, String value) {
        Map<String, String> changed = new HashMap<>(labels);
        changed.put(name, value);
        return changed;
    }

    /** One run: deployments, deaths, restarts, strays, the end; after each the decoys are as they were. */
    private static final class Agent {
        private final FakeEngine engine;
        private final Docker docker;
        private final ReplicasFixture fixture;
        private final Owner owner;
        private final Path place;
        private final RandomGenerator random;
        private final Map<String, FakeEngine.Made> decoys;
        private final List<String> story = new ArrayList<>();
        private int configuration;
        private int versions;
        private DeployLoop loop;

        Agent(FakeEngine engine, Docker docker, ReplicasFixture fixture, Owner owner, Path place, RandomGenerator random, Map<String, FakeEngine.Made> decoys) {
            this.engine = engine;
            this.docker = docker;
            this.fixture = fixture;
            this.owner = owner;
            this.place = place;
            this.random = random;
            this.decoys = decoys;
        }

        void lives() {
            starts();
            for (int i = 0; i < DECISIONS; i++) {
                decides();
                fixture.time.advance(Duration.ofSeconds(1 + random.nextInt(400)));
                loop.turn();
                loop.tend();
                hold();
            }
            loop.endReplicas();
            fixture.until("all of ours are gone: " + story, () -> ours().isEmpty());
            hold();
            assertThat(engine.touched()).as("it did something").isNotEmpty();
            loop.stop();
            loop.run();
        }

        private void starts() {
            DockerLauncher.Plan plan = new DockerLauncher.Plan(owner, "img://registry.test/app", "app", RunOptions.none(), List.of(), "config" + configuration, "1000:1000");
            Launcher launcher = new DockerLauncher(docker, plan, _ -> Optional.empty(), new Pulls(place.resolve("images")), Time.system());
            loop = fixture.startedBy(launcher).open();
        }

        private void decides() {
            switch (random.nextInt(7)) {
                case 0, 1 -> {
                    story.add("publish");
                    fixture.publish("v1." + versions++ + ".0");
                }
                case 2 -> {
                    story.add("one of ours dies");
                    ours().stream().skip(ours().isEmpty() ? 0 : random.nextInt(ours().size())).findFirst().ifPresent(made -> engine.die(made.id()));
                }
                case 3 -> {
                    story.add("restart");
                    loop.stop();
                    loop.run();
                    starts();
                }
                case 4 -> {
                    story.add("restart with other options");
                    configuration++;
                    loop.stop();
                    loop.run();
                    starts();
                }
                case 5 -> {
                    story.add("a stray one of ours");
                    engine.make("app-1-" + random.nextInt(1_000_000), labels(owner, "nobody"));
                }
                default -> {
                    story.add("other containers come and go");
                    engine.make("app-2-" + random.nextInt(1_000_000), Map.of("dewpoint.app", "app"));
                }
            }
        }

        private List<FakeEngine.Made> ours() {
            return engine.all().values().stream().filter(made -> "true".equals(made.labels().get("dewpoint.managed")) && owner.app().equals(made.labels().get("dewpoint.app")) && owner.root().equals(made.labels().get("dewpoint.root")) && !decoys.containsKey(made.id())).toList();
        }

        private void hold() {
            assertThat(engine.touched()).as("decoys touched after %s", story).doesNotContainAnyElementsOf(decoys.keySet());
            assertThat(engine.all()).as("decoys after %s", story).containsAllEntriesOf(decoys);
        }
    }
}
