package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.faults.ContainerScene.Seen;
import dev.dewpoint.testing.EngineRelay;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.Image;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents that end, replicas that end, and others' containers, with a real engine. */
@Tag("faults")
@Timeout(300)
class AgentEndIT {
    @TempDir
    Path folder;

    private ContainerScene scene;

    @BeforeEach
    void open() throws IOException {
        scene = new ContainerScene(folder, EngineServer.docker(), "docker", 2);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private Set<String> ids() {
        return new HashSet<>(scene.containers().stream().map(Seen::id).toList());
    }

    @Test
    @DisplayName("W27: the next agent serves what runs, whether the last one was told to end or killed, and starts nothing")
    void theNextAgentServesWhatRuns() {
        String version = scene.publish();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(version, agent);
            assertThat(agent.terminate()).isZero();
        }
        Set<String> before = ids();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.until("it serves", agent, () -> scene.get().equals(version));
            agent.kill();
        }
        try (EngineRelay relay = EngineRelay.to(scene.engine.socket()); Packaged agent = scene.start(relay.address())) {
            scene.until("it serves", agent, () -> scene.get().equals(version));
            assertThat(ids()).isEqualTo(before);
            assertThat(relay.requests()).as("what changes something").noneMatch(request -> request.startsWith("POST") || request.startsWith("DELETE"));
        }
    }

    @Test
    @DisplayName("W28: whoever died takes no requests, however often it happens: afterwards every request is answered by those that live")
    void whoeverDiedTakesNoRequests() {
        String version = scene.publish();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(version, agent);
            for (int cycle = 0; cycle < 2; cycle++) {
                Set<String> dead = ids();
                dead.forEach(id -> scene.engine.ask("POST", "/v1.40/containers/" + id + "/kill", ""));
                scene.until("all are replaced", agent, () -> scene.running(version).size() == 2 && scene.containers().size() == 2 && scene.running(version).stream().noneMatch(seen -> dead.contains(seen.id())));
                scene.until("one answers", agent, () -> scene.get().equals(version));
            }
            scene.until("both were replaced twice", agent, () -> agent.lines().stream().filter(line -> line.contains("Replica replaced")).count() == 4);
            for (int i = 0; i < 50; i++) {
                assertThat(scene.get()).isEqualTo(version);
            }
            String next = scene.publish();
            scene.settles(next, agent);
            for (int i = 0; i < 50; i++) {
                assertThat(scene.get()).isEqualTo(next);
            }
        }
    }

    @Test
    @DisplayName("W30: the image exposes another port than the last version did, and nobody is sent to the old one any more")
    void theExposedPortChanges() {
        String first = scene.exposed().publish();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(first, agent);
        }
        String second = scene.publish(Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).file("www/index.html", "v1.1.0").expose(9090).set("StopSignal", "\"SIGKILL\"").command("/bin/busybox", "httpd", "-f", "-p", "9090", "-h", "/www"));
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(second, agent);
            for (int i = 0; i < 20; i++) {
                assertThat(scene.get()).isEqualTo(second);
            }
        }
    }

    @Test
    @DisplayName("W38: SIGTERM in the middle of a deployment ends it, its containers go, the old ones stay")
    void theEndOfTheAgentEndsADeployment() throws IOException {
        String first = scene.publish();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(first, agent);
            agent.terminate();
        }
        Set<String> before = ids();
        String never = scene.publish(Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).expose(8080).command("/bin/busybox", "sleep", "1000"));
        try (Packaged agent = scene.start(scene.engine.address(), "--health-timeout", "10m")) {
            scene.until("the new ones run", agent, () -> scene.running(never).size() == 2);
            assertThat(scene.get()).isEqualTo(first);
            assertThat(agent.terminate()).isZero();
        }
        assertThat(ids()).isEqualTo(before);
        assertThat(scene.running(first)).hasSize(2);
        assertThat(scene.outcomes()).containsExactly("deployed " + first, "interrupted " + never);
        assertThat(ContainerScene.JSON.readTree(scene.root.resolve(".dewpoint/ledger.json").toFile()).has("attempting")).isFalse();
    }

    @Test
    @DisplayName("W36: containers of others with names and labels like ours are there after deployments, deaths, restarts and the end")
    void othersContainersStay() {
        String version = scene.publish();
        String app = scene.source().substring(scene.source().lastIndexOf('/') + 1);
        Map<String, String> ours = Map.of("dewpoint.managed", "true", "dewpoint.app", app, "dewpoint.root", scene.root.toString(), "dewpoint.registry", scene.source(), "dewpoint.version", version, "dewpoint.digest", "sha256:" + "a".repeat(64), "dewpoint.replica", "1",
                "dewpoint.attempt", "x", "dewpoint.config", "c", "dewpoint.deployed_at", "2026-01-15T10:30:45Z");
        List<Map<String, String>> decoys = List.of(Map.of(), with(ours, "dewpoint.managed", "false"), with(ours, "dewpoint.app", app + "2"), with(ours, "dewpoint.root", scene.root + "/other"), with(ours, "dewpoint.digest", "none"));
        String id = scene.engine.load("decoys-" + app + ":v1", Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).command("/bin/busybox", "sleep", "1000"));
        List<String> made = decoys.stream().map(labels -> decoy(id, app + "-1795299039-" + (decoys.indexOf(labels) + 1), labels)).toList();
        try {
            try (Packaged agent = scene.start(scene.engine.address())) {
                scene.until("it serves", agent, () -> scene.get().equals(version));
                String victim = scene.running(version).stream().filter(seen -> !made.contains(seen.id())).findFirst().orElseThrow().id();
                scene.engine.ask("POST", "/v1.40/containers/" + victim + "/kill", "");
                agent.awaitLine("Replica replaced");
                agent.kill();
            }
            String next = scene.publish();
            try (Packaged agent = scene.start(scene.engine.address(), "--stop-apps")) {
                scene.until("the next serves", agent, () -> scene.outcomes().contains("deployed " + next));
                assertThat(agent.terminate()).isZero();
            }
            assertThat(ids()).as("of those with our root only decoys are left").isSubsetOf(made);
            made.forEach(decoy -> assertThat(ContainerScene.read(scene.engine.ask("GET", "/v1.40/containers/" + decoy + "/json", "")).path("State").path("Running").asBoolean()).as("a decoy runs").isTrue());
        } finally {
            made.forEach(decoy -> scene.engine.ask("DELETE", "/v1.40/containers/" + decoy + "?force=1", ""));
        }
    }

    private static Map<String, String> with(Map<String, String> labels, String name, String value) {
        Map<String, String> changed = new java.util.HashMap<>(labels);
        changed.put(name, value);
        return changed;
    }

    private String decoy(String image, String name, Map<String, String> labels) {
        String json = ContainerScene.JSON.valueToTree(Map.of("Image", image, "Labels", labels)).toString();
        String id = ContainerScene.read(scene.engine.ask("POST", "/v1.40/containers/create?name=" + name, json)).path("Id").asText();
        scene.engine.ask("POST", "/v1.40/containers/" + id + "/start", "");
        return id;
    }
}
