package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.testing.ServerApps;
import dev.dewpoint.testing.ServerApps.Behaviour;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A root, a directory that plays its registry, and a port; the programs that are released are real ones. */
final class ServerScene {
    private static final Pattern VERSION = Pattern.compile("\"version\" ?: ?\"([^\"]+)\"");
    private static final Pattern PID = Pattern.compile("\"pid\" ?: ?(\\d+)");

    final Path root;
    final Path registry;
    final int port = Stage.freePort();
    private final Path folder;
    private final Map<ServerApps.Kind, Path> built = new HashMap<>();

    ServerScene(Path folder) throws IOException {
        this.folder = folder;
        this.root = Files.createDirectories(folder.resolve("root"));
        this.registry = Files.createDirectories(folder.resolve("registry"));
    }

    /** Polls once a second. What comes last wins. */
    Packaged agent(Map<String, String> environment, List<String> flags, String... command) {
        List<String> arguments = new ArrayList<>(List.of("server", "--registry", "file://" + registry, "--root", root.toString(), "--name", "shop", "--interval", "1s"));
        arguments.addAll(flags);
        arguments.add("--");
        arguments.addAll(List.of(command));
        return Packaged.start(root, environment, arguments.toArray(String[]::new));
    }

    Packaged agent(String... flags) {
        return agent(Map.of(), Stream.concat(Stream.of("--port", Integer.toString(port)), Arrays.stream(flags)).toList(), "./current/run");
    }

    /** A program that takes its sockets from us. */
    void publish(String version, ServerApps.Kind kind, ServerApps.Protocol protocol, Behaviour... behaviours) throws Exception {
        Path place = built.computeIfAbsent(kind, _ -> folder.resolve("built-" + kind));
        List<String> command = ServerApps.make(kind, place, version);
        String words = command.stream().map(word -> word.startsWith(place.toString()) ? "\"$(dirname \"$0\")\"/" + Path.of(word).getFileName() : word).collect(Collectors.joining(" "));
        String behaviour = Arrays.stream(behaviours).map(one -> one.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-')).collect(Collectors.joining(","));
        publish(version, "export APP_PROTOCOL=" + protocol.name().toLowerCase(java.util.Locale.ROOT) + " APP_BEHAVIOUR=" + behaviour + "\nexec " + words, place);
    }

    /** {@code run} is this shell script. */
    void publish(String version, String script) throws Exception {
        publish(version, script, Files.createDirectories(folder.resolve("script")));
    }

    private void publish(String version, String script, Path place) throws Exception {
        Path run = place.resolve("run");
        Files.writeString(run, "#!/bin/sh\n" + script + "\n");
        assertThat(run.toFile().setExecutable(true)).isTrue();
        Path release = Files.createDirectories(registry.resolve(version));
        Path hidden = release.resolve(".app.tar.gz");
        Process tar = new ProcessBuilder("tar", "-czf", hidden.toString(), "-C", place.toString(), ".").inheritIO().start();
        assertThat(tar.waitFor()).isZero();
        Files.setLastModifiedTime(hidden, FileTime.from(Instant.now().minusSeconds(60)));
        Files.move(hidden, release.resolve("app.tar.gz"));
    }

    /** {@code failed: …} if nothing came. */
    String get(String path) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return answer.startsWith("HTTP/1.1 200 ") ? answer.substring(answer.indexOf("\r\n\r\n") + 4) : "failed: " + answer.lines().findFirst().orElse("nothing came");
        } catch (IOException e) {
            return "failed: " + e;
        }
    }

    String version() {
        return found(VERSION, get("/"));
    }

    long pid() {
        String pid = found(PID, get("/"));
        return pid.startsWith("failed") ? 0 : Long.parseLong(pid);
    }

    private static String found(Pattern pattern, String answer) {
        Matcher matcher = pattern.matcher(answer);
        return matcher.find() ? matcher.group(1) : answer;
    }

    void serves(Packaged agent, String version) {
        until(version + " serves", agent, () -> version().equals(version));
    }

    /** It serves, and the attempt that brought it has ended. */
    void deployed(Packaged agent, String version) {
        agent.awaitLine(line -> line.contains("Deployment completed successfully") && line.contains("tag=\"" + version + "\""), "the deployment of " + version);
        serves(agent, version);
    }

    static void until(String what, Packaged agent, BooleanSupplier isTrue) {
        until(what, agent::output, isTrue);
    }

    /** {@code told}: what explains that it did not come. */
    static void until(String what, Supplier<String> told, BooleanSupplier isTrue) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!isTrue.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited for: " + what + "\n" + told.get());
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    String current() {
        try {
            return Files.readSymbolicLink(root.resolve("current")).getFileName().toString();
        } catch (IOException e) {
            return "none";
        }
    }

    List<String> releases() {
        try (Stream<Path> all = Files.exists(root.resolve("releases")) ? Files.list(root.resolve("releases")) : Stream.empty()) {
            return all.map(one -> one.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whatever was started from here and still runs. */
    List<ProcessHandle> left() {
        return ProcessHandle.allProcesses().filter(process -> isOurs(process.pid())).toList();
    }

    private boolean isOurs(long pid) {
        try {
            Path directory = Path.of("/proc", Long.toString(pid));
            return Files.readSymbolicLink(directory.resolve("cwd")).equals(root.toRealPath()) && !Files.readString(directory.resolve("cmdline"), StandardCharsets.ISO_8859_1).contains("dewpoint.jar");
        } catch (IOException e) {
            return false;
        }
    }

    /** GETs from several threads, each on a connection of its own. */
    final class Load implements AutoCloseable {
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final Map<String, AtomicInteger> versions = new ConcurrentHashMap<>();
        private final AtomicInteger served = new AtomicInteger();
        private final List<Thread> threads = new ArrayList<>();
        private final Duration between;
        private volatile boolean on = true;

        Load(int clients) {
            this(clients, Duration.ZERO);
        }

        /** {@code between} two requests of a client: what else happens on this host needs the processor, too. */
        Load(int clients, Duration between) {
            this.between = between;
            for (int i = 0; i < clients; i++) {
                threads.add(Thread.ofPlatform().daemon().name("client").start(this::ask));
            }
        }

        private void ask() {
            while (on) {
                LockSupport.parkNanos(between.toNanos());
                String answer = get("/");
                if (answer.startsWith("failed")) {
                    failures.add(answer);
                } else {
                    served.incrementAndGet();
                    versions.computeIfAbsent(found(VERSION, answer), _ -> new AtomicInteger()).incrementAndGet();
                }
            }
        }

        void goesOn(Packaged agent, int more) {
            goesOn(agent::output, more);
        }

        void goesOn(Supplier<String> told, int more) {
            int before = served.get();
            until(more + " more answers", told, () -> served.get() >= before + more);
        }

        int served() {
            return served.get();
        }

        List<String> failures() {
            return List.copyOf(failures);
        }

        void isClean() {
            end();
            assertThat(failures).as("of %s requests", served.get() + failures.size()).isEmpty();
            assertThat(served.get()).isPositive();
        }

        Map<String, AtomicInteger> versions() {
            return versions;
        }

        @Override
        public void close() {
            end();
        }

        /** No request is under way any more. */
        void end() {
            on = false;
            for (Thread thread : threads) {
                try {
                    thread.join(20_000);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }
}
