package dev.dewpoint.e2e;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.RegistryServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One root on a host with an engine, a registry that it follows, and a port on which it serves. */
final class Host {
    private static final Pattern CONTAINER = Pattern.compile("\\{\"Id\":\"([0-9a-f]{64})\",\"Names\":\\[\"/([^\"]+)\"");

    final EngineServer engine;
    final Path root;
    final String image;
    final int port = Stage.freePort();

    /** @param image {@code 127.0.0.1:5000/app} */
    Host(EngineServer engine, Path root, String image) {
        this.engine = engine;
        this.root = root;
        this.image = image;
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Host of(EngineServer engine, RegistryServer registry, Path folder, String repository) {
        return new Host(engine, folder.resolve(repository.replace('/', '-')), registry.host() + "/" + repository);
    }

    /** Polls once a second, and gives what is in flight five. What comes last wins. */
    Packaged agent(Map<String, String> environment, String... more) {
        List<String> arguments = new ArrayList<>(List.of("container", "--registry", "img://" + image, "--port", port + ":8080", "--interval", "1s"));
        if (!List.of(more).contains("--drain-time")) {
            arguments.addAll(List.of("--drain-time", "5s"));
        }
        arguments.addAll(List.of(more));
        return plain(environment, arguments.toArray(String[]::new));
    }

    Packaged agent(String... more) {
        return agent(Map.of(), more);
    }

    /** With nothing that isn't said. */
    Packaged plain(Map<String, String> environment, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("DOCKER_HOST", engine.address().toString());
        return Packaged.start(root, all, arguments);
    }

    TestClient client() {
        return new TestClient(new InetSocketAddress("127.0.0.1", port));
    }

    /** {@code v1 HOSTNAME}. */
    String get(String path) {
        try (TestClient client = client()) {
            return client.get(path).text();
        }
    }

    String version() {
        return get("/").split(" ")[0];
    }

    /** Ids by name of all containers of that root, running ones alone. */
    Map<String, String> running() {
        return containers("&filters=%7B%22label%22%3A%5B%22dewpoint.root%3D" + root.toString().replace("/", "%2F") + "%22%5D%7D");
    }

    /** Those that have ended too. */
    Map<String, String> containers() {
        return containers("&all=1&filters=%7B%22label%22%3A%5B%22dewpoint.root%3D" + root.toString().replace("/", "%2F") + "%22%5D%7D");
    }

    private Map<String, String> containers(String query) {
        Map<String, String> ids = new TreeMap<>();
        for (Matcher one = CONTAINER.matcher(engine.ask("GET", "/containers/json?" + query.substring(1), "")); one.find();) {
            ids.put(one.group(2), one.group(1));
        }
        return ids;
    }

    static Packaged completed(Packaged agent, String version) {
        agent.awaitLine(line -> line.contains("Deployment completed successfully") && line.contains(version), version + " completed");
        return agent;
    }

    static long count(Packaged agent, String part) {
        return agent.lines().stream().filter(line -> line.contains(part)).count();
    }

    /** What nothing announces; bounded. */
    static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within a minute: " + what);
            }
            LockSupport.parkNanos(50_000_000);
        }
    }
}
