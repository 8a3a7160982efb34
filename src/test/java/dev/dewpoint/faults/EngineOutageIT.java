package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.faults.ContainerScene.Seen;
import dev.dewpoint.testing.EngineRelay;
import dev.dewpoint.testing.EngineRelay.Reaction;
import dev.dewpoint.testing.EngineServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine that hangs, ends, and comes back, before an agent whose replicas go on. */
@Tag("faults")
@Timeout(600)
class EngineOutageIT {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final Duration HANGS = Duration.ofSeconds(SOAK ? 30 : 3);
    private static final int IDLE_POLLS = 20;

    @TempDir
    Path folder;

    private ContainerScene scene;

    @BeforeEach
    void open() throws IOException {
        scene = new ContainerScene(folder, EngineServer.docker(), "docker", 3);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private static Map<Integer, String> ids(List<Seen> containers) {
        Map<Integer, String> ids = new HashMap<>();
        containers.forEach(seen -> ids.put(seen.replica(), seen.id()));
        return ids;
    }

    @Test
    @DisplayName("W29: through a hung engine, its restart and the end of one of three replicas no request fails; that one is replaced, the others stay, and afterwards nobody asks the engine for anything")
    void noRequestFailsWhileTheEngineHangsAndRestartsAndAReplicaEnds() {
        String version = scene.publish();
        try (EngineRelay relay = EngineRelay.to(scene.engine.socket()); Packaged agent = scene.start(relay.address(), "--interval", "1s"); Visitors visitors = new Visitors(scene)) {
            scene.settles(version, agent);
            Map<Integer, String> before = ids(scene.containers());
            visitors.come();
            scene.engine.pause();
            visitors.during(HANGS);
            scene.engine.resume();
            scene.engine.stop();
            scene.engine.start();
            scene.until("the agent listens again", agent, () -> relay.requests().getLast().contains("/json") && relay.requests().stream().filter(request -> request.contains("/events")).count() >= 2);
            assertThat(ids(scene.containers())).as("nobody was restarted with the engine").isEqualTo(before);
            scene.engine.ask("POST", "/v1.40/containers/" + before.get(2) + "/kill", "");
            scene.until("the second replica is replaced", agent, () -> scene.containers().size() == 3 && scene.running(version).size() == 3 && !ids(scene.containers()).get(2).equals(before.get(2)));
            Map<Integer, String> after = ids(scene.containers());
            assertThat(after.get(1)).isEqualTo(before.get(1));
            assertThat(after.get(3)).isEqualTo(before.get(3));
            agent.awaitLine("Replica replaced");
            visitors.during(Duration.ofSeconds(1));
            visitors.leave();
            assertThat(visitors.complaints()).as("of %s requests", visitors.served()).isEmpty();
            assertThat(visitors.served()).isPositive();
            idlePollsCostOneRequestAndNoCall(relay, agent);
            assertThat(agent.terminate()).isZero();
        }
    }

    private void idlePollsCostOneRequestAndNoCall(EngineRelay relay, Packaged agent) {
        long start = scene.polls();
        scene.until("a poll", agent, () -> scene.polls() > start);
        int calls = relay.requests().size();
        long polls = scene.polls();
        List<String> before = asked();
        scene.until(IDLE_POLLS + " idle polls", agent, () -> scene.polls() >= polls + IDLE_POLLS);
        List<String> after = asked();
        assertThat(relay.requests().subList(calls, relay.requests().size())).as("calls to the engine over %s idle polls", IDLE_POLLS).isEmpty();
        assertThat(after.subList(before.size(), after.size())).as("requests to the registry").hasSizeBetween(IDLE_POLLS, IDLE_POLLS + 1).allMatch(request -> request.contains("/tags/list"));
    }

    private List<String> asked() {
        return scene.registry.requests().stream().filter(request -> !request.startsWith("pusher")).toList();
    }

    @Test
    void anEngineThatIsGoneWhenTheAgentStartsIsWaitedFor() throws Exception {
        String version = scene.publish();
        try (Packaged agent = scene.start(scene.engine.address())) {
            scene.settles(version, agent);
            agent.terminate();
        }
        Map<Integer, String> before = ids(scene.containers());
        scene.engine.stop();
        try (Packaged agent = scene.start(scene.engine.address(), "--interval", "1s"); AutoCloseable _ = this::engineIsBack) {
            agent.awaitLine("systemctl start docker");
            engineIsBack();
            scene.until("it serves again", agent, () -> scene.get().equals(version));
            assertThat(ids(scene.containers())).isEqualTo(before);
            String next = scene.publish();
            scene.settles(next, agent);
            assertThat(agent.terminate()).isZero();
            scene.hasConverged("an engine that came late", next);
        }
    }

    private void engineIsBack() {
        if (!scene.engine.answers()) {
            scene.engine.start();
        }
    }

    /** In the long run the deadlines of the start and of the removal after it pass before it is back, in the short one it is back before. */
    @Test
    void anEngineThatHangsInTheMiddleOfARolloutCostsNoRequestAndNoRelease() throws IOException {
        String first = scene.publish();
        AtomicBoolean hangs = new AtomicBoolean();
        try (EngineRelay relay = EngineRelay.to(scene.engine.socket()).react(request -> hangs.get() ? new Reaction.Swallow() : new Reaction.Forward(request.split(" ")[1]));
                Packaged agent = scene.start(relay.address(), "--interval", "1s"); Visitors visitors = new Visitors(scene)) {
            scene.settles(first, agent);
            visitors.come();
            relay.react(request -> {
                if (request.contains("/start")) {
                    hangs.set(true);
                }
                return hangs.get() ? new Reaction.Swallow() : new Reaction.Forward(request.split(" ")[1]);
            });
            String next = scene.publish();
            scene.until("the engine hangs", agent, hangs::get);
            if (SOAK) {
                scene.until("the call's deadline", agent, () -> agent.output().contains("did not answer within"), Duration.ofMinutes(6));
                assertThat(scene.get()).isEqualTo(first);
            } else {
                visitors.during(HANGS);
            }
            relay.forward();
            relay.cutAll();
            scene.until("nothing is left of the failure", agent, () -> scene.outcomes().contains("deployed " + next) && scene.containers().size() == 3 && scene.get().equals(next), Duration.ofMinutes(2));
            visitors.leave();
            assertThat(visitors.complaints()).as("of %s requests", visitors.served()).isEmpty();
            assertThat(visitors.answers()).as("what was seen").containsOnlyKeys(first, next);
            assertThat(agent.terminate()).isZero();
            scene.hasConverged("a hung engine", next);
        }
    }

    /** GETs one after the other, each on its own connection, from a thread of their own. */
    private static final class Visitors implements AutoCloseable {
        private final ContainerScene scene;
        private final Map<String, Integer> answers = new java.util.concurrent.ConcurrentHashMap<>();
        private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
        private final AtomicInteger served = new AtomicInteger();
        private final AtomicBoolean here = new AtomicBoolean(true);
        private final Thread thread;

        Visitors(ContainerScene scene) {
            this.scene = scene;
            thread = Thread.ofPlatform().daemon().unstarted(this::ask);
        }

        void come() {
            thread.start();
        }

        private void ask() {
            while (here.get()) {
                String answer = scene.get();
                if (answer.startsWith("failed")) {
                    complaints.add(answer);
                } else {
                    served.incrementAndGet();
                    answers.merge(answer, 1, Integer::sum);
                }
            }
        }

        /** However long that is, they go on asking. */
        void during(Duration time) {
            int before = served.get();
            long end = System.nanoTime() + time.toNanos();
            while (System.nanoTime() < end) {
                ContainerScene.pause();
            }
            assertThat(served.get()).isGreaterThan(before);
        }

        void leave() {
            here.set(false);
            try {
                thread.join(20_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        List<String> complaints() {
            return List.copyOf(complaints);
        }

        int served() {
            return served.get();
        }

        Map<String, Integer> answers() {
            return Map.copyOf(answers);
        }

        @Override
        public void close() {
            here.set(false);
        }
    }
}
