package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.testing.EngineRelay;
import dev.dewpoint.testing.EngineRelay.Reaction;
import dev.dewpoint.testing.EngineServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 of an agent right before and right after each call that it makes to its engine, from its start to the end of a
 * rollout; the next agent brings everything to its one end. Each run starts where the last one ended. Samples, unless
 * {@code -Dsoak=true}.
 */
@Tag("faults")
class EngineKillSweepIT {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final int REPLICAS = 2;
    private static final int TRIES = 4;

    private enum Side { BEFORE, AFTER }

    /** The n-th call of a kind since the agent's start. */
    private record Point(Side side, String kind, int n) {
        @Override
        public String toString() {
            return "killed " + side.name().toLowerCase() + " " + kind + " " + n;
        }
    }

    @TempDir
    static Path folder;

    private static ContainerScene scene;
    private static String serving;

    @BeforeAll
    static void deployTheFirstRelease() throws IOException {
        scene = new ContainerScene(folder, EngineServer.docker(), "docker", REPLICAS);
        serving = scene.publish();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(serving, agent);
            agent.terminate();
        }
        scene.hasConverged("the first release", serving);
    }

    @AfterAll
    static void close() {
        scene.close();
    }

    @Test
    @DisplayName("W27, W38: killed before and after any call to its engine, the next agent serves one version whole and leaves no container behind")
    @Timeout(3600)
    void killedAroundAnyCallToTheEngineItConverges() throws IOException {
        Map<String, Integer> calls = recorded();
        assertThat(calls).as("what a rollout asks of its engine").containsEntry("POST /containers/create", REPLICAS).containsEntry("POST /containers/{id}/start", REPLICAS).containsEntry("POST /containers/{id}/stop", REPLICAS)
                .containsEntry("DELETE /containers/{id}", REPLICAS).containsEntry("POST /images/create", 1);
        Set<Point> wanted = SOAK ? all(calls) : sample(calls);
        Set<Point> killed = new LinkedHashSet<>();
        Set<Point> chance = new LinkedHashSet<>();
        for (Point point : wanted) {
            boolean hit = false;
            for (int i = 0; i < TRIES && !hit; i++) {
                hit = runs(point);
            }
            // a run that came to its end without that call: how often containers are looked for varies
            (hit || !point.kind().startsWith("GET") || point.n() == 1 ? killed : chance).add(point);
            assertThat(hit || chance.contains(point)).as("it was %s", point).isTrue();
        }
        int sum = calls.values().stream().mapToInt(Integer::intValue).sum();
        System.out.printf("kill sweep at the engine: %d calls %s, tried at %d points, killed at %d, not made in every run %s%n", sum, calls, wanted.size(), killed.size(), chance);
        assertThat(chance.size()).as("calls that %s runs did without", TRIES).isLessThanOrEqualTo(wanted.size() / 8);
    }

    /** Those that are made in every run: how often a list is followed by a look at what is just ending is chance. */
    private static Map<String, Integer> recorded() throws IOException {
        Map<String, Integer> one = record();
        Map<String, Integer> other = record();
        Map<String, Integer> both = new TreeMap<>();
        one.forEach((kind, n) -> both.put(kind, Math.min(n, other.getOrDefault(kind, 0))));
        return both;
    }

    private static Map<String, Integer> record() throws IOException {
        String next = scene.publish();
        try (EngineRelay relay = relay((_, _) -> null); Packaged agent = scene.start(relay.address())) {
            scene.settles(next, agent);
            Map<String, Integer> counts = new HashMap<>();
            relay.requests().forEach(request -> counts.merge(kind(request), 1, Integer::sum));
            agent.terminate();
            scene.hasConverged("unkilled", next);
            serving = next;
            return counts;
        }
    }

    private static Set<Point> all(Map<String, Integer> calls) {
        Set<Point> points = new LinkedHashSet<>();
        calls.forEach((kind, count) -> {
            for (int n = 1; n <= count; n++) {
                points.add(new Point(Side.BEFORE, kind, n));
                points.add(new Point(Side.AFTER, kind, n));
            }
        });
        return points;
    }

    /** What changes something on both sides, what only asks on one. */
    private static Set<Point> sample(Map<String, Integer> calls) {
        Set<Point> points = new LinkedHashSet<>();
        List<String> kinds = new ArrayList<>(calls.keySet());
        kinds.forEach(kind -> {
            int count = calls.get(kind);
            if (kind.startsWith("GET")) {
                points.add(new Point(kinds.indexOf(kind) % 2 == 0 ? Side.BEFORE : Side.AFTER, kind, Math.max(1, count / 2)));
            } else {
                points.add(new Point(Side.BEFORE, kind, count));
                points.add(new Point(Side.AFTER, kind, 1));
            }
        });
        return points;
    }

    /** Whether the agent came that far; if so everything holds. */
    private static boolean runs(Point point) throws IOException {
        String from = serving;
        String to = scene.publish();
        String when = point + " on the way from " + from + " to " + to;
        AtomicBoolean hit = new AtomicBoolean();
        CompletableFuture<Packaged> victim = new CompletableFuture<>();
        Runnable kill = () -> {
            hit.set(true);
            victim.join().kill();
        };
        Reactions reactions = (kind, n) -> {
            if (!kind.equals(point.kind()) || n != point.n()) {
                return null;
            }
            if (point.side() == Side.AFTER) {
                return new Reaction.LoseAfter(kill);
            }
            kill.run();
            return new Reaction.CutBefore();
        };
        try (EngineRelay relay = relay(reactions); Packaged agent = scene.start(relay.address())) {
            victim.complete(agent);
            scene.until("it is killed or done", agent, () -> !agent.isAlive() || !hit.get() && scene.outcomes().contains("deployed " + to) && scene.containers().size() == REPLICAS);
            if (agent.isAlive() && !hit.get()) {
                agent.terminate();
            }
            agent.exitCode();
        }
        scene.oneIsWhole(when, from, to);
        long before = scene.polls();
        try (Packaged next = scene.start(scene.engine.address())) {
            scene.settles(to, next);
            assertThat(scene.polls() - before).as("%s: polls until it had converged", when).isLessThanOrEqualTo(2);
            for (int i = 0; i < 4 * REPLICAS; i++) {
                assertThat(scene.get()).as(when).isEqualTo(to);
            }
            assertThat(next.terminate()).as(when).isZero();
        }
        scene.hasConverged(when, to, true);
        serving = to;
        return hit.get();
    }

    /** What to do with the n-th call of a kind; null: it goes through. */
    private interface Reactions {
        Reaction to(String kind, int n);
    }

    /** Starts are answered once the container does, so that how often it is asked for is no chance. */
    private static EngineRelay relay(Reactions reactions) {
        Map<String, Integer> counts = new HashMap<>();
        return EngineRelay.to(scene.engine.socket()).react(request -> {
            String kind = kind(request);
            int n;
            synchronized (counts) {
                n = counts.merge(kind, 1, Integer::sum);
            }
            Reaction reaction = reactions.to(kind, n);
            if (reaction != null) {
                return reaction;
            }
            if (kind.equals("GET /containers/{id}/json")) {
                scene.untilItAnswers(request.replaceFirst("^.*/containers/([0-9a-f]+)/json.*$", "$1"));
            }
            return new Reaction.Forward(request.split(" ")[1]);
        });
    }

    private static String kind(String request) {
        String[] words = request.split(" ");
        return words[0] + " " + words[1].replaceFirst("\\?.*", "").replaceFirst("^/v[0-9.]+/", "/").replaceFirst("/containers/[0-9a-f]{12,}", "/containers/{id}").replaceFirst("/images/.*@?sha256:[0-9a-f]+", "/images/{image}");
    }
}
