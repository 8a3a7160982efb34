package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.FakeGitHub;
import dev.dewpoint.testing.FakeSlack;
import dev.dewpoint.testing.RawServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `dewpoint assets`, packaged, against GitHub and Slack as they look over HTTP. */
class AssetsIT {
    @TempDir
    Path folder;

    private Path root;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
    }

    @Test
    void aPublishedReleaseIsServedWithinOneIntervalWithItsNoticesInOrder() throws Exception {
        try (FakeGitHub github = FakeGitHub.start(); FakeSlack slack = FakeSlack.start()) {
            github.publish("v1.0.0", Map.of("site.zip", zip("one")));
            Map<String, String> environment = Map.of("GITHUB_API_URL", github.url().toString(), "GITHUB_TOKEN", "ghp_canary0123456789abcdef", "SLACK_TOKEN", "xoxb-canary-0123456789", "SLACK_API_URL", slack.url().toString());
            try (Packaged agent = Packaged.start(root, environment, "assets", "--registry", "ghr://owner/repo?artifact=site.zip", "--notifier", "slack://deploys", "--interval", "1s",
                    "--before-deploy-hook", "echo preparing", "--after-deploy-hook", "echo ready", "--log-format", "json")) {
                agent.awaitLine("Deployment completed successfully");
                assertThat(page()).isEqualTo("one");
                AtomicInteger reads = new AtomicInteger();
                AtomicInteger misses = new AtomicInteger();
                AtomicBoolean ended = new AtomicBoolean();
                Thread reader = Thread.ofPlatform().start(() -> readUntil(ended, reads, misses));
                github.publish("v1.1.0", Map.of("site.zip", zip("two")));
                agent.awaitLine(line -> line.contains("Deployment completed successfully") && line.contains("v1.1.0"), "v1.1.0 completed");
                ended.set(true);
                reader.join();
                assertThat(page()).isEqualTo("two");
                assertThat(misses.get()).as("of %s reads", reads.get()).isZero();
                assertThat(reads.get()).isPositive();
                assertThat(agent.terminate()).isZero();
                assertThat(agent.output()).doesNotContain("ghp_canary").doesNotContain("xoxb-canary");
                List<String> texts = slack.messages().stream().map(message -> message.getOrDefault("text", "")).toList();
                assertInOrder(texts, "Automatic shipping started by Dewpoint", "v1.0.0", "Downloaded artifact for v1.0.0", "Deployment completed successfully", "v1.0.0 → v1.1.0", "Downloaded artifact for v1.1.0",
                        "Deployment completed successfully");
                assertThat(slack.messages()).allSatisfy(message -> assertThat(message.get("channel")).isEqualTo("deploys"));
                assertThat(slack.messages().toString()).doesNotContain("ghp_canary");
            }
            assertInOrder(logged(root), List.of());
        }
    }

    @Test
    void anIdlePollIsOneRequestWithoutABody() throws Exception {
        try (FakeGitHub github = FakeGitHub.start()) {
            github.publish("v1.0.0", Map.of("site.zip", zip("one")));
            try (Packaged agent = Packaged.start(root, Map.of("GITHUB_API_URL", github.url().toString()), "assets", "--registry", "ghr://owner/repo?artifact=site.zip", "--interval", "1s", "-l", "debug")) {
                agent.awaitLine("Deployment completed successfully");
                agent.awaitLine("Deploy skipped");
                github.forgetRequests();
                long skipped = agent.lines().stream().filter(line -> line.contains("Deploy skipped")).count();
                agent.awaitLine(_ -> agent.lines().stream().filter(line -> line.contains("Deploy skipped")).count() >= skipped + 2, "two more polls");
                assertThat(github.requests()).hasSizeBetween(1, 4).allSatisfy(request -> {
                    assertThat(request.getUrl()).contains("/releases?");
                    assertThat(request.getHeader("If-None-Match")).isNotEmpty();
                });
                agent.terminate();
            }
        }
    }

    @Test
    void onceDeploysAndExitsZeroAndZeroAgainWithNothingToDo() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        assertThat(once().exitCode()).isZero();
        assertThat(page()).isEqualTo("one");
        assertThat(once().exitCode()).isZero();
        publish("v1.1.0", "two", Instant.now());
        assertThat(once().exitCode()).as("a file that is still young is waited for").isZero();
        assertThat(page()).isEqualTo("two");
    }

    @Test
    void onceFailsWithOneWhenTheReleaseOrTheRegistryIsBroken() throws Exception {
        Packaged missing = Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("nowhere"), "--once");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.output()).contains("Registry access failed").contains("nowhere");
        Path release = Files.createDirectories(folder.resolve("registry/v1.0.0"));
        Files.writeString(release.resolve("site.tar.gz"), "<html>not an archive</html>");
        Files.setLastModifiedTime(release.resolve("site.tar.gz"), FileTime.from(Instant.now().minusSeconds(60)));
        Packaged broken = once();
        assertThat(broken.exitCode()).isEqualTo(1);
        assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(".dewpoint")))).isEqualTo("rwx------");
        assertThat(broken.output()).contains("Extract failed").contains("Deployment failed").contains("remedy=");
        assertThat(root.resolve("current")).doesNotExist();
    }

    @Test
    void w15EveryWrongSettingIsToldAtOnceAndNothingIsStarted() {
        Packaged wrong = Packaged.run(root, Map.of("DEWPOINT_KEEP", "many"), "assets", "--registry", "ghx://owner/repo", "--interval", "0", "--notifier", "slack://deploys", "--notifier", "foo://x", "--notifier", "slack",
                "--log-level", "loud", "--intervall", "5", "--root", "/proc/nowhere");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.output()).contains("--registry ghx://owner/repo").contains("--interval 0").contains("SLACK_TOKEN").contains("foo").contains("--notifier slack:").contains("--log-level loud").contains("DEWPOINT_KEEP many")
                .contains("--intervall").contains("did you mean --interval").contains("/proc/nowhere").doesNotContain("Exception");
        assertThat(root.resolve(".dewpoint")).doesNotExist();
    }

    @Test
    void w16AnIntervalOfZeroIsRefusedAndW54NothingIsCreatedByAskingForTheVersion() {
        assertThat(Packaged.run(root, Map.of(), "assets", "--registry", "file:///x", "--interval", "0").exitCode()).isEqualTo(2);
        Packaged version = Packaged.run(root, Map.of(), "--version");
        assertThat(version.exitCode()).isZero();
        assertThat(version.output()).matches("dewpoint version \\S+ \\[\\S+, \\S+]");
        assertThat(Packaged.run(root, Map.of(), "--help").exitCode()).isZero();
        assertThat(Packaged.run(root, Map.of(), "assets", "--help").exitCode()).isZero();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void w53DurationsMayCarryTheirUnit() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        assertThat(Packaged.run(root, Map.of("DEWPOINT_INTERVAL", "300s", "DEWPOINT_REGISTRY", "file://" + folder.resolve("registry")), "assets", "--once").exitCode()).isZero();
        assertThat(page()).isEqualTo("one");
    }

    @Test
    void aSecondAgentOnTheSameRootExitsThreeAndTouchesNothing() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        try (Packaged first = Packaged.start(root, Map.of(), arguments())) {
            first.awaitLine("Admin API listening");
            Packaged second = once();
            assertThat(second.exitCode()).isEqualTo(3);
            assertThat(second.output()).contains("another agent owns").contains(String.valueOf(first.pid()));
            assertThat(Packaged.run(root, Map.of(), "status").output()).contains("v1.0.0");
            first.terminate();
        }
        assertThat(root.resolve(".dewpoint/admin.json")).doesNotExist();
    }

    @Test
    void aTakenAdminPortEndsTheAgentInOrder() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        try (java.net.ServerSocket taken = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Packaged refused = Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--admin-port", String.valueOf(taken.getLocalPort()), "--before-deploy-hook", "sleep 2");
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output()).contains("--admin-port");
            Path ledger = root.resolve(".dewpoint/ledger.json");
            assertThat(!Files.exists(ledger) || !Files.readString(ledger).contains("attempting")).as("no attempt is left open: %s", refused.output()).isTrue();
        }
    }

    @Test
    void w52TwoAppsShareACacheAndKeepTheirOwnState() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        Path other = Files.createDirectory(folder.resolve("other"));
        String cache = "file://" + folder.resolve("cache");
        assertThat(Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--cache", cache, "--once").exitCode()).isZero();
        Packaged second = Packaged.run(other, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--cache", cache, "--once");
        assertThat(second.exitCode()).isZero();
        assertThat(second.output()).contains("Cached artifact");
        assertThat(Files.readString(other.resolve("current/index.html"))).isEqualTo("one");
    }

    @Test
    void w50OperatorsDeployRollBackPauseAndResume() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        try (Packaged agent = Packaged.start(root, Map.of(), arguments())) {
            agent.awaitLine("Deployment completed successfully");
            publish("v1.1.0", "two", Instant.now().minusSeconds(60));
            assertThat(command("deploy").exitCode()).isZero();
            assertThat(page()).isEqualTo("two");
            assertThat(command("rollback").exitCode()).isZero();
            assertThat(page()).isEqualTo("one");
            assertThat(command("status").output()).contains("pinned").contains("v1.0.0");
            assertThat(command("status", "-o", "json").output()).contains("\"version\" : \"v1.0.0\"");
            assertThat(command("rollback", "v1.0.0").exitCode()).isEqualTo(1);
            assertThat(command("deploy", "v9.9.9").exitCode()).isEqualTo(1);
            assertThat(command("pause").exitCode()).isZero();
            assertThat(command("resume").exitCode()).isZero();
            assertThat(command("deploy").exitCode()).isZero();
            assertThat(page()).isEqualTo("two");
            assertThat(command("history").output()).contains("deployed").contains("v1.1.0");
            agent.terminate();
        }
        Packaged gone = command("status");
        assertThat(gone.exitCode()).isEqualTo(1);
        assertThat(gone.output()).contains("no agent runs with this root");
    }

    @Test
    void w25TermDuringTheFirstPollEndsCleanly() throws Exception {
        try (RawServer silent = RawServer.silent();
                Packaged agent = Packaged.start(root, Map.of("GITHUB_API_URL", silent.url("/").toString()), "assets", "--registry", "ghr://owner/repo")) {
            agent.awaitLine("Dewpoint started");
            assertThat(agent.terminate()).isZero();
        }
        assertThat(root.resolve(".dewpoint/admin.json")).doesNotExist();
    }

    @Test
    void termEndsASinglePollToo() throws Exception {
        try (RawServer silent = RawServer.silent();
                Packaged agent = Packaged.start(root, Map.of("GITHUB_API_URL", silent.url("/").toString()), "assets", "--registry", "ghr://owner/repo", "--once")) {
            agent.awaitLine("Dewpoint started");
            assertThat(agent.terminate()).isEqualTo(1);
        }
    }

    @Test
    void w18ABlackHoledRegistryStopsNeitherTheAdminApiNorTheLoop() throws Exception {
        try (RawServer silent = RawServer.silent();
                Packaged agent = Packaged.start(root, Map.of("GITHUB_API_URL", silent.url("/").toString()), "assets", "--registry", "ghr://owner/repo", "-i", "1s")) {
            agent.awaitLine("Admin API listening");
            assertThat(command("status").output()).contains("waiting");
            assertThat(agent.awaitLine("Registry access failed")).contains("did not answer in time");
            agent.terminate();
        }
    }

    @Test
    void w26HooksDontSeeTheAgentsCredentials() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        Packaged agent = Packaged.run(root, Map.of("GITHUB_TOKEN", "ghp_canary0123456789abcdef", "AWS_SECRET_ACCESS_KEY", "aws-canary-secret", "MY_OWN", "kept"), "assets", "--registry", "file://" + folder.resolve("registry"), "--once",
                "--after-deploy-hook", "env > hook.env", "--env", "EXTRA=given");
        assertThat(agent.exitCode()).isZero();
        assertThat(Files.readString(root.resolve("hook.env"))).contains("MY_OWN=kept").contains("EXTRA=given").contains("DEWPOINT_HOOK_VERSION=v1.0.0").doesNotContain("canary").doesNotContain("DEWPOINT_LOCALE");
        assertThat(agent.output()).contains("GITHUB_TOKEN").doesNotContain("canary");
    }

    @Test
    void hangupAndUsr1DontEndTheAgent() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        try (Packaged agent = Packaged.start(root, Map.of("DEWPOINT_LOG_LEVEL", "debug"), arguments())) {
            agent.awaitLine("Admin API listening");
            // under nohup the kernel keeps HUP from everybody, and there is nothing to see
            for (String signal : isHangupIgnored() ? List.of("USR1") : List.of("HUP", "USR1")) {
                new ProcessBuilder("kill", "-" + signal, String.valueOf(agent.pid())).start().waitFor();
                agent.awaitLine("signal=\"SIG" + signal);
            }
            assertThat(agent.isAlive()).isTrue();
            agent.terminate();
        }
    }

    private static boolean isHangupIgnored() throws IOException {
        String ignored = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("SigIgn:")).findFirst().orElseThrow();
        return (Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16) & 1) == 1;
    }

    @Test
    void w17AConstraintIsObeyed() throws Exception {
        publish("v1.4.9", "one", Instant.now().minusSeconds(60));
        publish("v2.0.0", "two", Instant.now().minusSeconds(60));
        assertThat(Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry") + "?constraint=>=1.4 <2", "--once").exitCode()).isZero();
        assertThat(page()).isEqualTo("one");
    }

    @Test
    void w49TheArtifactOfThisPlatformIsTakenByWholeWordsAndOthersAreNamed() throws Exception {
        Path release = Files.createDirectories(folder.resolve("registry/v1.0.0"));
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
        for (String name : List.of("registry_linux_armhf.zip", "registry_darwin_" + arch + ".zip", "registry_linux_" + arch + "_debug.zip", "registry_linux_" + arch + ".zip")) {
            Files.write(release.resolve(name), zip(name));
            Files.setLastModifiedTime(release.resolve(name), FileTime.from(Instant.now().minusSeconds(60)));
        }
        Packaged agent = once();
        assertThat(agent.exitCode()).isZero();
        assertThat(page()).isEqualTo("registry_linux_" + arch + ".zip");
        assertThat(agent.output()).contains("several artifacts of v1.0.0 fit this host").contains("_debug.zip");
    }

    @Test
    void theLogIsTheStoryWordForWord() throws Exception {
        publish("v1.0.0", "one", Instant.now().minusSeconds(60));
        Packaged good = Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--once", "-l", "debug", "--log-format", "json", "--before-deploy-hook", "exit 3", "--after-deploy-hook", "echo done; exit 4");
        assertInOrder(good.lines(), "\"msg\":\"Dewpoint started\",\"version\"", "\"msg\":\"Cached artifact\",\"cache_key\":\"v1.0.0--site.zip\"", "\"msg\":\"Download notification\",\"message\":", "\"msg\":\"Execute hook\"",
                "\"level\":\"ERROR\",\"msg\":\"Before deploy hook failure\",\"error\":\"exit code 3\",\"exit_code\":\"3\"", "\"msg\":\"Extract archive\",\"path\":", "\"msg\":\"Create symlink\",\"from\":", "\"stdout\":\"done\"",
                "\"msg\":\"After deploy hook failure\"", "\"msg\":\"Deployment completed successfully\"");
        Packaged again = Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--once", "-l", "debug");
        assertInOrder(again.lines(), "DEBUG: Deploy skipped");
        Files.createDirectories(folder.resolve("registry/v1.1.0"));
        Packaged waiting = Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--once");
        assertInOrder(waiting.lines(), "WARN: Artifact not found within grace period message=");
        publish("v1.2.0", "two", Instant.now().minusSeconds(60));
        Files.write(folder.resolve("registry/v1.2.0/site.zip.sha256"), ("0".repeat(64) + "  site.zip\n").getBytes(StandardCharsets.UTF_8));
        assertInOrder(once().lines(), "ERROR: Download failed", "ERROR: Deployment failed");
    }

    private String[] arguments() {
        return new String[] {"assets", "--registry", "file://" + folder.resolve("registry"), "--interval", "1h"};
    }

    private Packaged once() {
        return Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--once");
    }

    private Packaged command(String... words) {
        return Packaged.run(root, Map.of(), words);
    }

    private String page() throws IOException {
        return Files.readString(root.resolve("current/index.html"));
    }

    private void publish(String version, String text, Instant written) throws IOException {
        Path release = Files.createDirectories(folder.resolve("registry").resolve(version));
        Path hidden = release.resolve(".site.zip");
        Files.write(hidden, zip(text));
        Files.setLastModifiedTime(hidden, FileTime.from(written));
        Files.move(hidden, release.resolve("site.zip"));
    }

    private void readUntil(AtomicBoolean ended, AtomicInteger reads, AtomicInteger misses) {
        while (!ended.get()) {
            try {
                reads.incrementAndGet();
                page();
            } catch (IOException e) {
                misses.incrementAndGet();
            }
        }
    }

    private static List<String> logged(Path root) throws IOException {
        return Files.readAllLines(root.resolve(".dewpoint/history.jsonl"));
    }

    private static void assertInOrder(List<String> texts, String... parts) {
        assertInOrder(texts, List.of(parts));
    }

    private static void assertInOrder(List<String> texts, List<String> parts) {
        int at = 0;
        for (String part : parts) {
            int from = at;
            while (at < texts.size() && !texts.get(at).contains(part)) {
                at++;
            }
            assertThat(at).as("%s from %s on in %s", part, from, texts).isLessThan(texts.size());
        }
    }

    private static byte[] zip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("index.html"));
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
