package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.testing.FakeNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged proxy before backends that see every byte, set up as the recipes say. */
class ProxyIT {
    @TempDir
    Path directory;

    @Test
    void staticBackendsAreStickyAndTheDynamicOnesTakeTurnsAsTheRecipeSays() throws Exception {
        String routes = recipe("dynamic-reverse-proxy", "(?s)DEWPOINT_ROUTE='(7777.+?)'\n```");
        int port = Stage.freePort();
        try (TestBackend page = saying("page"); TestBackend other = saying("page"); TestBackend one = saying("one"); TestBackend two = saying("two");
                Packaged proxy = Packaged.start(directory, Map.of("DEWPOINT_ROUTE", routes.replace("7777", String.valueOf(port)), "STATIC_BACKEND", address(page) + " " + address(other), "DYNAMIC_BACKEND",
                        address(one) + "," + address(two)), "proxy", "--bind", "127.0.0.1", "--access-log", "combined")) {
            proxy.awaitLine("Dewpoint proxy started");
            List<String> students = new ArrayList<>();
            try (TestClient client = client(port)) {
                for (int i = 0; i < 10; i++) {
                    assertThat(client.get("/").text()).isEqualTo("page");
                    students.add(client.get("/api/student" + (i % 2 == 0 ? "" : "/")).text());
                }
                assertThat(client.get("/api/student/1").text()).isEqualTo("page");
            }
            assertThat(students).filteredOn("one"::equals).hasSize(5);
            assertThat(List.of(page.requests().size(), other.requests().size())).as("one client, one static backend").containsExactlyInAnyOrder(0, 11);
            String line = proxy.awaitLine("\"GET /api/student HTTP/1.1\" 200");
            assertThat(line).containsPattern("upstream=(" + address(one) + "|" + address(two) + ") upstream_time=0\\.\\d{6} request_time=");
            assertThat(proxy.terminate()).isZero();
        }
    }

    @Test
    void instancesAreFoundByNameJoinLeaveAndFailAsTheRecipeSays() throws Exception {
        String route = recipe("load-balanced-cluster", "--route '(13003=ip-hash:dns:api[^']+)'");
        int port = Stage.freePort();
        int instancePort = Stage.freePort();
        try (FakeNames names = FakeNames.start()) {
            List<TestBackend> instances = new ArrayList<>();
            for (int i = 1; i <= 6; i++) {
                instances.add(TestBackend.at("127.0.0." + i, instancePort, (request, _, out) -> TestBackend.ok(out, request.header("Host").orElse(""))));
            }
            names.set("api", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5");
            String quick = route.replace("13003=", port + "=").replace(":13004", ":" + instancePort).replace("refresh=60s", "refresh=1s&valid=1s&resolver=127.0.0.1:" + names.address().getPort()).replace("interval=30s", "interval=1s");
            try (Packaged proxy = Packaged.start(directory, Map.of(), "proxy", "--bind", "127.0.0.1", "--expose-status", "/lb", "--health-page", "--client-ip-page", "--trusted-proxy", "127.0.0.1", "--route", quick)) {
                proxy.awaitLine("Dewpoint proxy started");
                Map<String, String> before = whoServes(port, instances);
                assertThat(before.values()).as("clients spread").hasSizeGreaterThan(3);
                names.set("api", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6");
                proxy.awaitLine(line -> line.contains("Backend is ready") && line.contains("127.0.0.6"), "127.0.0.6");
                Map<String, String> after = whoServes(port, instances);
                assertThat(after.entrySet().stream().filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))).allMatch(entry -> entry.getValue().equals("127.0.0.6"));
                names.set("api", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6");
                proxy.awaitLine(line -> line.contains("Backend left") && line.contains("127.0.0.1:"), "127.0.0.1");
                instances.get(1).close();
                assertThat(whoServes(port, instances).values()).doesNotContain("127.0.0.1", "127.0.0.2");
                try (TestClient client = client(port)) {
                    assertThat(client.get("/health").text()).isEqualTo("ok\n");
                    assertThat(client.get("/api/client-ip").text()).isEqualTo("{\"ip\":\"127.0.0.1\"}\n");
                    assertThat(client.get("/lb").text()).contains("<!doctype html>", "127.0.0.3:" + instancePort);
                    assertThat(client.get("/lb/status").text()).contains("\"backend\":\"127.0.0.3:" + instancePort + "\",\"state\":\"ready\"");
                    await(() -> client.get("/lb/status").text().contains("\"backend\":\"127.0.0.2:" + instancePort + "\",\"state\":\"unready\""));
                }
                assertThat(proxy.terminate()).isZero();
            } finally {
                instances.forEach(TestBackend::close);
            }
        }
    }

    @Test
    void whatIsInFlightMayEndAfterTheSignal() throws Exception {
        int port = Stage.freePort();
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (TestBackend slow = TestBackend.start((_, _, out) -> {
            arrived.countDown();
            go.await(30, TimeUnit.SECONDS);
            TestBackend.ok(out, "at last");
        }); Packaged proxy = Packaged.start(directory, Map.of(), "proxy", "--bind", "127.0.0.1", "--route", port + "=" + address(slow))) {
            proxy.awaitLine("Dewpoint proxy started");
            AtomicReference<String> answer = new AtomicReference<>();
            try (TestClient client = client(port); TestClient idle = client(port)) {
                Thread asking = Thread.ofVirtual().start(() -> answer.set(client.get("/").text()));
                assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
                new ProcessBuilder("kill", "-TERM", String.valueOf(proxy.pid())).start().waitFor();
                proxy.awaitLine("Stopping");
                assertThat(idle.isClosed()).isTrue();
                go.countDown();
                asking.join();
                assertThat(answer.get()).isEqualTo("at last");
                assertThat(proxy.exitCode()).isZero();
            }
        }
    }

    @Test
    void whoIsToldToStopBeforeTheFirstCheckIsOverNeverListens() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TestBackend mute = TestBackend.start((_, _, _) -> never.await());
                Packaged proxy = Packaged.start(directory, Map.of(), "proxy", "--bind", "127.0.0.1", "--route", Stage.freePort() + "=" + address(mute) + "?health-path=/&health-timeout=30s")) {
            await(() -> !mute.requests().isEmpty());
            new ProcessBuilder("kill", "-TERM", String.valueOf(proxy.pid())).start().waitFor();
            proxy.awaitLine("Dewpoint proxy stopped");
            assertThat(proxy.output()).contains("Stopping").doesNotContain("Listening");
            assertThat(proxy.exitCode()).isZero();
        } finally {
            never.countDown();
        }
    }

    @Test
    void certificatesOfDewpointCertServeBothProtocolsAndPlainHttpIsSentThere() throws Exception {
        int port = Stage.freePort();
        int plain = Stage.freePort();
        Packaged made = Packaged.run(directory, Map.of(), "cert", "localhost", "127.0.0.1", "--ca-dir", directory.resolve("ca").toString(), "--cert-file", "chain.pem", "--key-file", "key.pem");
        assertThat(made.exitCode()).as(made.output()).isZero();
        String authority = Files.list(directory.resolve("ca")).filter(file -> !file.toString().contains("key")).filter(file -> file.toString().endsWith(".pem")).findFirst().orElseThrow().toString();
        try (TestBackend backend = TestBackend.start((request, _, out) -> TestBackend.ok(out, request.header("X-Forwarded-Proto").orElse("")));
                Packaged proxy = Packaged.start(directory, Map.of(), "proxy", "--bind", "127.0.0.1", "--route", port + "=" + address(backend), "--tls-cert", "chain.pem", "--tls-key", "key.pem", "--tls-port",
                        String.valueOf(port), "--redirect-https", String.valueOf(plain))) {
            proxy.awaitLine("Dewpoint proxy started");
            String url = "https://localhost:" + port + "/x";
            assertThat(curl("--cacert", authority, "--http2", "-w", " %{http_version}", url)).isEqualTo("https 2");
            assertThat(curl("--cacert", authority, "--http1.1", "-w", " %{http_version}", url)).isEqualTo("https 1.1");
            assertThat(curl("-k", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: other.example", url)).isEqualTo("421");
            assertThat(curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "http://localhost:" + plain + "/x?y=1")).isEqualTo("308 https://localhost:" + port + "/x?y=1");
            assertThat(proxy.terminate()).isZero();
        }
    }

    private String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void theSameIsReadFromAFile() throws Exception {
        int port = Stage.freePort();
        try (TestBackend backend = saying("from a file")) {
            Path file = Files.writeString(directory.resolve("dewpoint.yaml"), "proxy:\n  bind: 127.0.0.1\n  routes:\n    - route: " + port + "/app=" + address(backend) + "\n      strip: true\n");
            try (Packaged proxy = Packaged.start(directory, Map.of(), "run", "-f", file.toString())) {
                proxy.awaitLine("Dewpoint proxy started");
                try (TestClient client = client(port)) {
                    assertThat(client.get("/app/x").text()).isEqualTo("from a file");
                    assertThat(backend.requests().getFirst().target()).isEqualTo("/x");
                }
                assertThat(proxy.terminate()).isZero();
            }
            Files.writeString(file, "proxy:\n  rutes: []\n");
            Packaged wrong = Packaged.run(directory, Map.of(), "run", "-f", file.toString());
            assertThat(wrong.exitCode()).isEqualTo(2);
            assertThat(wrong.output()).contains("dewpoint.yaml:2: rutes: ", "did you mean routes?");
        }
    }

    @Test
    void whatIsWrongIsSaidBeforeAnythingStarts() throws Exception {
        Packaged wrong = Packaged.run(directory, Map.of(), "proxy", "--route", "8000=", "--route", "80@a=x:1?striip", "--route", "80@a=y:1");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.output()).contains("--route 8000=", "strip?", "Nothing was started");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Packaged second = Packaged.run(directory, Map.of(), "proxy", "--bind", "127.0.0.1", "--route", taken.getLocalPort() + "=127.0.0.1:1");
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.output()).contains("port " + taken.getLocalPort());
        }
    }

    @Test
    void theAccessLogIsMadeAnewWhenItIsMovedAway() throws Exception {
        int port = Stage.freePort();
        Path log = directory.resolve("access.log");
        try (TestBackend backend = saying("x"); Packaged proxy = Packaged.start(directory, Map.of(), "proxy", "--bind", "127.0.0.1", "--route", port + "=" + address(backend), "--access-log", "json", "--access-log-file", log.toString())) {
            proxy.awaitLine("Dewpoint proxy started");
            try (TestClient client = client(port)) {
                client.send("GET /?\"\\x HTTP/1.1\r\nHost: x\r\nUser-Agent: a\"b\r\nX-Request-ID: seven\r\n\r\n").response();
                await(() -> read(log).contains("\"request_id\":\"seven\""));
                assertThat(read(log)).contains("\"target\":\"/?\\\"\\\\x\"", "\"upstream\":\"" + address(backend) + "\"", "\"agent\":\"a\\\"b\"").doesNotContain("\"target\":\"/new\"");
                Files.move(log, directory.resolve("access.log.1"));
                await(() -> {
                    client.get("/new");
                    return Files.exists(log) && read(log).contains("\"target\":\"/new\"");
                });
            }
            assertThat(proxy.terminate()).isZero();
        }
    }

    private static TestBackend saying(String text) {
        return TestBackend.saying(text);
    }

    private static String address(TestBackend backend) {
        return "127.0.0.1:" + backend.address().getPort();
    }

    private static TestClient client(int port) {
        return new TestClient(new InetSocketAddress("127.0.0.1", port));
    }

    /** By client address, which instance answers it. */
    private static Map<String, String> whoServes(int port, List<TestBackend> instances) {
        Map<String, String> answers = new TreeMap<>();
        try (TestClient client = client(port)) {
            for (int i = 1; i <= 40; i++) {
                String address = "203.0.113." + i;
                List<Integer> before = counts(instances);
                TestClient.Response response = client.send("GET /who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + address + "\r\n\r\n").response();
                assertThat(response.status()).isEqualTo(200);
                List<Integer> after = counts(instances);
                for (int k = 0; k < before.size(); k++) {
                    if (after.get(k) > before.get(k)) {
                        answers.put(address, instances.get(k).address().getHostString());
                    }
                }
            }
        }
        return answers;
    }

    private static List<Integer> counts(List<TestBackend> instances) {
        return instances.stream().map(instance -> (int) instance.requests().stream().filter(request -> request.target().equals("/who")).count()).toList();
    }

    private static String recipe(String name, String pattern) throws IOException {
        Matcher found = Pattern.compile(pattern).matcher(Files.readString(Path.of("docs/recipes", name + ".md")));
        assertThat(found.find()).as(name + " holds " + pattern).isTrue();
        return found.group(1);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
