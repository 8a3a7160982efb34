package dev.dewpoint.hook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The hooks that we ship, run as the agent runs them. */
@Timeout(60)
class SamplesTest {
    private static final Path SAMPLES = Path.of("hooks").toAbsolutePath();
    private static final Map<String, String> AGENT = Map.of("PATH", "/usr/bin:/bin");

    private record Answer(int status, String body) {}

    @TempDir
    Path root;
    private HttpServer server;
    private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void listen() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.createContext("/", exchange -> {
            String token = exchange.getRequestHeaders().getFirst("Authorization");
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + (token == null ? "" : " " + token) + (body.isEmpty() ? "" : " " + body));
            Answer answer = Optional.ofNullable(answers.poll()).orElse(new Answer(200, "ok"));
            byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    @Test
    void everySampleIsExecutableStatesItsContractAndIsOnThePage() throws Exception {
        String page = Files.readString(SAMPLES.resolveSibling("docs/hooks.md"));
        try (Stream<Path> samples = Files.list(SAMPLES)) {
            assertThat(samples).hasSize(5).allSatisfy(sample -> {
                assertThat(sample).isExecutable();
                assertThat(Files.readString(sample)).startsWith("#!/bin/sh\n# ").contains("/opt/dewpoint/hooks/" + sample.getFileName());
                assertThat(page).contains("| `" + sample.getFileName());
            });
        }
    }

    @Test
    void backupKeepsTheNewestArchivesOfTheSharedFiles() throws Exception {
        Path shared = Files.createDirectories(root.resolve("shared data/sub"));
        Files.writeString(shared.resolve("file"), "precious");
        Path backups = Files.createDirectory(root.resolve("backups"));
        Path old = Files.createFile(backups.resolve("shared data-20200101T000000Z-none.tar.gz"));
        Path older = Files.createFile(backups.resolve("shared data-20190101T000000Z-1.0.tar.gz"));
        Path foreign = Files.createFile(backups.resolve("shared data-notes.tar.gz"));

        HookResult result = run(Hook.Kind.BEFORE_DEPLOY, "backup-before-deploy 'shared data' 2", "1.0.0/x");

        assertThat(result.problem()).isEmpty();
        Path archive = root.resolve(stdout(result));
        assertThat(archive.getFileName().toString()).matches("shared data-\\d{8}T\\d{6}Z-1\\.0\\.0_x\\.tar\\.gz");
        assertThat(backups).isDirectoryContaining(archive::equals).isDirectoryContaining(foreign::equals).isDirectoryContaining(old::equals).isDirectoryNotContaining(older::equals).isDirectoryNotContaining("glob:**.partial");
        assertThat(shell("tar -xOzf '" + archive + "' 'shared data/sub/file'")).isEqualTo("precious");
    }

    @Test
    void backupFailsWhenThereIsNothingToKeep() throws Exception {
        HookResult result = run(Hook.Kind.BEFORE_DEPLOY, "backup-before-deploy shared", "1.0.0");
        assertThat(result.exitCode()).contains(1);
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void migrationRunsOncePerArtifactAndAgainAfterAFailure() throws Exception {
        String migrate = "migrate-once sh -c 'echo \"$DEWPOINT_HOOK_VERSION\" >> ran; [ -e allowed ]'";

        assertThat(run(Hook.Kind.BEFORE_DEPLOY, migrate, "1.0.0").exitCode()).contains(1);
        Files.createFile(root.resolve("allowed"));
        assertThat(stdout(run(Hook.Kind.BEFORE_DEPLOY, migrate, "1.0.0"))).isEqualTo("migrated for 1.1.0");
        assertThat(stdout(run(Hook.Kind.BEFORE_DEPLOY, migrate, "1.0.0"))).isEqualTo("already migrated for 1.1.0");

        assertThat(root.resolve("ran")).hasContent("1.1.0\n1.1.0\n");
    }

    @Test
    void twoAgentsMigrateOneAfterTheOther() throws Exception {
        String migrate = "migrate-once sh -c 'mkdir busy && echo ran >> ran && sleep 0.1 && rmdir busy'";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<HookResult> agent = () -> run(Hook.Kind.BEFORE_DEPLOY, migrate, "1.0.0");
            List<Future<HookResult>> results = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                results.add(threads.submit(agent));
            }
            for (Future<HookResult> result : results) {
                assertThat(result.get().problem()).isEmpty();
            }
        }
        assertThat(root.resolve("ran")).hasContent("ran");
    }

    @Test
    void smokeTestWaitsForAGoodAnswerWithTheText() throws Exception {
        answers.addAll(List.of(new Answer(503, "1.1.0"), new Answer(302, "1.1.0"), new Answer(200, "1.0.0"), new Answer(200, "this is 1.1.0, well")));

        HookResult result = run(Hook.Kind.AFTER_DEPLOY, "smoke-test " + url("/version") + " \"$DEWPOINT_HOOK_VERSION\"", "1.0.0", "SMOKE_PAUSE=0.05");

        assertThat(result.problem()).isEmpty();
        assertThat(stdout(result)).endsWith("is well after 4 of 10 tries");
        assertThat(requests).hasSize(4).containsOnly("GET /version");
    }

    @Test
    void smokeTestFailsWithTheLastAnswer() throws Exception {
        answers.addAll(List.of(new Answer(500, "first"), new Answer(500, "stack trace")));

        HookResult result = run(Hook.Kind.AFTER_DEPLOY, "smoke-test " + url("/"), "1.0.0", "SMOKE_PAUSE=0", "SMOKE_TRIES=2");

        assertThat(result.exitCode()).contains(1);
        assertThat(result.output().stderr(UnaryOperator.identity())).contains("is not well: stack trace 500");
        server.stop(0);
        assertThat(run(Hook.Kind.AFTER_DEPLOY, "smoke-test " + url("/"), "1.0.0", "SMOKE_TRIES=1").exitCode()).contains(1);
    }

    @Test
    void purgeAsksForEveryPathWithTheToken() throws Exception {
        answers.addAll(List.of(new Answer(200, "purged"), new Answer(404, ""), new Answer(500, "no")));

        HookResult result = run(Hook.Kind.AFTER_DEPLOY, "purge-cache " + url("/") + " / index.html /css/a.css", "1.0.0", "CDN_TOKEN=t0ken");

        assertThat(requests).containsExactly("PURGE / Bearer t0ken", "PURGE /index.html Bearer t0ken", "PURGE /css/a.css Bearer t0ken");
        assertThat(result.exitCode()).contains(1);
        assertThat(stdout(result)).contains("purged").contains("not cached");
        assertThat(result.output().stderr(UnaryOperator.identity())).contains("/css/a.css: 500");
        assertThat(run(Hook.Kind.AFTER_DEPLOY, "purge-cache " + url("/") + " a", "1.0.0").isSuccess()).isTrue();
        assertThat(requests).last().isEqualTo("PURGE /a");
    }

    @Test
    void announcePostsJsonWhateverTheNamesHold() throws Exception {
        HookResult result = run(Hook.Kind.AFTER_DEPLOY, "announce-deploy", "1.0\"\\\n$(id)", "ANNOUNCE_URL=" + url("/alert"));

        assertThat(result.problem()).isEmpty();
        assertThat(requests).hasSize(1);
        assertThat(requests.peek()).startsWith("POST /alert {\"app\":\"shop\",\"version\":\"1.1.0\",\"previous\":\"1.0\\\"\\\\ $(id)\",\"outcome\":\"deployed\",\"host\":\"");
        assertThat(run(Hook.Kind.AFTER_DEPLOY, "announce-deploy", "1.0").isSuccess()).isFalse();
    }

    private HookResult run(Hook.Kind kind, String sample, String previous, String... env) throws InterruptedException {
        HookContext context = new HookContext("shop", "1.1.0", Optional.of(previous), "v1.1.0", Optional.of(new Digest(Digest.Algorithm.SHA256, "cd".repeat(32))), "shop.tar.gz", Optional.empty(), root,
                kind == Hook.Kind.AFTER_DEPLOY ? "deployed" : "");
        Commands commands = new Commands(Time.system());
        return new Hooks(commands, ChildEnvironment.of(AGENT, List.of(env)), Duration.ofSeconds(30)).run(new Hook(kind, SAMPLES + "/" + sample), context);
    }

    private String shell(String command) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private static String stdout(HookResult result) {
        return result.output().stdout(UnaryOperator.identity());
    }
}
