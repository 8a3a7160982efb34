package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.EngineServer;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `make demo`, and with CONTAINERS=1 by the tests' own engine. */
class DemoIT {
    private static final Pattern PAGE = Pattern.compile("The page: (http://127\\.0\\.0\\.1:\\d+/)");
    /** Somebody at a terminal: wants the next version, and leaves once it answers. */
    private static final String TERMINAL = """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(sys.argv[1], sys.argv[1:])
            said = b""
            todo = [(b"q: the end", b"\\n"), (b"v1.1.0 [r1 r2 r3]", b"q\\n")]
            while True:
                try:
                    more = os.read(terminal, 4096)
                except OSError:
                    break
                said += more
                os.write(1, more.replace(b"\\r", b""))
                if todo and todo[0][0] in said:
                    os.write(terminal, todo.pop(0)[1])
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

    @TempDir
    Path folder;

    @Test
    void threeVersionsComeUnderLoadWithoutOneFailedRequest() throws Exception {
        List<Path> before = places();
        try (Packaged demo = Packaged.start(folder, Map.of(), "demo")) {
            Matcher page = PAGE.matcher(demo.awaitLine("The page: "));
            assertThat(page.find()).isTrue();
            assertThat(get(page.group(1))).startsWith("<!doctype html>").endsWith("</html>\n");
            assertThat(get(page.group(1) + "who")).containsPattern("\"address\":\"127\\.0\\.0\\.1:\\d+\",\"host\":\"[^\"]+\",\"replica\":\"r[123]\",\"time\":\"[^\"]+Z\",\"version\":\"v1\\.");
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            assertThat(demo.output()).contains("is starting", "is ready after", "has joined", "swapped: from now on these 3 answer", "is asked to end", "v1.2.0 is deployed")
                    .containsPattern("v1\\.\\d\\.0 \\[r1 r2 r3\\]  \\d+ requests, 0 failed")
                    .containsPattern("(?m)^\\d{2,} requests, 0 failed; answered by v1\\.0\\.0: \\d+, v1\\.1\\.0: \\d+, v1\\.2\\.0: \\d+; 0 visitors saw the old version after the new one")
                    .contains("Done: no request failed.").doesNotContain("ERROR", "WARN", "XNIO");
        }
        assertNothingIsLeft(before);
    }

    @Test
    void ctrlCEndsTheProcessesAndStillCounts() throws Exception {
        List<Path> before = places();
        try (Packaged demo = Packaged.start(folder, Map.of(), "demo")) {
            demo.awaitLine("Publish v1.1.0");
            new ProcessBuilder("kill", "-INT", String.valueOf(demo.pid())).inheritIO().start().waitFor();
            demo.exitCode();
            assertThat(demo.output()).containsPattern("(?m)^\\d+ requests, 0 failed").doesNotContain("Something went wrong", "didn't arrive");
        }
        assertNothingIsLeft(before);
    }

    @Test
    void whoLooksOnAsksForTheNextVersionAndForTheEnd() throws Exception {
        List<Path> before = places();
        try (Packaged demo = Packaged.start(folder, Map.of(), List.of("python3", "-c", TERMINAL, Packaged.launcher().toString()), "demo")) {
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            assertThat(demo.output()).contains("Publish v1.1.0:", "Done: no request failed.").doesNotContain("Publish v1.2.0");
        }
        assertNothingIsLeft(before);
    }

    private static String get(String address) throws IOException {
        return new String(URI.create(address).toURL().openConnection(Proxy.NO_PROXY).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void assertNothingIsLeft(List<Path> before) throws Exception {
        assertThat(ProcessHandle.allProcesses().filter(DemoIT::isOfADemo).map(ProcessHandle::pid)).isEmpty();
        assertThat(places()).isEqualTo(before);
    }

    private static boolean isOfADemo(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", String.valueOf(process.pid()), "cwd")).toString().startsWith("/tmp/dewpoint-demo-");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void containersAreReplacedUnderLoadAndNothingIsLeft() throws Exception {
        EngineServer engine = EngineServer.docker();
        List<Path> before = places();
        try (Packaged demo = start(engine)) {
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            assertThat(demo.output()).contains("| ", "has joined", "swapped: from now on these 3 answer", "v1.1.0 is deployed").containsPattern("   \\d{2,} requests, 0 failed; answered by v1\\.0\\.0: \\d+, v1\\.1\\.0: \\d+; 0 visitors saw the old version after the new one")
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
