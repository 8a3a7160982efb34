package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.artifact.Budget;
import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.artifact.Verify;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Selection;
import dev.dewpoint.release.VersionOrder;
import dev.dewpoint.replica.process.ReleaseDirectory;
import dev.dewpoint.testing.FakeRegistry;
import dev.dewpoint.testing.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A loop with every real station but the registry, in a temporary root. */
final class LoopFixture implements AutoCloseable {
    final ManualTime time = ManualTime.start();
    final FakeRegistry registry = new FakeRegistry();
    final List<Event> events = new ArrayList<>();
    final Path root;
    private final Path artifacts;
    private final Http http = new Http(Time.system(), Credentials.none(), "test", Duration.ofSeconds(5));
    private DeployHooks hooks = DeployHooks.none();
    private Optional<Running> apps = Optional.empty();
    private int keep = 7;
    private Verify verify = Verify.AUTO;
    private String source = "fake://registry";
    private Consumer<Event> onEvent = _ -> {};
    private Selection selection = new Selection(VersionOrder.semver(), false, Optional.empty(), Optional.empty());

    LoopFixture(Path folder) {
        this.root = folder.resolve("root");
        this.artifacts = folder.resolve("artifacts");
        try {
            Files.createDirectories(root.resolve(".dewpoint"));
            Files.createDirectories(artifacts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    LoopFixture hooks(String beforeCommand, String afterCommand, boolean abortOnBefore) {
        hooks = new DeployHooks(Optional.ofNullable(beforeCommand).map(command -> new Hook(Hook.Kind.BEFORE_DEPLOY, command)),
                Optional.ofNullable(afterCommand).map(command -> new Hook(Hook.Kind.AFTER_DEPLOY, command)), Optional.empty(), abortOnBefore, false);
        return this;
    }

    LoopFixture hooks(DeployHooks given) {
        hooks = given;
        return this;
    }

    /** What is deployed runs as processes. */
    LoopFixture startedBy(Running running) {
        apps = Optional.of(running);
        return this;
    }

    LoopFixture keep(int releases) {
        keep = releases;
        return this;
    }

    LoopFixture verify(Verify how) {
        verify = how;
        return this;
    }

    LoopFixture slot(String slot) {
        selection = new Selection(VersionOrder.semver(), false, Optional.of(slot), Optional.empty());
        return this;
    }

    /** As if another registry had been given. */
    LoopFixture source(String other) {
        source = other;
        return this;
    }

    /** Runs on the loop's thread, right after an event was told. */
    LoopFixture onEvent(Consumer<Event> action) {
        onEvent = action;
        return this;
    }

    /** As a start of the agent does it. */
    DeployLoop open() {
        Cache cache = new Cache(root.resolve(".dewpoint/cache"), "me", 1L << 30);
        Hooks hooks = new Hooks(new Commands(Time.system(), Duration.ofMillis(200)), ChildEnvironment.of(Map.of("PATH", "/usr/bin:/bin"), List.of()), Duration.ofSeconds(20));
        Stations.Files files = new Stations.Files(registry, new Download(http, cache, verify, 1L << 30), new Unpack(Budget.standard(1L << 28)), cache, new ReleaseDirectory(root, time), hooks);
        Stations stations = apps.<Stations>map(running -> new Stations.Processes(files, running)).orElse(files);
        Policy policy = new Policy("app", apps.isPresent() ? "server" : "assets", source, selection, Duration.ofSeconds(10), Duration.ofMinutes(30), keep, this.hooks, true, false);
        return DeployLoop.open(policy, stations, root, root.resolve(".dewpoint"), this::saw, time, RandomGenerator.of("L64X128MixRandom"), "host", UnaryOperator.identity()).recovered();
    }

    private void saw(Event event) {
        events.add(event);
        onEvent.accept(event);
    }

    Path site(String tag, String text) {
        return zip(tag, "site.zip", Map.of("index.html", text));
    }

    Path zip(String folder, String name, Map<String, String> files) {
        try {
            Path file = artifacts.resolve(folder).resolve(name);
            Files.createDirectories(file.getParent());
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
                for (Map.Entry<String, String> entry : new TreeMap<>(files).entrySet()) {
                    zip.putNextEntry(new ZipEntry(entry.getKey()));
                    zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
                }
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deployed with a digest, as GitHub announces them. */
    void publish(String tag, String text) {
        Path file = site(tag, text);
        registry.publish(tag, file, Optional.of(digest(file)));
    }

    static Digest digest(Path file) {
        try {
            MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
            hasher.update(Files.readAllBytes(file));
            return Digest.of(Digest.Algorithm.SHA256, hasher);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String page() {
        try {
            return Files.readString(root.resolve("current/index.html"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> releases() {
        try (Stream<Path> files = Files.exists(root.resolve("releases")) ? Files.list(root.resolve("releases")) : Stream.empty()) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    <E extends Event> List<E> seen(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<String> outcomes() {
        return seen(Event.AttemptEnded.class).stream().map(e -> e.outcome().word()).toList();
    }

    /** Everything below the root with its inode and change time: equal before and after means that nothing was written. */
    Map<String, Object> fingerprint() {
        try (Stream<Path> files = Files.walk(root)) {
            Map<String, Object> all = new TreeMap<>();
            for (Path file : files.toList()) {
                all.put(file.toString(), Files.readAttributes(file, "unix:ino,ctime", java.nio.file.LinkOption.NOFOLLOW_LINKS));
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void twoReleases(DeployLoop loop) {
        publish("v1.0.0", "one");
        loop.turn();
        publish("v1.1.0", "two");
        time.advance(Duration.ofSeconds(10));
        loop.turn();
    }

    void turns(DeployLoop loop, int number, Duration apart) {
        for (int i = 0; i < number; i++) {
            loop.turn();
            time.advance(apart);
        }
    }

    static Digest someDigest() {
        return new Digest(Digest.Algorithm.SHA256, "0".repeat(64));
    }

    static Path onlyFile(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> found = files.filter(Files::isRegularFile).toList();
            assertThat(found).hasSize(1);
            return found.getFirst();
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
