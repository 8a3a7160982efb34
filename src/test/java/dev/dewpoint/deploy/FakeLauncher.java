package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Images;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.testing.FlickeringBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Replicas that are small servers in this JVM, and what an engine says of them. */
final class FakeLauncher implements Launcher, Images, AutoCloseable {
    static final int INSIDE = 8080;
    private static final String KILLED = "exit code 137 (signal 9)";

    private record Running(Replica replica, FlickeringBackend server, boolean alive, String end) {}

    private record Local(Digest digest, boolean itself) implements Prepared {
        @Override
        public String text() {
            return "registry.test/app@" + digest;
        }

        @Override
        public List<Integer> ports() {
            return List.of(INSIDE);
        }

        @Override
        public boolean checksItself() {
            return itself;
        }
    }

    final List<String> stopped = new CopyOnWriteArrayList<>();
    private final Set<Digest> images = ConcurrentHashMap.newKeySet();
    private final Set<Digest> unhealthy = ConcurrentHashMap.newKeySet();
    private final Set<Digest> crashing = ConcurrentHashMap.newKeySet();
    private final Map<String, Running> all = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile String configuration = "config-1";
    private final Set<Digest> stubborn = ConcurrentHashMap.newKeySet();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final Map<String, Says> said = new ConcurrentHashMap<>();
    private volatile boolean away;
    private volatile boolean itself;
    private volatile Runnable beforeStop = () -> {};

    /** Its replicas run and never become ready. */
    void unhealthy(Digest digest) {
        unhealthy.add(digest);
    }

    void heals(Digest digest) {
        unhealthy.remove(digest);
        crashing.remove(digest);
    }

    /** Its replicas end as soon as they are started. */
    void crashing(Digest digest) {
        crashing.add(digest);
    }

    /** Its replicas end when they are killed, not when they are asked to. */
    void stubborn(Digest digest) {
        stubborn.add(digest);
    }

    void configuration(String now) {
        configuration = now;
    }

    void away(boolean now) {
        away = now;
    }

    int calls() {
        return calls.get();
    }

    void forget(Digest image) {
        images.remove(image);
    }

    /** As the kernel ends it; {@code heard}: whether the engine tells. */
    void die(Replica replica, boolean heard) {
        end(replica, KILLED, heard);
    }

    private void end(Replica replica, String how, boolean heard) {
        all.computeIfPresent(replica.id(), (_, running) -> {
            running.server().close();
            return new Running(running.replica(), running.server(), false, how);
        });
        if (heard) {
            watches.forEach(watch -> watch.ended(replica.id(), how));
        }
    }

    void answers(Replica replica, int status) {
        all.get(replica.id()).server().answers(status);
    }

    /** Replicas have a check of their own. */
    void checkThemselves() {
        itself = true;
    }

    void says(Replica replica, Says now) {
        saysUnheard(replica, now);
        watches.forEach(watch -> watch.changed(replica.id()));
    }

    void saysUnheard(Replica replica, Says now) {
        said.put(replica.id(), now);
    }

    void missed() {
        watches.forEach(Watch::missed);
    }

    List<Replica> there() {
        return all.values().stream().map(running -> now(running)).sorted((a, b) -> a.name().compareTo(b.name())).toList();
    }

    private static Replica now(Running running) {
        Replica r = running.replica();
        return new Replica(r.id(), r.name(), r.number(), r.attempt(), r.digest(), r.configuration(), r.doors(), running.alive(), r.startedAt());
    }

    private void called(String tried) {
        calls.incrementAndGet();
        if (away) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the engine is away");
        }
    }

    @Override
    public String text(Artifact artifact) {
        return "registry.test/app";
    }

    @Override
    public Prepared fetch(Artifact artifact, Progress progress) {
        called("pull");
        images.add(artifact.digest().orElseThrow());
        progress.at(1, 2);
        return new Local(artifact.digest().orElseThrow(), itself);
    }

    @Override
    public Optional<Prepared> here(String source, Digest digest, String release) {
        called("look for an image");
        return images.contains(digest) ? Optional.of(new Local(digest, itself)) : Optional.empty();
    }

    @Override
    public String configuration() {
        return configuration;
    }

    @Override
    public String name(Order order) {
        return "app-" + order.deployedAt().getEpochSecond() + "-" + order.number();
    }

    @Override
    public Replica start(Order order) {
        called("start");
        FlickeringBackend server = FlickeringBackend.up();
        if (unhealthy.contains(order.digest())) {
            server.answers(503);
        }
        String id = "id" + ids.incrementAndGet();
        Replica replica = new Replica(id, free(name(order)), order.number(), order.attempt(), order.digest(), configuration, Map.of(INSIDE, server.address()), true, order.deployedAt());
        all.put(id, new Running(replica, server, true, ""));
        if (crashing.contains(order.digest())) {
            end(replica, "exit code 3", true);
        }
        return replica;
    }

    /** Two of one second are told apart. */
    private String free(String name) {
        return all.values().stream().anyMatch(running -> running.replica().name().equals(name)) ? free(name + "b") : name;
    }

    @Override
    public List<Replica> all() {
        called("list");
        return there();
    }

    @Override
    public Says says(Replica replica) {
        called("inspect");
        return !all.containsKey(replica.id()) ? Says.UNREADY : itself ? said.getOrDefault(replica.id(), Says.READY) : Says.NOTHING;
    }

    @Override
    public Optional<String> end(Replica replica) {
        called("inspect");
        Running running = all.get(replica.id());
        return running == null ? Optional.of("its container is gone") : running.alive() ? Optional.empty() : Optional.of(running.end());
    }

    @Override
    public boolean lostItsPort(Replica replica) {
        return false;
    }

    @Override
    public String lastOutput(Replica replica) {
        return all.containsKey(replica.id()) ? "the last words of " + replica.name() : "";
    }

    /** Runs before each stop. */
    void stopping(Runnable action) {
        beforeStop = action;
    }

    @Override
    public void stop(Replica replica, Duration grace) {
        beforeStop.run();
        called("stop");
        Running running = all.remove(replica.id());
        if (running != null) {
            running.server().close();
            stopped.add(replica.name());
            if (running.alive()) {
                watches.forEach(watch -> watch.ended(replica.id(), stubborn.contains(replica.digest()) ? KILLED : "exit code 0"));
            }
        }
    }

    @Override
    public List<String> prune(int keep, Set<Digest> spare) {
        List<String> removed = new ArrayList<>();
        return removed;
    }

    @Override
    public Watching watch(Watch who) {
        watches.add(who);
        return () -> watches.remove(who);
    }

    @Override
    public void close() {
        all.values().forEach(running -> running.server().close());
    }
}
