package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.testing.AppImage;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.RegistryServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `dewpoint container`, packaged, when something is slow, breaks, is missing, or is there twice. */
class ContainerFaultsIT {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final int CLIENTS = 12;

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

    private Host host(String repository) {
        return Host.of(engine, registry, folder, repository);
    }

    @Test
    void aSlowStarterGetsTheTimeThatItIsGiven() {
        Host host = host("slow");
        registry.push("slow", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--health-path", "/health", "--health-timeout", "60")) {
            Host.completed(agent, "v1.0.0");
            try (Traffic traffic = Traffic.at(host.port).goesOn(100)) {
                registry.push("slow", "v2.0.0", AppImage.of("v2", "BOOT_SECONDS=" + (SOAK ? 20 : 5)));
                Host.completed(agent, "v2.0.0");
                assertThat(traffic.goesOn(100).end().failures()).isEmpty();
                assertThat(traffic.versions()).containsExactly("v1", "v2");
            }
        }
    }

    @Test
    void w32AnAppThatNeedsThreeSecondsToBindAndHasNoHealthPathCostsNoRequest() {
        Host host = host("w32");
        registry.push("w32", "v1.0.0", AppImage.of("v1", "BOOT_SECONDS=3"));
        try (Packaged agent = host.agent()) {
            Host.completed(agent, "v1.0.0");
            try (Traffic traffic = Traffic.at(host.port).goesOn(100)) {
                registry.push("w32", "v2.0.0", AppImage.of("v2", "BOOT_SECONDS=3"));
                Host.completed(agent, "v2.0.0");
                assertThat(traffic.goesOn(300).end().failures()).isEmpty();
                assertThat(traffic.versions()).containsExactly("v1", "v2");
            }
        }
    }

    @Test
    void w33ALongRequestSurvivesAnUpdate() throws Exception {
        Host host = host("w33");
        registry.push("w33", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--health-path", "/health", "--drain-time", "30s")) {
            Host.completed(agent, "v1.0.0");
            AtomicReference<TestClient.Response> answer = new AtomicReference<>();
            try (TestClient client = host.client()) {
                Thread asking = Thread.ofVirtual().start(() -> answer.set(client.send("GET /slow?s=" + (SOAK ? 20 : 7) + " HTTP/1.1\r\nHost: example.com\r\n\r\n").patient(40).response()));
                registry.push("w33", "v2.0.0", AppImage.of("v2"));
                Host.completed(agent, "v2.0.0");
                assertThat(host.version()).isEqualTo("v2");
                assertThat(answer.get()).as("it is still on its way").isNull();
                asking.join();
                assertThat(answer.get().text()).isEqualTo("at last");
                assertThat(answer.get().header("X-Version")).contains("v1");
            }
            Host.await(() -> host.containers().size() == 1, "v1 is gone");
        }
    }

    @Test
    void aReplicaKilledUnderLoadCostsAtMostWhatCouldNotBeRepeatedAndTheOthersStay() {
        Host host = host("killed");
        registry.push("killed", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--replicas", "3", "--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            Map<String, String> before = host.running();
            try (Traffic traffic = Traffic.at(host.port).goesOn(200)) {
                String victim = before.values().iterator().next();
                engine.ask("POST", "/containers/" + victim + "/kill", "");
                agent.awaitLine("Replica replaced");
                traffic.goesOn(300).end();
                assertThat(traffic.failures()).noneMatch(failed -> failed.kind() == Traffic.Kind.GET).hasSizeLessThanOrEqualTo(CLIENTS);
                Map<String, String> after = host.running();
                assertThat(after).hasSize(3);
                assertThat(after.values()).doesNotContain(victim).containsAll(before.values().stream().filter(id -> !id.equals(victim)).toList());
            }
        }
    }

    /** Behind a check of the proxy's that it goes on passing. */
    @Test
    void whoCallsItselfUnhealthyGetsNoRequestUntilItIsHealthyAgain() {
        Host host = host("unwell");
        registry.push("unwell", "v1.0.0", AppImage.of("v1").file("bin/sh", Path.of("/bin/busybox")).file("bin/busybox", Path.of("/bin/busybox")));
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health", "--", "--health-cmd", "! test -e /tmp/sick", "--health-interval", "200ms", "--health-retries", "1")) {
            Host.completed(agent, "v1.0.0");
            Map<String, String> before = host.running();
            Map.Entry<String, String> one = before.entrySet().iterator().next();
            try (Traffic traffic = Traffic.at(host.port).goesOn(50)) {
                engine.run(one.getValue(), "/bin/busybox", "touch", "/tmp/sick");
                agent.awaitLine(line -> line.contains("Replica is unhealthy by its own check") && line.contains(one.getKey()), "it says so");
                Host.await(() -> Packaged.run(host.root, Map.of(), "status").output().contains(" 1/2 "), "it is out");
                assertThat(Stream.generate(() -> host.get("/")).limit(6).distinct()).hasSize(1).noneMatch(answer -> answer.contains(one.getValue().substring(0, 12)));
                engine.run(one.getValue(), "/bin/busybox", "rm", "/tmp/sick");
                agent.awaitLine(line -> line.contains("Replica is healthy again by its own check") && line.contains(one.getKey()), "it is well");
                Host.await(() -> Stream.generate(() -> host.get("/")).limit(6).distinct().count() == 2, "it serves");
                assertThat(traffic.goesOn(50).end().failures()).isEmpty();
            }
            assertThat(host.running()).isEqualTo(before);
        }
    }

    @Test
    void theEngineHangsAndNobodyNotices() {
        Host host = host("hanging");
        registry.push("hanging", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            Map<String, String> before = host.running();
            try (Traffic traffic = Traffic.at(host.port).goesOn(100)) {
                engine.pause();
                try {
                    traffic.goesOn(600);
                } finally {
                    engine.resume();
                }
                assertThat(host.running()).isEqualTo(before);
                registry.push("hanging", "v2.0.0", AppImage.of("v2"));
                Host.completed(agent, "v2.0.0");
                assertThat(traffic.goesOn(100).end().failures()).isEmpty();
            }
        }
    }

    /** What forwards a published port on loopback is the engine's child, and ends with it: nobody is reachable in between. */
    @Test
    void theEngineRestartsAndItsContainersServeOnAsTheyAre() {
        Host host = host("restarted");
        registry.push("restarted", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            Map<String, String> before = host.running();
            try {
                engine.stop();
            } finally {
                engine.start();
            }
            try (Traffic traffic = Traffic.at(host.port)) {
                Host.await(() -> traffic.answers(Traffic.Kind.GET) > 100, "they serve again");
            }
            assertThat(host.running()).isEqualTo(before);
            registry.push("restarted", "v2.0.0", AppImage.of("v2"));
            Host.completed(agent, "v2.0.0");
            Host.await(() -> host.containers().size() == 2, "v1 is gone");
            assertThat(host.version()).isEqualTo("v2");
            assertThat(host.running().values()).doesNotContainAnyElementsOf(before.values());
        }
    }

    @Test
    void whatRunsIsServedWhileTheRegistryIsDownAndFollowedOnceItIsBack() {
        RegistryServer first = RegistryServer.open();
        Host host = Host.of(engine, first, folder, "outage");
        try (first) {
            first.push("outage", "v1.0.0", AppImage.of("v1"));
            try (Packaged agent = host.agent("--health-path", "/health")) {
                Host.completed(agent, "v1.0.0");
                assertThat(agent.terminate()).isZero();
            }
        }
        try (Packaged agent = host.agent("--health-path", "/health")) {
            agent.awaitLine("Registry access failed");
            Host.await(() -> host.version().equals("v1"), "it serves");
            try (RegistryServer second = RegistryServer.openAt(first.port())) {
                second.push("outage", "v2.0.0", AppImage.of("v2"));
                Host.completed(agent, "v2.0.0");
                assertThat(host.version()).isEqualTo("v2");
            }
        }
    }

    @Test
    void aTakenPortIsNamedAndEndsTheAgent() throws IOException {
        Host host = host("taken");
        try (ServerSocket holder = new ServerSocket(host.port, 1, InetAddress.getLoopbackAddress()); Packaged agent = host.agent()) {
            assertThat(holder.isBound()).isTrue();
            assertThat(agent.exitCode()).isEqualTo(1);
            assertThat(agent.output()).contains("" + host.port);
        }
        assertThat(host.containers()).isEmpty();
    }

    @Test
    void anImageForOtherPlatformsIsNamedAndTheOldVersionServesOn() {
        Host host = host("platform");
        registry.push("platform", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            registry.pushIndex("platform", "v2.0.0", Map.of("linux/s390x", registry.push("platform", "s390x", AppImage.of("v2").platform("linux/s390x"))));
            String told = agent.awaitLine(line -> line.contains("v2.0.0") && line.contains("linux/"), "the platform");
            assertThat(told).contains("s390x");
            assertThat(host.version()).isEqualTo("v1");
        }
    }

    @Test
    void aBrokenEntrypointFailsAtOnceAndSaysWhy() {
        Host host = host("broken");
        registry.push("broken", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--health-path", "/health", "--health-timeout", "10m")) {
            Host.completed(agent, "v1.0.0");
            registry.push("broken", "v2.0.0", AppImage.of("v2").command("/nothing/here"));
            agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v2.0.0") && line.contains("/nothing/here"), "v2 failed");
            registry.push("broken", "v3.0.0", AppImage.of("v3", "CRASH=the database is unreachable"));
            agent.awaitLine(line -> line.contains("Health check failed") && line.contains("the database is unreachable") && line.contains("booting v3"), "its last output");
            agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v3.0.0"), "v3 failed");
            assertThat(host.version()).isEqualTo("v1");
            Host.await(() -> host.containers().size() == 1, "nothing of them is left");
        }
    }

    @Test
    void whoEndsAgainAndAgainAfterItWasReadyIsReplacedAndComplainedOfOnce() {
        Host host = host("dying");
        registry.push("dying", "v1.0.0", AppImage.of("v1", "EXIT_SECONDS=2"));
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health", "--health-interval", "200ms")) {
            Host.completed(agent, "v1.0.0");
            agent.awaitLine("Replica replaced");
            agent.awaitLine("Replicas end again and again");
            long died = Host.count(agent, "Replica died");
            agent.awaitLine(_ -> Host.count(agent, "Replica died") >= died + 3, "three more ends");
            assertThat(Host.count(agent, "Replicas end again and again")).isEqualTo(1);
            assertThat(agent.output()).contains("exit code 4");
        }
    }

    @Test
    void aSecondAgentOfTheSameRootEndsWithThree() {
        Host host = host("twice");
        registry.push("twice", "v1.0.0", AppImage.of("v1"));
        try (Packaged agent = host.agent("--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            Map<String, String> before = host.running();
            try (Packaged second = host.agent("--health-path", "/health")) {
                assertThat(second.exitCode()).isEqualTo(3);
            }
            assertThat(host.running()).isEqualTo(before);
            assertThat(host.version()).isEqualTo("v1");
        }
    }

    @Test
    void w36AppsOfTheSameNameInOtherRootsLeaveEachOtherAlone() {
        Host one = host("org1/api");
        Host two = host("org2/api");
        registry.push("org1/api", "v1.0.0", AppImage.of("one"));
        registry.push("org2/api", "v1.0.0", AppImage.of("two"));
        try (Packaged first = one.agent("--health-path", "/health"); Packaged second = two.agent("--health-path", "/health")) {
            Host.completed(first, "v1.0.0");
            Host.completed(second, "v1.0.0");
            assertThat(List.of(one.version(), two.version())).containsExactly("one", "two");
            Map<String, String> untouched = two.running();
            registry.push("org1/api", "v1.1.0", AppImage.of("one-more"));
            Host.completed(first, "v1.1.0");
            Host.await(() -> one.containers().size() == 1, "one's old one is gone");
            assertThat(first.terminate()).isZero();
            try (Packaged gone = one.agent("--health-path", "/health", "--stop-apps")) {
                gone.awaitLine("Listening");
                Host.await(() -> one.version().equals("one-more"), "adopted");
                assertThat(gone.terminate()).isZero();
            }
            assertThat(one.containers()).isEmpty();
            assertThat(two.running()).isEqualTo(untouched).hasSize(1);
            assertThat(two.version()).isEqualTo("two");
        }
    }
}
