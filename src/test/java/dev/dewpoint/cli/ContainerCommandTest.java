package dev.dewpoint.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.config.Flags;
import dev.dewpoint.config.Problems;
import dev.dewpoint.config.Secrets;
import dev.dewpoint.config.SettingsReader;
import dev.dewpoint.testing.Vectors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ContainerCommandTest {
    private static final int RAN = 7;

    private record Asked(Flags flags, List<String> runOptions) {}

    @TempDir
    Path folder;

    private final List<Asked> asked = new ArrayList<>();

    static Stream<JsonNode> runs() {
        return Vectors.of("cli.json").block("runs");
    }

    @Test
    void wordsBehindTheDashesArriveInOrderWhateverTheyLookLike() {
        List<String> behind = List.of("-e", "A=1", "--replicas", "9", "-h", "--help", "--version", "-p", "80:80", "--", "list", "@file", "", "-e", "B='x y'", "--port=1");
        assertThat(run(Stream.concat(Stream.of("container", "--registry", "img://acme/shop", "-p", "8000", "--replicas", "3", "--"), behind.stream()).toArray(String[]::new))).isEqualTo(RAN);
        assertThat(asked).singleElement().satisfies(one -> {
            assertThat(one.runOptions()).isEqualTo(behind);
            assertThat(one.flags().given()).isEqualTo(Map.of("--registry", List.of("img://acme/shop"), "--port", List.of("8000"), "--replicas", List.of("3")));
            assertThat(one.flags().unknown()).isEmpty();
        });
    }

    @Test
    void repeatableFlagsArriveAsTheyWereTyped() {
        assertThat(run("container", "--registry=img://x?constraint=^1.4&pre-release=true", "-p", "8000:80", "--port", "tcp:9000", "--cmd", "serve", "--cmd=--verbose", "--follow-moved-tags")).isEqualTo(RAN);
        assertThat(asked.getFirst().flags().given()).isEqualTo(Map.of("--registry", List.of("img://x?constraint=^1.4&pre-release=true"), "--port", List.of("8000:80", "tcp:9000"), "--cmd", List.of("serve", "--verbose"), "--follow-moved-tags", List.of("true")));
        assertThat(asked.getFirst().runOptions()).isEmpty();
    }

    @Test
    void aWordBeforeTheDashesIsAProblemThatSaysWhereItBelongs() {
        run("container", "--registry", "img://x", "foo", "--", "-e", "A=1");
        assertThat(asked.getFirst().flags().unknown()).singleElement().asString().startsWith("foo: `dewpoint container` takes no such argument").contains("stand behind --");
        assertThat(asked.getFirst().runOptions()).containsExactly("-e", "A=1");
    }

    @Test
    void forgottenDashesAreToldWithoutTheValue() {
        run("container", "--registry", "img://x", "-p", "8000", "-e", "TOKEN=canary", "-eOTHER=canary", "--memory", "512m", "SECRET=canary");
        List<String> unknown = asked.getFirst().flags().unknown();
        assertThat(unknown).hasSize(4).allSatisfy(problem -> assertThat(problem).contains("behind --").doesNotContain("canary"));
        assertThat(unknown.get(0)).startsWith("-e is no option of `dewpoint container`");
        assertThat(unknown.getLast()).startsWith("SECRET: ");
        run("container", "--regisrty", "img://x");
        assertThat(asked.getLast().flags().unknown()).containsExactly("--regisrty is no option of `dewpoint container`; did you mean --registry?");
    }

    @ParameterizedTest
    @MethodSource("runs")
    void whatIsWrongNeverPassesForRight(JsonNode vector) {
        String[] arguments = Vectors.texts(vector.path("args")).toArray(String[]::new);
        assertThat(run(arguments)).as("%s", vector).isEqualTo(vector.path("right").asBoolean() ? 0 : 2);
    }

    private int run(String... arguments) {
        return Dewpoint.run(new Recording(), arguments);
    }

    private final class Recording extends NoVerbs {
        @Override
        public int assets(Flags flags) {
            Problems problems = new Problems();
            return new SettingsReader(flags, problems, new Secrets(Map.of(), problems), folder).read().isEmpty() ? 2 : RAN;
        }

        @Override
        public int container(Flags flags, List<String> runOptions) {
            asked.add(new Asked(flags, runOptions));
            return RAN;
        }

        @Override
        public int server(Flags flags, List<String> command) {
            return flags.unknown().isEmpty() && !command.isEmpty() ? RAN : 2;
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
