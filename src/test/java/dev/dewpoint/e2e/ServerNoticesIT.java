package dev.dewpoint.e2e;

import static dev.dewpoint.testing.FakeSlack.assertInOrder;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.testing.FakeSlack;
import dev.dewpoint.testing.ServerApps.Kind;
import dev.dewpoint.testing.ServerApps.Protocol;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What people are told of {@code dewpoint server}. */
class ServerNoticesIT extends WithServerScene {
    private Packaged agent(FakeSlack slack) {
        return scene.agent(Map.of("SLACK_TOKEN", "xoxb-canary-0123456789", "SLACK_API_URL", slack.url().toString()), List.of("--port", Integer.toString(scene.port), "--notifier", "slack://deploys",
                "--start-grace", "500ms", "--before-deploy-hook", "echo preparing", "--after-deploy-hook", "echo warming >&2; exit 7"), "./current/run");
    }

    private static void told(FakeSlack slack, Packaged agent, String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        ServerScene.until("people are told " + pattern, () -> agent.output() + "\n" + String.join("\n", slack.texts()), () -> slack.texts().stream().anyMatch(text -> wanted.matcher(text).find()));
    }

    private static List<String> thread(FakeSlack slack, String first) {
        return slack.thread(slack.messages().stream().filter(message -> message.getOrDefault("text", "").contains(first)).findFirst().orElseThrow());
    }

    @Test
    @DisplayName("people are told each step of a deployment in its own thread, why a start failed and what to do, and of crashes, restarts and recoveries")
    void peopleAreToldWhatHappens() throws Exception {
        try (FakeSlack slack = FakeSlack.start(); Packaged agent = agent(slack)) {
            scene.publish("v1.0.0", Kind.PYTHON, Protocol.LISTEN);
            scene.deployed(agent, "v1.0.0");
            told(slack, agent, "Deployment completed successfully");
            assertInOrder(slack.texts(), "Automatic shipping started by Dewpoint \\(v\\S+: server\\)");
            assertInOrder(thread(slack, "Deployment started: v1.0.0"), "Deployment started: v1.0.0", "Downloaded artifact for v1.0.0", "Before deploy hook succeeded.*echo preparing.*preparing", "Server started for v1.0.0",
                    "Deployment completed successfully \\(total: \\S+\\).*1 replica serves");
            assertInOrder(thread(slack, "Deployment started: v1.0.0"), "After deploy hook failed.*Exit code: 7.*warming");

            ProcessHandle.of(scene.pid()).orElseThrow().destroyForcibly();
            told(slack, agent, "Replica replaced: shop-\\d+-1");
            assertInOrder(slack.texts(), "Replica died: shop-\\d+-1.*killed by signal 9.*0 of 1 are left; it is replaced", "Replica replaced: shop-\\d+-1.*1 of 1 serve");
            scene.serves(agent, "v1.0.0");
            new ProcessBuilder("/bin/kill", "-HUP", Long.toString(agent.pid())).start();
            told(slack, agent, "Server restarted for v1.0.0");

            scene.publish("v1.1.0", "echo cannot reach the database >&2; exit 3");
            told(slack, agent, "Deployment failed: v1.0.0 → v1.1.0");
            assertInOrder(thread(slack, "Deployment started: v1.0.0 → v1.1.0"), "Deployment started: v1.0.0 → v1.1.0", "Downloaded artifact for v1.1.0", "New server process of v1.1.0 did not become ready.*exit code 3.*cannot reach the database",
                    "Rolling back deployment", "Deployment failed: v1.0.0 → v1.1.0.*exit code 3.*What to do: " + Pattern.quote(Failure.Kind.APP.remedy()) + ".*v1.0.0 keeps serving");

            scene.publish("v1.2.0", Kind.PYTHON, Protocol.STARTER);
            told(slack, agent, "Recovered: deployments had failed");
            assertInOrder(thread(slack, "Deployment started: v1.0.0 → v1.2.0"), "Downloaded artifact for v1.2.0", "Server restarted for v1.2.0", "Deployment completed successfully");
            assertThat(agent.terminate()).isZero();
            assertInOrder(slack.texts(), "Automatic shipping stopped.*SIGTERM");
            assertThat(slack.messages().toString()).doesNotContain("xoxb-canary");
        }
    }
}
