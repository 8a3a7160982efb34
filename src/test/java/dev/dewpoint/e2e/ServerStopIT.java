package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.ServerApps.Kind;
import dev.dewpoint.testing.ServerApps.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dewpoint server} that is told to stop before it has got anywhere. */
@Timeout(300)
class ServerStopIT extends WithServerScene {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final int KILLED_BY_TERM = 128 + 15;

    /** What can be seen of a start, in its order. */
    private Map<String, Predicate<Packaged>> moments() {
        Map<String, Predicate<Packaged>> moments = new LinkedHashMap<>();
        moments.put("it was started", _ -> true);
        moments.put("the runtime has begun", agent -> runs(agent, "java"));
        moments.put("the root is its own", this::owns);
        for (String line : List.of("Listening port", "Start server name", "Health checking new server", "Dewpoint started", "Admin API listening", "Server started for")) {
            moments.put(line, agent -> agent.lines().stream().anyMatch(said -> said.contains(line)));
        }
        moments.put("a process was started", _ -> !scene.left().isEmpty());
        return moments;
    }

    private boolean owns(Packaged agent) {
        try {
            return Files.readString(scene.root.resolve(".dewpoint/lock")).strip().equals(Long.toString(agent.pid()));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean runs(Packaged agent, String program) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(agent.pid()), "exe")).endsWith(program);
        } catch (IOException e) {
            return false;
        }
    }

    private void isStopped(String when, Predicate<Packaged> moment, long furtherMillis) throws IOException {
        try (Packaged agent = scene.agent("--drain-time", "5s")) {
            ServerScene.until(when, agent, () -> moment.test(agent) || !agent.isAlive());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(furtherMillis)); // into what can't be seen from outside
            int exit = agent.terminate();
            String said = agent.output();
            if (said.isEmpty()) {
                assertThat(exit).as(when + ": before it is there to hear it, a signal is the kernel's or the runtime's").isIn(0, KILLED_BY_TERM);
                ServerScene.until("what the launcher's shell was asking has been answered", agent, () -> scene.left().isEmpty());
            } else {
                assertThat(exit).as(when + ": " + said).isZero();
                assertThat(said).as(when).doesNotContain("ERROR").doesNotContain("Exception");
            }
            assertThat(scene.left()).as(when + ": " + said).isEmpty();
        }
        try (ServerSocket free = new ServerSocket()) {
            free.setReuseAddress(true);
            free.bind(new InetSocketAddress(scene.port));
        }
    }

    @ParameterizedTest(name = "deployed before: {0}")
    @DisplayName("W25: a SIGTERM that comes right after the start ends the agent in order, whatever it was at: nothing is left, and the next start works")
    @ValueSource(booleans = {false, true})
    void aRequestToStopRightAfterTheStartEndsTheAgentInOrder(boolean deployedBefore) throws Exception {
        scene.publish("v1.0.0", Kind.C, Protocol.LISTEN);
        if (deployedBefore) {
            try (Packaged agent = scene.agent()) {
                scene.deployed(agent, "v1.0.0");
                assertThat(agent.terminate()).isZero();
            }
        }
        for (Map.Entry<String, Predicate<Packaged>> moment : moments().entrySet()) {
            isStopped(moment.getKey(), moment.getValue(), 0);
        }
        for (long millis : SOAK ? new long[] {10, 20, 50, 100, 150, 200, 250, 300, 350, 400, 600, 800} : new long[] {50, 100, 200, 400}) {
            isStopped(millis + " ms later", agent -> runs(agent, "java"), millis);
        }
        try (Packaged agent = scene.agent()) {
            scene.serves(agent, "v1.0.0");
            agent.awaitLine("Server started for v1.0.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    @DisplayName("I5: an agent that can't go on ends what it has started")
    void anAgentWithoutAnAdminPortLeavesNothingRunning() throws Exception {
        scene.publish("v1.0.0", Kind.C, Protocol.LISTEN);
        try (Packaged agent = scene.agent()) {
            scene.deployed(agent, "v1.0.0");
            assertThat(agent.terminate()).isZero();
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); Packaged agent = scene.agent("--admin-port", Integer.toString(taken.getLocalPort()))) {
            assertThat(agent.exitCode()).as(agent.output()).isEqualTo(1);
            assertThat(agent.output()).contains("--admin-port", "Server started for v1.0.0");
            assertThat(scene.left()).isEmpty();
        }
    }

    /** Those who wait at a socket that systemd holds are the next agent's. */
    @Test
    void whoIsToldToStopBeforeItServesOpensNoPort() throws Exception {
        scene.publish("v1.0.0", "[ ! -f slow ] || exec sleep 1000\nexec /bin/busybox httpd -f -p 127.0.0.1:$PORT -h .");
        try (Packaged agent = scene.agent("--replicas", "1")) {
            agent.awaitLine("Deployment completed successfully");
            assertThat(agent.terminate()).isZero();
        }
        Files.createFile(scene.root.resolve("slow"));
        try (Packaged agent = scene.agent("--replicas", "1", "--drain-time", "2s")) {
            agent.awaitLine("Health checking new server");
            assertThat(agent.terminate()).as(agent.output()).isZero();
            assertThat(agent.output()).doesNotContain("Listening");
            assertThat(scene.left()).isEmpty();
        }
    }
}
