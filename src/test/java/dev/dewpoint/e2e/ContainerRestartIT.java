package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.testing.AppImage;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.FakeSlack;
import dev.dewpoint.testing.RegistryServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `dewpoint container`, packaged: agents come and go, containers stay, and people are told. */
class ContainerRestartIT {
    private static final String SECRET = "s3cr3t-canary-of-the-database";

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
        Host host = Host.of(engine, registry, folder, repository);
        registry.push(repository, "v1.0.0", AppImage.of("v1"));
        return host;
    }

    @Test
    void containersGoOnWithoutTheAgentAndTheNextOneTakesThemOver() {
        Host host = host("adopted");
        String[] settings = {"--replicas", "2", "--health-path", "/health"};
        Map<String, String> before;
        try (Packaged first = host.agent(settings)) {
            Host.completed(first, "v1.0.0");
            before = host.running();
            assertThat(first.terminate()).isZero();
        }
        assertThat(host.running()).isEqualTo(before).hasSize(2);
        try (Packaged second = host.agent(settings)) {
            servesWith(host, before);
            second.kill();
        }
        assertThat(host.running()).isEqualTo(before);
        try (Packaged third = host.agent(settings)) {
            servesWith(host, before);
            registry.push("adopted", "v2.0.0", AppImage.of("v2"));
            Host.completed(third, "v2.0.0");
            assertThat(host.version()).isEqualTo("v2");
            assertThat(third.output()).doesNotContain("Removing failed container").contains("Found existing containers count=\"2\"");
            Host.await(() -> host.containers().size() == 2, "v1 is gone");
        }
    }

    private static void servesWith(Host host, Map<String, String> containers) {
        Host.await(() -> listening(host) && host.get("/").startsWith("v1 "), "it serves");
        List<String> names = Stream.generate(() -> host.get("/").split(" ")[1]).limit(6).distinct().toList();
        assertThat(names).hasSize(containers.size()).allMatch(name -> containers.values().stream().anyMatch(id -> id.startsWith(name)));
        assertThat(host.running()).isEqualTo(containers);
    }

    private static boolean listening(Host host) {
        try {
            host.get("/");
            return true;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    @Test
    void otherRunOptionsAreARolloutOfTheSameImage() {
        Host host = host("options");
        Map<String, String> before;
        try (Packaged first = host.agent("--health-path", "/health", "--", "-e", "COLOUR=blue")) {
            Host.completed(first, "v1.0.0");
            before = host.running();
            assertThat(host.get("/environment")).contains("COLOUR=blue");
            assertThat(first.terminate()).isZero();
        }
        try (Packaged second = host.agent("--health-path", "/health", "--", "-e", "COLOUR=green")) {
            Host.completed(second, "v1.0.0");
            assertThat(host.get("/environment")).contains("COLOUR=green");
            Host.await(() -> host.containers().size() == 1, "blue is gone");
            assertThat(host.running().values()).doesNotContainAnyElementsOf(before.values());
        }
    }

    @Test
    void moreOrFewerReplicasLeaveTheOthersWhereTheyAre() {
        Host host = host("scaled");
        Map<String, String> one;
        Map<String, String> three;
        try (Packaged agent = host.agent("--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            one = host.running();
            agent.terminate();
        }
        try (Packaged agent = host.agent("--replicas", "3", "--health-path", "/health")) {
            agent.awaitLine(line -> line.contains("Container added to load balancer") && line.contains("backend_count=\"3\""), "three");
            three = host.running();
            assertThat(three).hasSize(3).containsAllEntriesOf(one);
            agent.terminate();
        }
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health")) {
            Host.await(() -> host.containers().size() == 2, "one has left");
            assertThat(three).containsAllEntriesOf(host.running());
            assertThat(host.running()).containsAllEntriesOf(one);
            assertThat(host.version()).isEqualTo("v1");
            assertThat(agent.isAlive()).isTrue();
        }
    }

    @Test
    void replicasAreAddedAndTakenAwayAtRunTimeAndThatHoldsAfterARestart() {
        Host host = host("wished");
        Map<String, String> two;
        Map<String, String> three;
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health")) {
            Host.completed(agent, "v1.0.0");
            assertThat(agent.output()).doesNotContain("Route has no backend");
            two = host.running();
            assertThat(Packaged.run(host.root, Map.of(), "scale", "wished=3").output()).isEqualTo("3 replicas serve");
            three = host.running();
            assertThat(three).hasSize(3).containsAllEntriesOf(two);
            List<String> listed = Packaged.run(host.root, Map.of(), "container", "list").output().lines().toList();
            assertThat(listed).hasSize(4).first().asString().startsWith("UPSTREAM");
            assertThat(three).allSatisfy((name, id) -> assertThat(listed).anyMatch(line -> line.contains(" " + name + " ") && line.contains(" v1.0.0 ") && line.contains(" yes ") && line.endsWith(id.substring(0, 12))));
            assertThat(Packaged.run(host.root, Map.of(), "status").output()).contains("REPLICAS", " 3/3 ");
            agent.kill();
        }
        try (Packaged agent = host.agent("--replicas", "2", "--health-path", "/health")) {
            servesWith(host, three);
            agent.awaitLine(line -> line.contains("Scaling") && line.contains("to=\"3\""), "the wish holds");
            assertThat(Packaged.run(host.root, Map.of(), "scale", "1").output()).startsWith("1 replica serves");
            Host.await(() -> host.containers().size() == 1, "two have left");
            assertThat(two).containsAllEntriesOf(host.running());
            assertThat(host.version()).isEqualTo("v1");
        }
    }

    @Test
    void peopleAreToldEveryStepOfARolloutAndWhatAFailedOnePrintedLast() {
        Host host = host("told");
        try (FakeSlack slack = FakeSlack.start()) {
            Map<String, String> environment = Map.of("SLACK_TOKEN", "xoxb-canary-0123456789", "SLACK_API_URL", slack.url().toString());
            try (Packaged agent = host.agent(environment, "--health-path", "/health", "--notifier", "slack://deploys")) {
                Host.completed(agent, "v1.0.0");
                registry.push("told", "v1.1.0", AppImage.of("v1.1", "CRASH=the database is unreachable"));
                agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v1.1.0"), "v1.1.0 failed");
                Host.await(() -> slack.texts().stream().anyMatch(text -> text.contains(Failure.Kind.APP.remedy())), "its notice");
                assertThat(agent.terminate()).isZero();
            }
            FakeSlack.assertInOrder(slack.texts(), "Automatic shipping started by Dewpoint", "Starting swap deployment: v1.0.0", "Pulled image " + host.image + ":v1.0.0 \\(digest: sha256:[0-9a-f]{64}\\)",
                    "Container started with localhost-only port mapping \\(127\\.0\\.0\\.1:\\d+\\)", "Health check passed for new container \\(200 OK, \\S+\\)", "Proxy backend updated to http://localhost:\\d+",
                    "Deployment completed successfully \\(total: \\S+\\)", "Starting swap deployment: v1.0.0 → v1.1.0", "Pulled image", "did not become ready.*the database is unreachable", "Rolling back deployment",
                    "exit code 3.*" + Pattern.quote(Failure.Kind.APP.remedy()));
            assertThat(slack.messages().toString()).doesNotContain("xoxb-canary");
        }
    }

    @Test
    void w39WhatIsGivenByDashEAppearsNowhere() throws IOException {
        Host host = host("secret");
        try (FakeSlack slack = FakeSlack.start()) {
            Map<String, String> environment = Map.of("SLACK_TOKEN", "xoxb-canary-0123456789", "SLACK_API_URL", slack.url().toString());
            try (Packaged agent = host.agent(environment, "--health-path", "/health", "--notifier", "slack://deploys", "--log-level", "debug", "--", "-e", "DATABASE_URL=" + SECRET)) {
                Host.completed(agent, "v1.0.0");
                assertThat(host.get("/environment")).contains(SECRET);
                registry.push("secret", "v1.1.0", AppImage.of("v1.1", "CRASH=can't reach " + SECRET));
                agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v1.1.0"), "v1.1.0 failed");
                registry.push("secret", "v1.2.0", AppImage.of("v1.2").command("/nothing"));
                agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v1.2.0"), "v1.2.0 failed");
                Host.await(() -> slack.messages().toString().contains("v1.2.0"), "its notice");
                try (Packaged status = Packaged.run(host.root, Map.of(), "status", "-o", "json")) {
                    assertThat(status.output()).contains("v1.0.0").doesNotContain(SECRET);
                }
                assertThat(engine.ask("GET", "/containers/json?all=1", "")).contains("dewpoint.config").doesNotContain(SECRET);
                assertThat(agent.terminate()).isZero();
                assertThat(agent.output()).doesNotContain(SECRET);
            }
            assertThat(slack.messages()).noneSatisfy(message -> assertThat(message.toString()).contains(SECRET));
        }
        try (Stream<Path> files = Files.walk(host.root)) {
            assertThat(files.filter(Files::isRegularFile)).isNotEmpty().allSatisfy(file -> assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).as(file.toString()).doesNotContain(SECRET));
        }
    }
}
