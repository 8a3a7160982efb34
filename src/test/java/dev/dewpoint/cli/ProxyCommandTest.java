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

    private final class Recording extends NoVerbs {
        @Override
        public int container(Flags flags, List<String> runOptions) {
            throw new AssertionError();
        }

        @Override
        public int proxy(Flags flags) {
            proxied.add(flags);
            return 7;
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
