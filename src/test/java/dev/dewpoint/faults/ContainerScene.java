package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.Image;
import dev.dewpoint.testing.RegistryServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;

/** An app in containers whose agents and engines fail, and what must be true of it whatever happens. */
final class ContainerScene implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A container of this root, as the engine lists it. */
    record Seen(String id, String name, String version, int replica, boolean running) {}

    final Path root;
    final int port = freePort();
    final EngineServer engine;
    final RegistryServer registry = RegistryServer.open();
    private final String runtime;
    private final String repository;
    private final int replicas;
    private final WireMockServer receiver = new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));
    private String ports = port + ":8080";
    private int published;

    ContainerScene(Path folder, EngineServer engine, String runtime, int replicas) throws IOException {
        this.root = Files.createDirectories(folder.resolve("root")).toRealPath();
        this.engine = engine;
        this.runtime = runtime;
        this.replicas = replicas;
        this.repository = "team/app" + Long.toHexString(System.nanoTime());
        receiver.start();
        receiver.stubFor(WireMock.post(WireMock.anyUrl()).willReturn(WireMock.aResponse().withStatus(204)));
    }

    /** Answers with its version, from the first moment at which anybody can connect to it. */
    static Image web(String version) {
        return Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).file("www/index.html", version).expose(8080).set("StopSignal", "\"SIGKILL\"").command("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www");
    }

    /** Where the image says. */
    ContainerScene exposed() {
        ports = "" + port;
        return this;
    }

    /** One version higher than the last. */
    String publish() {
        String version = "v1." + published + ".0";
        return publish(web(version));
    }

    String publish(Image image) {
        String version = "v1." + published++ + ".0";
        registry.push(repository, version, image);
        return version;
    }

    String source() {
        return "img://" + registry.host() + "/" + repository;
    }

    Packaged start(URI address, String... more) {
        return follow(source(), address, more);
    }

    Packaged follow(String source, URI address, String... more) {
        List<String> arguments = new ArrayList<>(List.of("container", "--registry", source, "--root", root.toString(), "--port", ports, "--replicas", "" + replicas, "--health-path", "/", "--drain-time", "2", "--keep", "2", "--admin-port", "" + freePort(),
                "--runtime", runtime, "--notifier", "webhook+http://127.0.0.1:" + receiver.port() + "/notices", "--log-level", "debug"));
        arguments.addAll(List.of(more));
        Map<String, String> environment = new HashMap<>(Map.of(runtime.equals("docker") ? "DOCKER_HOST" : "CONTAINER_HOST", address.toString()));
        return Packaged.start(root, environment, arguments.toArray(String[]::new));
    }

    /** All that carry our root, whatever their state. */
    List<Seen> containers() {
        String filter = URLEncoder.encode("{\"label\":[\"dewpoint.root=" + root + "\"]}", StandardCharsets.UTF_8);
        try {
            return StreamSupport.stream(JSON.readTree(engine.ask("GET", "/v1.40/containers/json?all=1&filters=" + filter, "")).spliterator(), false)
                    .map(one -> new Seen(one.path("Id").asText(), one.path("Names").path(0).asText(), one.path("Labels").path("dewpoint.version").asText(), one.path("Labels").path("dewpoint.replica").asInt(), one.path("State").asText().equals("running"))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Seen> running(String version) {
        return containers().stream().filter(seen -> seen.running() && seen.version().equals(version)).toList();
    }

    /** The body, or why there is none: one request on its own connection, which nobody repeats. */
    String get() {
        return get(port);
    }

    static String get(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return answer.startsWith("HTTP/1.1 200 ") || answer.startsWith("HTTP/1.0 200 ") ? answer.substring(answer.indexOf("\r\n\r\n") + 4) : "failed: " + answer.lines().findFirst().orElse("nothing came");
        } catch (IOException e) {
            return "failed: " + e;
        }
    }

    /** Bounded by a few seconds: one that doesn't run is not waited for. */
    void untilItAnswers(String container) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (System.nanoTime() < deadline) {
            JsonNode now = read(engine.ask("GET", "/v1.40/containers/" + container + "/json", ""));
            JsonNode ports = now.path("NetworkSettings").path("Ports").path("8080/tcp");
            if (!now.path("State").path("Running").asBoolean() || ports.path(0).path("HostPort").asInt() == 0 || !get(ports.path(0).path("HostPort").asInt()).startsWith("failed")) {
                return;
            }
            pause();
        }
    }

    static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean hasSettled(String version) {
        List<Seen> all = containers();
        return all.size() == replicas && running(version).size() == replicas && get().equals(version) && outcomes().contains("deployed " + version);
    }

    void settles(String version, Packaged agent) {
        until(version + " serves alone", agent, () -> hasSettled(version));
    }

    void until(String what, Packaged agent, BooleanSupplier condition) {
        until(what, agent, condition, PATIENCE);
    }

    void until(String what, Packaged agent, BooleanSupplier condition, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(() -> "waited for: " + what + "; it answers " + get() + ", there are " + containers() + ", history " + outcomes() + "\n" + agent.output()).isLessThan(deadline);
            pause();
        }
    }

    /** Nothing announces what goes on in another process; whoever waits has a deadline. */
    static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }

    List<JsonNode> history() {
        Path file = root.resolve(".dewpoint/history.jsonl");
        try {
            return Files.exists(file) ? Files.readAllLines(file).stream().map(ContainerScene::read).toList() : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> outcomes() {
        return history().stream().map(one -> one.path("outcome").asText() + " " + one.path("to").asText()).toList();
    }

    /** How often the terminal notice of an attempt was posted. */
    long endings(String attempt) {
        return receiver.getAllServeEvents().stream().filter(event -> (attempt + "/ended").equals(event.getRequest().getHeader("X-Dewpoint-Id"))).count();
    }

    long polls() {
        return registry.requests().stream().filter(request -> !request.startsWith("pusher") && request.contains("/tags/list")).count();
    }

    /** I1 as far as it can be seen without an agent: one version is there whole. */
    void oneIsWhole(String when, String from, String to) {
        assertThat(List.of(running(from).size(), running(to).size())).as("%s: one version runs whole, there are %s", when, containers()).contains(replicas);
    }

    /** I2, I5 to I8 and I15: after the agent that repaired it has ended. */
    void hasConverged(String when, String version) throws IOException {
        hasConverged(when, version, false);
    }

    /** {@code killed}: an agent was, perhaps after it had told the end of its attempt and before it knew that it had. */
    void hasConverged(String when, String version, boolean killed) throws IOException {
        assertThat(containers()).as("%s: no orphans", when).hasSize(replicas).allMatch(seen -> seen.running() && seen.version().equals(version)).extracting(Seen::replica).doesNotHaveDuplicates();
        JsonNode ledger = JSON.readTree(root.resolve(".dewpoint/ledger.json").toFile());
        assertThat(ledger.path("current").asText()).as("%s: recorded is what serves", when).startsWith(version + "--");
        assertThat(ledger.has("attempting")).as("%s: no attempt is open", when).isFalse();
        List<String> ids = history().stream().map(one -> one.path("id").asText()).toList();
        assertThat(ids).as("%s: one record an attempt", when).doesNotHaveDuplicates();
        assertThat(outcomes()).as("%s: it came to serve once", when).containsOnlyOnce("deployed " + version);
        history().stream().skip(Math.max(0, ids.size() - 3)).forEach(one -> {
            long told = endings(one.path("id").asText());
            boolean crashed = killed || !one.path("outcome").asText().equals("deployed") || one.path("why").asText().contains("restarted");
            assertThat(told).as("%s: terminal notices of %s", when, one).isBetween(one.path("outcome").asText().equals("deployed") ? 1L : 0L, 2L);
            assertThat(crashed || told == 1).as("%s: only a crash tells something twice, not %s", when, one).isTrue();
        });
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        containers().forEach(seen -> engine.ask("DELETE", "/v1.40/containers/" + seen.id() + "?force=1", ""));
        receiver.stop();
        registry.close();
    }
}
