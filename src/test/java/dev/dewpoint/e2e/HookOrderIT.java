package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the hooks of {@code dewpoint server} run, by the log and by what hooks and program write. */
@Timeout(180)
class HookOrderIT {
    private static final String NOTE = "echo \"$DEWPOINT_HOOK_EVENT $DEWPOINT_HOOK_VERSION $DEWPOINT_HOOK_OUTCOME\" >> order.log";

    @TempDir
    Path folder;

    private ServerScene scene;

    @BeforeEach
    void open() throws IOException {
        scene = new ServerScene(folder);
    }

    @AfterEach
    void nothingIsLeft() {
        List<ProcessHandle> left = scene.left();
        left.forEach(ProcessHandle::destroyForcibly);
        assertThat(left.stream().map(one -> one.info().commandLine().orElse("?")).toList()).as("still running").isEmpty();
    }

    /** A worker that notes its start, and whose end is waited for before the next one starts. */
    private Packaged worker(String... flags) {
        return scene.agent(Map.of(), Stream.concat(Stream.of("--start-grace", "300ms"), Stream.of(flags)).toList(), "./current/run");
    }

    private void publish(String version) throws Exception {
        scene.publish(version, "echo app " + version + " >> order.log; exec sleep 1000");
    }

    private static void deployed(Packaged agent, String version) {
        agent.awaitLine(line -> line.contains("Deployment completed successfully") && line.contains("tag=\"" + version + "\""), "the deployment of " + version);
    }

    private List<String> order() {
        try {
            Path log = scene.root.resolve("order.log");
            return Files.exists(log) ? Files.readAllLines(log).stream().map(String::strip).toList() : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> story(Packaged agent) {
        return agent.lines().stream().flatMap(line -> Stream.of("Create symlink", "Execute hook", "Start server", "Deployment completed successfully").filter(message -> line.contains(": " + message + " "))).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"serving", "switched"})
    @DisplayName("W24: the after hook runs once the release serves, or in dewy's place")
    void theAfterHookHasItsPlace(String place) throws Exception {
        publish("v1.0.0");
        try (Packaged agent = worker("--after-deploy-hook", NOTE, "--after-hook-at", place)) {
            deployed(agent, "v1.0.0");
            publish("v1.1.0");
            deployed(agent, "v1.1.0");
            if (place.equals("serving")) {
                assertThat(story(agent)).containsExactly("Create symlink", "Start server", "Execute hook", "Deployment completed successfully", "Create symlink", "Start server", "Execute hook", "Deployment completed successfully");
                assertThat(order()).containsExactly("app v1.0.0", "after-deploy v1.0.0 deployed", "app v1.1.0", "after-deploy v1.1.0 deployed");
            } else {
                assertThat(story(agent)).containsExactly("Create symlink", "Execute hook", "Start server", "Deployment completed successfully", "Create symlink", "Execute hook", "Start server", "Deployment completed successfully");
                assertThat(order()).containsExactly("after-deploy v1.0.0", "app v1.0.0", "after-deploy v1.1.0", "app v1.1.0");
            }
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void anAgentKilledInAnAfterHookBeforeTheStartRunsItAgainWithTheNextAttempt() throws Exception {
        String[] flags = {"--after-deploy-hook", NOTE + "; while test -e wait; do sleep 0.1; done", "--after-hook-at", "switched"};
        publish("v1.0.0");
        try (Packaged agent = worker(flags)) {
            deployed(agent, "v1.0.0");
            Files.createFile(scene.root.resolve("wait"));
            publish("v1.1.0");
            ServerScene.until("the hook runs", agent, () -> order().contains("after-deploy v1.1.0"));
            agent.kill();
        }
        Files.delete(scene.root.resolve("wait"));
        try (Packaged agent = worker(flags)) {
            agent.awaitLine("Deployment interrupted");
            deployed(agent, "v1.1.0");
            assertThat(order()).containsExactly("after-deploy v1.0.0", "app v1.0.0", "after-deploy v1.1.0", "app v1.0.0", "after-deploy v1.1.0", "app v1.1.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void whatWasRolledBackIsToldToItsHookWhetherItNeverServedOrCrashed() throws Exception {
        publish("v1.0.0");
        String rolledBack = NOTE + "; ls \"$DEWPOINT_HOOK_RELEASE_DIR\" > files.log; echo \"$DEWPOINT_HOOK_PREVIOUS_VERSION\" > again.log; exit 5";
        try (Packaged agent = worker("--before-deploy-hook", NOTE, "--rolled-back-hook", rolledBack)) {
            deployed(agent, "v1.0.0");
            String before = scene.current();
            scene.publish("v1.1.0", "exit 3");
            ServerScene.until("it was rolled back", agent, () -> order().contains("rolled-back v1.1.0 failed"));
            assertThat(agent.awaitLine("Rolled back hook failure")).contains("exit code 5");
            agent.awaitLine(line -> line.contains("Deployment failed") && line.contains("v1.1.0"), "the end of the attempt");
            assertThat(scene.root.resolve("files.log")).content().contains("run");
            assertThat(scene.current()).isEqualTo(before);
            assertThat(order()).startsWith("before-deploy v1.0.0", "app v1.0.0", "before-deploy v1.1.0", "app v1.0.0", "rolled-back v1.1.0 failed");
            ServerScene.until("nothing of it is left", agent, () -> scene.releases().size() == 1);

            scene.publish("v1.2.0", "sleep 1; exit 4");
            agent.awaitLine("v1.2.0 gives way to v1.0.0");
            ServerScene.until("it was rolled back", agent, () -> order().contains("rolled-back v1.2.0 refused"));
            assertThat(scene.root.resolve("again.log")).hasContent("v1.0.0");
            assertThat(order()).endsWith("before-deploy v1.0.0", "app v1.0.0", "rolled-back v1.2.0 refused");
            assertThat(scene.current()).isEqualTo(before);
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void filesHaveNothingBetweenTheirSwitchAndTheirStart() {
        for (String flag : List.of("--after-hook-at", "--rolled-back-hook")) {
            Packaged agent = Packaged.run(scene.root, Map.of(), "assets", "--registry", "file://" + scene.registry, flag, "serving");
            assertThat(agent.exitCode()).isEqualTo(2);
            assertThat(agent.output()).contains(flag + " is no option of `dewpoint assets`").contains("Nothing was started");
        }
        Packaged agent = Packaged.run(scene.root, Map.of(), "server", "--registry", "file://" + scene.registry, "--after-hook-at", "switch", "--", "./current/run");
        assertThat(agent.exitCode()).isEqualTo(2);
        assertThat(agent.output()).contains("--after-hook-at switch: it is one of serving, switched");
    }
}
