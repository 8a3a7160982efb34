package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.ServerApps.Behaviour;
import dev.dewpoint.testing.ServerApps.Kind;
import dev.dewpoint.testing.ServerApps.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code dewpoint server} that hands its sockets on, with real programs that take them. */
class ServerIT extends WithServerScene {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");

    /** Each language in any case, and both variables. */
    private static Stream<Arguments> programs() {
        return Stream.of(Arguments.of(Kind.C, Protocol.LISTEN), Arguments.of(Kind.PYTHON, Protocol.STARTER), Arguments.of(Kind.NODE, Protocol.LISTEN),
                Arguments.of(Kind.C, Protocol.STARTER), Arguments.of(Kind.PYTHON, Protocol.LISTEN), Arguments.of(Kind.NODE, Protocol.STARTER)).limit(SOAK ? 6 : 3);
    }

    @ParameterizedTest
    @MethodSource("programs")
    void releasesAndRestartsLoseNoConnection(Kind kind, Protocol protocol) throws Exception {
        scene.publish("v1.0.0", kind, protocol);
        try (Packaged agent = scene.agent()) {
            scene.deployed(agent, "v1.0.0");
            try (ServerScene.Load load = scene.new Load(4)) {
                load.goesOn(agent, 100);
                scene.publish("v1.1.0", kind, protocol);
                scene.deployed(agent, "v1.1.0");
                agent.awaitLine("Server restarted for v1.1.0");
                load.goesOn(agent, 100);
                long before = scene.pid();
                hup(agent);
                ServerScene.until("another process serves", agent, () -> scene.pid() > 0 && scene.pid() != before);
                load.goesOn(agent, 100);
                load.isClean();
                assertThat(load.versions()).containsOnlyKeys("v1.0.0", "v1.1.0");
            }
            assertThat(agent.terminate()).isZero();
        }
    }

    private static void hup(Packaged agent) throws IOException {
        new ProcessBuilder("/bin/kill", "-HUP", Long.toString(agent.pid())).start();
    }

    @Test
    @DisplayName("W21, W23: a release that exits after 200 ms never gets the old one signalled; current goes back, people see its last words, and the next one is deployed")
    void aReleaseThatDoesNotStayUpChangesNothing() throws Exception {
        scene.publish("v1.0.0", Kind.PYTHON, Protocol.LISTEN);
        try (Packaged agent = scene.agent("--drain-time", "5s")) {
            scene.deployed(agent, "v1.0.0");
            long pid = scene.pid();
            String before = scene.current();
            scene.publish("v1.1.0", Kind.PYTHON, Protocol.LISTEN, Behaviour.DIE);
            String said = agent.awaitLine("Health check failed");
            assertThat(said).contains("exit code");
            agent.awaitLine("Server start failed");
            assertThat(agent.output()).contains("it ended before it was ready");
            assertThat(scene.pid()).isEqualTo(pid);
            assertThat(scene.current()).isEqualTo(before);
            ServerScene.until("nothing of it is left", agent, () -> scene.releases().size() == 1);
            scene.publish("v1.2.0", Kind.PYTHON, Protocol.LISTEN);
            scene.deployed(agent, "v1.2.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    @DisplayName("W22: releases that come while an old process still drains are not lost, and several drain at once")
    void nothingIsLostWhileOldOnesDrain() throws Exception {
        scene.publish("v1.0.0", Kind.PYTHON, Protocol.STARTER, Behaviour.SLOW_DRAIN);
        try (Packaged agent = scene.agent("--drain-time", "20s", "--start-grace", "300ms")) {
            scene.deployed(agent, "v1.0.0");
            scene.publish("v1.1.0", Kind.PYTHON, Protocol.STARTER, Behaviour.SLOW_DRAIN);
            agent.awaitLine("Server restarted for v1.1.0");
            hup(agent);
            scene.publish("v1.2.0", Kind.PYTHON, Protocol.STARTER);
            scene.deployed(agent, "v1.2.0");
            agent.awaitLine("Server restarted for v1.2.0");
            assertThat(scene.left()).as("the new one, and those that drain").hasSizeGreaterThan(1);
            ServerScene.until("they have drained", agent, () -> scene.left().size() == 1);
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void aProcessThatIgnoresTheRequestToEndIsKilledWhenItsTimeIsOver() throws Exception {
        scene.publish("v1.0.0", Kind.C, Protocol.LISTEN, Behaviour.IGNORE_TERM);
        try (Packaged agent = scene.agent("--drain-time", "1s")) {
            scene.deployed(agent, "v1.0.0");
            long stubborn = scene.pid();
            scene.publish("v1.1.0", Kind.C, Protocol.LISTEN);
            agent.awaitLine("Server restarted for v1.1.0");
            ServerScene.until("it is gone", agent, () -> ProcessHandle.of(stubborn).isEmpty());
            assertThat(scene.version()).isEqualTo("v1.1.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void aProcessThatLeavesTheForegroundIsNoServerAndLeavesNothing() throws Exception {
        scene.publish("v1.0.0", Kind.C, Protocol.STARTER);
        try (Packaged agent = scene.agent()) {
            scene.deployed(agent, "v1.0.0");
            scene.publish("v1.1.0", Kind.C, Protocol.STARTER, Behaviour.DAEMON);
            agent.awaitLine("Server start failed");
            ServerScene.until("the daemon is gone", agent, () -> scene.left().size() == 1);
            assertThat(scene.version()).isEqualTo("v1.0.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void aProcessThatDiesIsStartedAgainAndOneThatKeepsDyingGivesWay() throws Exception {
        scene.publish("v1.0.0", Kind.PYTHON, Protocol.LISTEN);
        try (Packaged agent = scene.agent("--start-grace", "200ms")) {
            scene.deployed(agent, "v1.0.0");
            long first = scene.pid();
            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            assertThat(agent.awaitLine("Replica died")).contains("killed by signal 9");
            agent.awaitLine("Replica replaced");
            assertThat(scene.pid()).isNotEqualTo(first);
            scene.publish("v1.1.0", "sleep 0.5; echo looping >&2; exit 3");
            agent.awaitLine("v1.1.0 gives way to v1.0.0");
            scene.serves(agent, "v1.0.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    @DisplayName("W20: told to stop, the agent ends after its processes have drained, and leaves nothing on the port; told again, it hurries")
    void theAgentEndsAfterItsProcesses() throws Exception {
        scene.publish("v1.0.0", Kind.PYTHON, Protocol.LISTEN);
        try (Packaged agent = scene.agent()) {
            scene.deployed(agent, "v1.0.0");
            java.util.concurrent.CompletableFuture<String> slow = java.util.concurrent.CompletableFuture.supplyAsync(() -> scene.get("/slow?ms=1500"));
            java.util.concurrent.locks.LockSupport.parkNanos(300_000_000); // it is under way
            assertThat(agent.terminate()).isZero();
            assertThat(slow.get()).contains("v1.0.0");
            assertThat(scene.left()).isEmpty();
        }
        try (ServerSocket free = new ServerSocket()) {
            free.setReuseAddress(true);
            free.bind(new InetSocketAddress(scene.port));
        }
        scene.publish("v1.1.0", Kind.C, Protocol.LISTEN, Behaviour.IGNORE_TERM);
        try (Packaged agent = scene.agent("--drain-time", "10m")) {
            scene.deployed(agent, "v1.1.0");
            ServerScene.until("v1.0.0 is gone", agent, () -> scene.left().size() == 1);
            new ProcessBuilder("/bin/kill", "-TERM", Long.toString(agent.pid())).start();
            agent.awaitLine("Stopping reason");
            ServerScene.until("the process was asked to end", agent, () -> agent.lines().getLast().contains("Stopping old server gracefully"));
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    @DisplayName("I5: what a killed agent left running is ended before the port is bound again, and the app serves without the registry")
    void orphansEndBeforeAnythingIsBound() throws Exception {
        scene.publish("v1.0.0", Kind.C, Protocol.LISTEN);
        long orphan;
        try (Packaged agent = scene.agent()) {
            scene.deployed(agent, "v1.0.0");
            orphan = scene.pid();
            agent.kill();
        }
        assertThat(ProcessHandle.of(orphan)).as("it serves on").isPresent();
        Files.move(scene.registry, folder.resolve("away"));
        try (Packaged agent = scene.agent()) {
            assertThat(agent.awaitLine("Ended what an earlier agent left running")).contains("processes=\"1\"");
            scene.serves(agent, "v1.0.0");
            assertThat(scene.pid()).isNotEqualTo(orphan);
            agent.awaitLine("Server started for v1.0.0");
            agent.awaitLine("Registry access failed");
            Files.move(folder.resolve("away"), scene.registry);
            scene.publish("v1.1.0", Kind.C, Protocol.LISTEN);
            scene.deployed(agent, "v1.1.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    @DisplayName("W23b: a taken port is exit 1 at once, naming who holds it; nothing is deployed")
    void aTakenPortIsNamedWithItsHolder() throws Exception {
        scene.publish("v1.0.0", Kind.C, Protocol.LISTEN);
        try (ServerSocket _ = new ServerSocket(scene.port); Packaged agent = scene.agent()) {
            assertThat(agent.exitCode()).isEqualTo(1);
            assertThat(agent.output()).contains("port " + scene.port + " is taken by").contains("(process " + ProcessHandle.current().pid() + ")");
            assertThat(scene.releases()).isEmpty();
        }
    }

    @Test
    void anArchiveWithoutTheCommandFailsClearlyAndLeavesNothing() throws Exception {
        scene.publish("v1.0.0", "exec sleep 1000");
        try (Packaged agent = scene.agent(Map.of(), List.of(), "./current/bin/shop")) {
            agent.awaitLine("there is no ./current/bin/shop; the release holds run");
            ServerScene.until("nothing of it is left", agent, () -> scene.releases().isEmpty() && scene.current().equals("none"));
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    @DisplayName("W26: the app sees its variables and none of the agent's secrets; W24: the after hook runs once the release serves")
    void theAppSeesItsOwnEnvironment() throws Exception {
        scene.publish("v1.0.0", "env > seen.env; exec sleep 1000");
        Files.writeString(folder.resolve("app.env"), "FROM_FILE=file\nBOTH=file\n");
        try (Packaged agent = scene.agent(Map.of("GITHUB_TOKEN", "ghp_secret", "SLACK_TOKEN", "xoxb-secret", "AWS_SECRET_ACCESS_KEY", "aws-secret", "PLAIN", "kept"),
                List.of("--env-file", folder.resolve("app.env").toString(), "--env", "BOTH=flag", "--after-deploy-hook", "cp seen.env hook.env"), "./current/run")) {
            agent.awaitLine("Deployment completed successfully");
            String seen = Files.readString(scene.root.resolve("hook.env"));
            assertThat(seen.lines()).contains("PLAIN=kept", "FROM_FILE=file", "BOTH=flag", "SERVER_STARTER_GENERATION=1").noneMatch(line -> line.contains("secret") || line.startsWith("DEWPOINT_DIST"));
            assertThat(agent.output()).doesNotContain("ghp_secret");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void whatTheAppPrintsIsInItsLog() throws Exception {
        scene.publish("v1.0.0", "echo to the log; echo to the log as well >&2; exec sleep 1000");
        try (Packaged agent = scene.agent(Map.of(), List.of(), "./current/run")) {
            agent.awaitLine("Server started for v1.0.0");
            Path log = scene.root.resolve(".dewpoint/log/shop.log");
            ServerScene.until("it is there", agent, () -> lines(log).anyMatch(line -> line.matches("\\S+ shop-\\d+-1 stdout: to the log")) && lines(log).anyMatch(line -> line.endsWith("stderr: to the log as well")));
            assertThat(agent.terminate()).isZero();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file).stream() : Stream.empty();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whoTellsItsGenerationHasToAnswerItself() throws Exception {
        scene.publish("v1.0.0", Kind.PYTHON, Protocol.LISTEN, Behaviour.HEADER);
        try (Packaged agent = scene.agent("--health-path", "/", "--health-timeout", "6s")) {
            scene.deployed(agent, "v1.0.0");
            scene.publish("v1.1.0", Kind.PYTHON, Protocol.LISTEN, Behaviour.HEADER);
            agent.awaitLine("Server restarted for v1.1.0");
            scene.deployed(agent, "v1.1.0");
            // it stays up, but it never accepts: what answers is the old one
            scene.publish("v1.2.0", "exec sleep 1000");
            agent.awaitLine("it was not ready within 6s");
            assertThat(scene.version()).isEqualTo("v1.1.0");
            assertThat(agent.terminate()).isZero();
        }
    }
}
