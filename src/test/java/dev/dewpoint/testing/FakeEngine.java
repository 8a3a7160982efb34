package dev.dewpoint.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A container engine's API without containers, quick enough for thousands of them. It ignores filters: who relies on them
 * alone sees everybody's containers. All published ports lead to one server.
 */
public final class FakeEngine implements AutoCloseable {
    /** As anybody's container: {@code id}, name, labels. */
    public record Made(String id, String name, Map<String, String> labels, boolean running, String image) {}

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String END = "end";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final int port;
    private final Map<String, Made> all = new ConcurrentHashMap<>();
    private final Set<String> touched = ConcurrentHashMap.newKeySet();
    private final List<BlockingQueue<String>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();

    private FakeEngine(HttpServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /** @param port where all that is published leads */
    public static FakeEngine before(int port) {
        try {
            FakeEngine engine = new FakeEngine(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64), port);
            engine.server.setExecutor(engine.threads);
            engine.server.createContext("/", engine::serve);
            engine.server.start();
            return engine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI address() {
        return URI.create("tcp://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Made by somebody else. */
    public Made make(String name, Map<String, String> labels) {
        Made made = new Made(String.format("%064x", ids.incrementAndGet()), name, Map.copyOf(labels), true, "sha256:" + "0".repeat(64));
        all.put(made.id(), made);
        return made;
    }

    /** It ends by itself. */
    public void die(String id) {
        Made dead = all.computeIfPresent(id, (_, made) -> new Made(made.id(), made.name(), made.labels(), false, made.image()));
        if (dead != null) {
            tell(dead, "die");
        }
    }

    public Map<String, Made> all() {
        return new TreeMap<>(all);
    }

    /** Ids of all that anybody has started, stopped or removed. */
    public Set<String> touched() {
        return Set.copyOf(touched);
    }

    private void tell(Made made, String action) {
        Map<String, String> attributes = new HashMap<>(made.labels());
        attributes.put("name", made.name());
        attributes.put("exitCode", "137");
        Instant now = Instant.now();
        String event = JSON.valueToTree(Map.of("Type", "container", "Action", action, "time", now.getEpochSecond(), "timeNano", now.getEpochSecond() * 1_000_000_000L + now.getNano(), "Actor", Map.of("ID", made.id(), "Attributes", attributes))).toString();
        listeners.forEach(listener -> listener.add(event + "\n"));
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String[] path = exchange.getRequestURI().getPath().replaceFirst("^/v[0-9.]+", "").substring(1).split("/");
            String method = exchange.getRequestMethod();
            switch (path[0]) {
                case "version" -> answer(exchange, 200, JSON.valueToTree(Map.of("Version", "fake", "ApiVersion", "1.44", "MinAPIVersion", "1.24", "Os", "linux", "Arch", "amd64")));
                case "events" -> stream(exchange);
                case "images" -> image(exchange, path);
                case "containers" -> {
                    switch (path[1]) {
                        case "json" -> answer(exchange, 200, listed());
                        case "create" -> create(exchange, JSON.readTree(body));
                        default -> container(exchange, method, path[1], path.length > 2 ? path[2] : "");
                    }
                }
                default -> answer(exchange, 404, message("no " + path[0]));
            }
        }
    }

    private void image(HttpExchange exchange, String[] path) throws IOException {
        String name = String.join("/", path).replaceFirst("^images/", "").replaceFirst("/json$", "");
        String id = name.substring(name.indexOf("sha256:"));
        answer(exchange, 200, JSON.valueToTree(Map.of("Id", id, "Os", "linux", "Architecture", "amd64", "Config", Map.of("ExposedPorts", Map.of("8080/tcp", Map.of()), "User", "app"))));
    }

    private ArrayNode listed() {
        ArrayNode list = JSON.createArrayNode();
        all.values().forEach(made -> list.add(JSON.valueToTree(Map.of("Id", made.id(), "Names", List.of("/" + made.name()), "Labels", made.labels(), "State", made.running() ? "running" : "exited"))));
        return list;
    }

    private void create(HttpExchange exchange, JsonNode body) throws IOException {
        String name = exchange.getRequestURI().getQuery().replaceFirst("(?:.*&)?name=([^&]*).*", "$1");
        Map<String, String> labels = new HashMap<>();
        body.path("Labels").properties().forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
        synchronized (this) {
            if (all.values().stream().anyMatch(made -> made.name().equals(name))) {
                answer(exchange, 409, message("Conflict. The container name \"/" + name + "\" is already in use by container \"x\". You have to remove (or rename) that container to be able to reuse that name."));
                return;
            }
            Made made = new Made(String.format("%064x", ids.incrementAndGet()), name, Map.copyOf(labels), false, body.path("Image").asText());
            all.put(made.id(), made);
            answer(exchange, 201, JSON.valueToTree(Map.of("Id", made.id(), "Warnings", List.of())));
        }
    }

    private void container(HttpExchange exchange, String method, String id, String verb) throws IOException {
        Made made = all.get(id);
        if (made == null) {
            answer(exchange, 404, message("No such container: " + id));
            return;
        }
        if (!method.equals("GET")) {
            touched.add(id);
        }
        switch (method + " " + verb) {
            case "GET json" -> answer(exchange, 200, inspected(made));
            case "POST start" -> change(exchange, made, true, "start");
            case "POST stop" -> change(exchange, made, false, "die");
            case "DELETE " -> {
                all.remove(id);
                answer(exchange, 204, JSON.nullNode());
                tell(made, "destroy");
            }
            default -> answer(exchange, 501, message(method + " " + verb));
        }
    }

    private void change(HttpExchange exchange, Made made, boolean running, String action) throws IOException {
        all.computeIfPresent(made.id(), (_, old) -> new Made(old.id(), old.name(), old.labels(), running, old.image()));
        answer(exchange, made.running() == running ? 304 : 204, JSON.nullNode());
        tell(made, action);
    }

    private ObjectNode inspected(Made made) {
        Object ports = made.running() ? Map.of("8080/tcp", List.of(Map.of("HostIp", "127.0.0.1", "HostPort", "" + port))) : Map.of();
        return JSON.valueToTree(Map.of("Id", made.id(), "Name", "/" + made.name(), "Image", made.image(), "Config", Map.of("Labels", made.labels()), "NetworkSettings", Map.of("Ports", ports),
                "State", Map.of("Status", made.running() ? "running" : "exited", "Running", made.running(), "ExitCode", made.running() ? 0 : 137, "StartedAt", "2026-01-15T10:30:45Z")));
    }

    private void stream(HttpExchange exchange) throws IOException {
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        listeners.add(events);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.flush();
            for (String event = events.take(); !event.equals(END); event = events.take()) {
                out.write(event.getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listeners.remove(events);
        }
    }

    private static JsonNode message(String text) {
        return JSON.valueToTree(Map.of("message", text));
    }

    private static void answer(HttpExchange exchange, int status, JsonNode json) throws IOException {
        boolean empty = status == 204 || status == 304;
        byte[] bytes = empty ? new byte[0] : json.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, empty ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        listeners.forEach(listener -> listener.add(END));
        server.stop(0);
        threads.shutdownNow();
    }
}
