package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.EngineServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `make demo CONTAINERS=1`, with the tests' own engine. */
class DemoIT {
    @TempDir
    Path folder;

    @Test
    void containersAreReplacedUnderLoadAndNothingIsLeft() throws Exception {
        EngineServer engine = EngineServer.docker();
        List<Path> before = places();
        try (Packaged demo = start(engine)) {
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            assertThat(demo.output()).contains("| ").contains("Container deployment completed").containsPattern("   \\d{2,} requests, 0 failed; answered by v1\\.0\\.0: \\d+, v1\\.1\\.0: \\d+; 0 visitors saw the old version after the new one")
                    .contains("Done: three containers replaced by three others, no request failed.").doesNotContain("ERROR").doesNotContain("XNIO");
        }
        assertNothingIsLeft(engine, before);
    }

    @Test
    void ctrlCInTheMiddleLeavesNothingEither() throws Exception {
        EngineServer engine = EngineServer.docker();
        List<Path> before = places();
        try (Packaged demo = start(engine)) {
            demo.awaitLine("2. Push v1.1.0");
            new ProcessBuilder("kill", "-INT", String.valueOf(demo.pid())).inheritIO().start().waitFor();
            demo.exitCode();
        }
        assertNothingIsLeft(engine, before);
    }

    @Test
    void whatIsMissingIsSaidInOneLine() {
        Packaged demo = Packaged.run(folder, Map.of("DOCKER_HOST", "unix://" + folder.resolve("nowhere.sock")), "demo", "--containers");
        assertThat(demo.exitCode()).isEqualTo(1);
        assertThat(demo.lines()).singleElement().asString().contains("needs a Docker engine").contains("nowhere.sock");
    }

    private Packaged start(EngineServer engine) {
        return Packaged.start(folder, Map.of("DOCKER_HOST", engine.address().toString()), "demo", "--containers");
    }

    private static void assertNothingIsLeft(EngineServer engine, List<Path> before) throws Exception {
        assertThat(engine.ask("GET", "/containers/json?all=1", "")).doesNotContain("dewpoint-demo-");
        assertThat(engine.ask("GET", "/images/json?digests=1", "")).doesNotContain("/site@");
        assertThat(places()).isEqualTo(before);
    }

    private static List<Path> places() throws Exception {
        try (Stream<Path> all = Files.list(Path.of("/tmp"))) {
            return all.filter(path -> path.getFileName().toString().startsWith("dewpoint-demo-")).sorted().toList();
        }
    }
}
