package dev.dewpoint.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.config.Flags;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProxyCommandTest {
    private final List<Flags> proxied = new ArrayList<>();

    @Test
    void flagsArriveAsTheyWereTyped() {
        assertThat(run("proxy", "--route", "80=a:1 b:2", "--route='x?y=${Z}&w=1,2'", "--health-page", "--trusted-proxy", "10.0.0.0/8,::1", "-l", "debug")).isEqualTo(7);
        assertThat(proxied).singleElement().satisfies(flags -> {
            assertThat(flags.given()).isEqualTo(Map.of("--route", List.of("80=a:1 b:2", "'x?y=${Z}&w=1,2'"), "--health-page", List.of("true"), "--trusted-proxy", List.of("10.0.0.0/8,::1"), "--log-level", List.of("debug")));
            assertThat(flags.unknown()).isEmpty();
        });
    }

    @Test
    void unknownFlagsAreLeftToTheConfiguration() {
        assertThat(run("proxy", "--routes", "80=a:1", "--route", "81=a:1")).isEqualTo(7);
        assertThat(proxied.getFirst().unknown()).containsExactly("--routes is no option of `dewpoint proxy`; did you mean --route?");
        assertThat(proxied.getFirst().given()).containsOnlyKeys("--route");
    }

    private int run(String... arguments) {
        return Dewpoint.run(new Recording(), arguments);
    }

    private final class Recording implements Verbs {
        @Override
        public int assets(Flags flags) {
            throw new AssertionError("assets");
        }

        @Override
        public int container(Flags flags, List<String> runOptions) {
            throw new AssertionError();
        }

        @Override
        public int server(Flags flags, List<String> command) {
            throw new AssertionError("server");
        }

        @Override
        public int proxy(Flags flags) {
            proxied.add(flags);
            return 7;
        }

        @Override
        public int service(Wanted wanted, Flags flags, List<String> behind) {
            throw new AssertionError("service");
        }

        @Override
        public int cert(Flags flags, List<String> hosts) {
            throw new AssertionError("cert");
        }

        @Override
        public AdminClient agent(Path root) {
            throw new AssertionError("agent");
        }

        @Override
        public int demo(boolean containers) {
            throw new AssertionError("demo");
        }

        @Override
        public int demoApp(int port, String release, String replica) {
            throw new AssertionError("demo-app");
        }

        @Override
        public int run(Flags flags, Path file, Set<String> proxyFlags) {
            throw new AssertionError("run");
        }

        @Override
        public Path workingDirectory() {
            return Path.of("");
        }

        @Override
        public String version() {
            return "test";
        }
    }
}
