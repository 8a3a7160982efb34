package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildEnvironmentTest {
    private static final Map<String, String> AGENT = Map.of("PATH", "/bin", "DATABASE_URL", "postgres://x", "GITHUB_TOKEN", "secret", "STATE_DIRECTORY", "/var/lib/x");

    @Test
    void whatTheUnitSetsReachesTheChild() {
        ChildEnvironment child = ChildEnvironment.of(AGENT, List.of());
        assertThat(child.variables()).containsExactly(Map.entry("DATABASE_URL", "postgres://x"), Map.entry("PATH", "/bin"), Map.entry("STATE_DIRECTORY", "/var/lib/x"));
        assertThat(child.withheld()).containsExactly("GITHUB_TOKEN");
    }

    @Test
    void credentialsOfTheAgentAndWordsOfSystemdAreWithheld() {
        List<String> names = List.of("GITHUB_TOKEN", "GITHUB_TOKEN_FILE", "GH_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_PRIVATE_KEY_FILE", "SLACK_TOKEN", "SLACK_WEBHOOK_URL",
                "MAIL_PASSWORD", "MAIL_PASSWORD_FILE", "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE", "DOCKER_USERNAME", "DOCKER_PASSWORD", "DOCKER_PASSWORD_FILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "GCR_TOKEN", "GCR_TOKEN_FILE", "DEWPOINT_REGISTRY", "DEWPOINT_HOOK_TAG", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "INVOCATION_ID", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY", "MAINPID", "SYSTEMD_EXEC_PID");
        Map<String, String> agent = new LinkedHashMap<>();
        names.forEach(name -> agent.put(name, "x"));

        ChildEnvironment child = ChildEnvironment.of(agent, List.of());

        assertThat(child.variables()).isEmpty();
        assertThat(child.withheld()).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void similarNamesPass() {
        Map<String, String> agent = Map.of("MY_GITHUB_TOKEN", "1", "GITHUB_TOKENS", "1", "DOCKER_HOST", "1", "EMAIL_FROM", "1", "LISTENER", "1", "CONFIG_FILE", "1");
        assertThat(ChildEnvironment.of(agent, List.of()).variables()).isEqualTo(agent);
    }

    @Test
    void envGivesOneBackOrAddsOne() {
        ChildEnvironment child = ChildEnvironment.of(AGENT, List.of("GITHUB_TOKEN", "MODE=a=b", "EMPTY=", "PATH=/usr/bin", "NOT_THERE"));
        assertThat(child.variables()).containsEntry("GITHUB_TOKEN", "secret").containsEntry("MODE", "a=b").containsEntry("EMPTY", "").containsEntry("PATH", "/usr/bin").doesNotContainKey("NOT_THERE");
        assertThat(child.withheld()).isEmpty();
    }

    @Test
    void anotherValueUnderAWithheldNameIsNotWithheld() {
        ChildEnvironment child = ChildEnvironment.of(AGENT, List.of("GITHUB_TOKEN=for the app"));
        assertThat(child.variables()).containsEntry("GITHUB_TOKEN", "for the app");
        assertThat(child.withheld()).isEmpty();
    }

    @Test
    void whatIsNoNameIsRefusedWithoutItsValue() {
        for (String entry : List.of("", "=x", "1A=secret", "A B=secret", "A-B", "A=\0")) {
            assertThatThrownBy(() -> ChildEnvironment.of(AGENT, List.of(entry))).isInstanceOf(IllegalArgumentException.class).hasMessageNotContaining("secret");
        }
    }
}
