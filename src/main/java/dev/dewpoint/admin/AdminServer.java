package dev.dewpoint.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dewpoint.deploy.DeployLoop;
import dev.dewpoint.deploy.History;
import dev.dewpoint.deploy.Request;
import dev.dewpoint.deploy.Served;
import dev.dewpoint.deploy.Status;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.release.Tag;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;

/**
 * The loopback API. Anybody on this host may read; whoever changes something shows the token from {@code admin.json},
 * which only the agent's user can read. A browser on another page gets nothing: no foreign Host, no foreign Origin.
 */
public final class AdminServer implements AutoCloseable {
    public static final int DEFAULT_PORT = 17539;
    private static final int PORTS_TRIED = 10;
    private static final int HISTORY = 200;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Map<String, DeployLoop> apps;
    private final String version;
    private final String token;
    private final Path address;
    private final UnaryOperator<String> redaction;
    private final ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor();
    private final Undertow server;
    private final int port;

    private AdminServer(Map<String, DeployLoop> apps, String version, Path root, OptionalInt wanted, UnaryOperator<String> redaction) {
        this.apps = Map.copyOf(apps);
        this.version = version;
        this.redaction = redaction;
        this.address = root.resolve(".dewpoint").resolve("admin.json");
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        this.token = HexFormat.of().formatHex(random);
        Undertow bound = null;
        int at = wanted.orElse(DEFAULT_PORT);
        for (int tries = 0; bound == null; tries++, at++) {
            bound = bind(at, wanted.isPresent() || tries == PORTS_TRIED - 1);
        }
        this.server = bound;
        this.port = at - 1;
    }

    /** On the port that was asked for, or on the first free of ten. */
    public static AdminServer start(Map<String, DeployLoop> apps, String version, Path root, OptionalInt wanted, UnaryOperator<String> redaction) {
        AdminServer admin = new AdminServer(apps, version, root, wanted, redaction);
        try {
            byte[] json = JSON.writeValueAsBytes(JSON.createObjectNode().put("url", admin.url()).put("token", admin.token).put("pid", ProcessHandle.current().pid()));
            Durable.write(admin.address, json);
        } catch (IOException e) {
            admin.server.stop();
            throw new Failure(Failure.Kind.EXHAUSTED, "write " + admin.address, "this host could not: " + e, e);
        }
        return admin;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(address);
        } catch (IOException e) {
            // whoever finds it later finds nobody at that address
        }
        server.stop();
        waiting.shutdownNow();
    }

    private Undertow bind(int at, boolean orFail) {
        Undertow candidate = Undertow.builder()
                .addHttpListener(at, "127.0.0.1")
                .setIoThreads(1)
                .setWorkerThreads(4)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, 64L << 10)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, 16 << 10)
                .setServerOption(UndertowOptions.MAX_HEADERS, 64)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 60_000)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, 10_000)
                .setHandler(this::receive)
                .build();
        try {
            candidate.start();
            return candidate;
        } catch (RuntimeException e) {
            candidate.stop();
            boolean taken = e.getCause() instanceof BindException;
            if (taken && !orFail) {
                return null;
            }
            throw new Failure(taken ? Failure.Kind.EXHAUSTED : Failure.Kind.BUG, "open the admin port 127.0.0.1:" + at, taken ? "another process holds it; --admin-port names another one" : e.toString(), e);
        }
    }

    private void receive(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getRequestHeaders();
        if (!isOurHost(headers.getFirst(Headers.HOST))) {
            refuse(exchange, 421, "this is not the address of the Dewpoint agent");
            return;
        }
        String origin = headers.getFirst(Headers.ORIGIN);
        if (origin != null && !origin.equals(url()) && !origin.equals("http://localhost:" + port)) {
            refuse(exchange, 403, "a page of another origin may not ask");
            return;
        }
        String method = exchange.getRequestMethod().toString();
        if (method.equals("GET")) {
            if (headers.contains(Headers.AUTHORIZATION) && !showsToken(exchange)) {
                refuse(exchange, 401, "this is the agent of another root; the one that the token is of has gone");
                return;
            }
            read(exchange);
        } else if (method.equals("POST")) {
            act(exchange);
        } else {
            refuse(exchange, 405, "GET reads, POST acts");
        }
    }

    private boolean isOurHost(String host) {
        return host != null && Set.of("127.0.0.1:" + port, "localhost:" + port).contains(host);
    }

    private void read(HttpServerExchange exchange) {
        switch (exchange.getRequestPath()) {
            case "/healthz" -> answer(exchange, apps.values().stream().anyMatch(app -> app.pulse().isLate()) ? 503 : 200, health());
            case "/api/status" -> answer(exchange, 200, status());
            case "/api/history" -> answer(exchange, 200, history());
            case "/api/containers" -> answer(exchange, 200, containers());
            case String path when path.startsWith("/api/apps/") && apps.containsKey(path.substring(10)) -> answer(exchange, 200, app(apps.get(path.substring(10))));
            case String path -> refuse(exchange, 404, "there is nothing at " + path);
        }
    }

    private void act(HttpServerExchange exchange) {
        if (!showsToken(exchange)) {
            refuse(exchange, 401, "the token in " + address + " is needed to change something");
            return;
        }
        String[] parts = exchange.getRequestPath().split("/", -1);
        DeployLoop app = parts.length == 5 && exchange.getRequestPath().startsWith("/api/apps/") ? apps.get(parts[3]) : null;
        if (app == null) {
            refuse(exchange, 404, "no such app; there are: " + String.join(", ", apps.keySet()));
            return;
        }
        if (parts[4].equals("scale")) {
            exchange.getRequestReceiver().receiveFullBytes((asked, body) -> scale(asked, app, body), (asked, broken) -> refuse(asked, 400, "the request could not be read: " + broken.getMessage()));
            return;
        }
        Optional<String> wanted = Optional.ofNullable(exchange.getQueryParameters().get("version")).map(Deque::peekFirst).filter(text -> !text.isEmpty());
        Optional<Request> request = switch (parts[4]) {
            case "deploy" -> Optional.of(new Request.Deploy(wanted));
            case "rollback" -> Optional.of(new Request.RollBack(wanted));
            case "pause" -> Optional.of(new Request.Pause());
            case "resume" -> Optional.of(new Request.Resume());
            case String _ -> Optional.empty();
        };
        if (request.isEmpty()) {
            refuse(exchange, 404, "deploy, rollback, scale, pause and resume are what can be asked of an app");
            return;
        }
        exchange.dispatch(waiting, () -> carryOut(exchange, app, request.get()));
    }

    private void scale(HttpServerExchange exchange, DeployLoop app, byte[] body) {
        Optional<Integer> replicas = replicas(body);
        if (replicas.isEmpty()) {
            refuse(exchange, 400, "say how many, from 1 to " + Request.Scale.MOST + ", as {\"replicas\": 3}");
            return;
        }
        exchange.dispatch(waiting, () -> carryOut(exchange, app, new Request.Scale(replicas.get())));
    }

    private static Optional<Integer> replicas(byte[] body) {
        try {
            JsonNode wanted = JSON.readTree(body).path("replicas");
            return wanted.isInt() && wanted.asInt() >= 1 && wanted.asInt() <= Request.Scale.MOST ? Optional.of(wanted.asInt()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private boolean showsToken(HttpServerExchange exchange) {
        String given = exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION);
        return given != null && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
    }

    private void carryOut(HttpServerExchange exchange, DeployLoop app, Request request) {
        try {
            Request.Reply reply = app.ask(request).get();
            answer(exchange, reply.achieved() ? 200 : 409, JSON.createObjectNode().put("achieved", reply.achieved()).put("message", redaction.apply(reply.message())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(exchange, 503, "the agent is stopping");
        } catch (ExecutionException e) {
            refuse(exchange, 500, redaction.apply(String.valueOf(e.getCause())));
        }
    }

    private ObjectNode health() {
        ObjectNode node = JSON.createObjectNode();
        apps.forEach((name, app) -> node.putObject(name).put("step", app.pulse().step()).put("late", app.pulse().isLate()));
        return node;
    }

    private ObjectNode status() {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("agent").put("version", version).put("pid", ProcessHandle.current().pid()).put("url", url());
        ArrayNode list = root.putArray("apps");
        apps.values().forEach(app -> list.add(app(app)));
        return root;
    }

    private ObjectNode app(DeployLoop app) {
        Status status = app.status();
        Optional<Served> serving = status.ledger().serving();
        ObjectNode node = JSON.createObjectNode().put("name", status.app()).put("kind", status.kind()).put("state", status.state()).put("source", status.source());
        node.put("version", serving.map(s -> s.tag().text()).orElse(null)).put("digest", serving.map(s -> s.digest().toString()).orElse(null))
                .put("current", serving.map(Served::key).orElse(null)).put("release", serving.map(Served::release).orElse(null))
                .put("since", serving.map(s -> s.since().toString()).orElse(null));
        app.roster().ifPresent(roster -> node.putObject("replicas").put("ready", roster.ready()).put("wanted", roster.wanted()));
        node.put("previous", status.ledger().before().stream().findFirst().map(s -> s.tag().text()).orElse(null));
        node.put("paused", status.ledger().paused()).put("pinned_until_above", status.ledger().pin().map(p -> p.until().text()).orElse(null));
        node.put("doing", redaction.apply(status.doing())).put("step", app.pulse().step()).put("next_poll", status.nextPoll().map(Instant::toString).orElse(null));
        node.put("last_outcome", status.last().map(last -> last.outcome() + " " + last.to()).orElse(null)).put("last_why", status.last().flatMap(History.Record::why).orElse(null));
        return node;
    }

    /** From what is known here: no container engine is asked. */
    private ObjectNode containers() {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode list = root.putArray("containers");
        apps.forEach((name, app) -> app.roster().stream().flatMap(roster -> roster.entries().stream()).forEach(entry -> {
            ObjectNode node = list.addObject().put("app", name).put("name", entry.name()).put("version", entry.version().map(Tag::text).orElse(null)).put("replica", entry.number()).put("id", entry.id());
            entry.addresses().forEach(node.putArray("addresses")::add);
            node.put("ready", entry.ready()).put("in_flight", entry.inFlight()).put("since", entry.since().toString());
        }));
        return root;
    }

    private ObjectNode history() {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode attempts = root.putArray("attempts");
        for (DeployLoop app : apps.values()) {
            for (History.Record record : app.history().last(HISTORY)) {
                attempts.addObject().put("id", record.id()).put("app", record.app()).put("outcome", record.outcome()).put("from", record.from().map(Tag::text).orElse(null))
                        .put("to", record.to().text()).put("started_at", record.startedAt().toString()).put("took_ms", record.took().toMillis()).put("why", record.why().orElse(null))
                        .put("digest", record.served().map(s -> s.digest().toString()).orElse(null));
            }
        }
        return root;
    }

    private void refuse(HttpServerExchange exchange, int status, String message) {
        answer(exchange, status, JSON.createObjectNode().put("achieved", false).put("message", message));
    }

    private void answer(HttpServerExchange exchange, int status, ObjectNode body) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json").put(HttpString.tryFromString("X-Content-Type-Options"), "nosniff").put(Headers.CACHE_CONTROL, "no-store");
        exchange.getResponseSender().send(body + "\n");
    }
}
