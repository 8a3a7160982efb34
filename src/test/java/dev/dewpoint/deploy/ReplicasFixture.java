package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Prober;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Lookup;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.Membership;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Upstream;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Selection;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.VersionOrder;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.testing.FakeRegistry;
import dev.dewpoint.testing.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** A loop that brings images into service, before real addresses and a real membership; the engine is a fake. */
final class ReplicasFixture implements AutoCloseable {
    final ManualTime time = ManualTime.start();
    final FakeRegistry registry = new FakeRegistry();
    final FakeLauncher launcher = new FakeLauncher();
    final List<Event> events = new CopyOnWriteArrayList<>();
    final Path root;
    private final List<Membership> memberships = new CopyOnWriteArrayList<>();
    private final AtomicReference<DeployLoop> loop = new AtomicReference<>();
    private Optional<Launcher> other = Optional.empty();
    private DeployHooks given = DeployHooks.none();
    private int replicas = 1;
    private Rollouts.Strategy strategy = Rollouts.Strategy.SWAP;
    private Consumer<Event> onEvent = _ -> {};
    private Route route;

    ReplicasFixture(Path folder) {
        this.root = folder.resolve("root");
        try {
            Files.createDirectories(root.resolve(".dewpoint"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ReplicasFixture replicas(int wanted) {
        replicas = wanted;
        return this;
    }

    ReplicasFixture strategy(Rollouts.Strategy how) {
        strategy = how;
        return this;
    }

    ReplicasFixture hooks(DeployHooks around) {
        given = around;
        return this;
    }

    /** Instead of the fake one. */
    ReplicasFixture startedBy(Launcher launcher) {
        other = Optional.of(launcher);
        return this;
    }

    ReplicasFixture onEvent(Consumer<Event> action) {
        onEvent = action;
        return this;
    }

    /** As a start of the agent does it; what an earlier one had in its memory is gone. */
    DeployLoop open() {
        memberships.forEach(Membership::close);
        memberships.clear();
        RouteOptions usual = RouteOptions.USUAL;
        RouteOptions options = new RouteOptions(false, Optional.empty(), false, new RouteOptions.Health(new Check.Http("/health", 200, 299, Optional.empty()), new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(5), 1, 2), true), usual.names(),
                usual.limits(), usual.hold(), usual.drainTime());
        route = new Route(new Rule(new Match(8000, "", "/", false), false, Balance.ROUND_ROBIN, List.of(new Upstream.Replicas("app")), options, "8000=app:app"));
        Membership membership = new Membership(route, Lookup.system(Duration.ofSeconds(1)), new Prober(Time.system()), Time.system(), new SplittableRandom(1),
                event -> Optional.ofNullable(loop.get()).ifPresent(heard -> heard.saw(event)), _ -> {});
        memberships.add(membership);
        membership.start(Duration.ofSeconds(5));
        Hooks hooks = new Hooks(new Commands(Time.system()), ChildEnvironment.of(Map.of("PATH", "/usr/bin:/bin"), List.of()), Duration.ofSeconds(20));
        Rollouts rollouts = new Rollouts(replicas, strategy, Duration.ofSeconds(30), Duration.ofSeconds(1), OptionalInt.empty(), true);
        Stations stations = new Stations.Images(registry, hooks, launcher, new Running(other.orElse(launcher), List.of(new Door(route, membership, OptionalInt.empty())), rollouts, new Prober(Time.system()), false));
        Selection selection = new Selection(VersionOrder.semver(), false, Optional.empty(), Optional.empty());
        Policy policy = new Policy("app", "container", "img://registry.test/app", selection, Duration.ofSeconds(10), Duration.ofMinutes(30), 7, given, false, false);
        loop.set(DeployLoop.open(policy, stations, root, root.resolve(".dewpoint"), this::saw, time, RandomGenerator.of("L64X128MixRandom"), "host", UnaryOperator.identity()).recovered());
        return loop.get();
    }

    private void saw(Event event) {
        events.add(event);
        onEvent.accept(event);
    }

    Digest publish(String tag) {
        Digest digest = digest(tag);
        registry.publish(tag, new Artifact.Image("registry.test/app", new Tag(tag), digest, Platform.of("Linux", "amd64"), tag + "@" + digest));
        return digest;
    }

    static Digest digest(String tag) {
        return new Digest(Digest.Algorithm.SHA256, String.format("%064x", tag.hashCode() & 0xffffffffL));
    }

    /** Who takes requests now. */
    List<String> serving() {
        return Arrays.stream(route.live().ready()).map(Backend::name).sorted().toList();
    }

    List<Replica> there() {
        return launcher.there();
    }

    /** Digests of those that take requests. */
    List<Digest> served() {
        List<String> names = serving();
        return there().stream().filter(replica -> names.contains(replica.name())).map(Replica::digest).toList();
    }

    List<RolloutStep> steps() {
        return events.stream().filter(Event.Rollout.class::isInstance).map(event -> ((Event.Rollout) event).step()).toList();
    }

    <E extends Event> List<E> seen(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<String> outcomes() {
        return seen(Event.AttemptEnded.class).stream().map(event -> event.outcome().word()).toList();
    }

    void until(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waited for: " + what + "; serving " + serving() + ", there " + there() + ", events " + events).isLessThan(TimeUnit.SECONDS.toNanos(20));
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        memberships.forEach(Membership::close);
        launcher.close();
    }
}
