package dev.dewpoint.proxy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Check;
import dev.dewpoint.health.Prober;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.FlickeringBackend;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** A route with its membership, real addresses behind it, and a clock that runs when it is told to. */
final class Scene implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofSeconds(20);

    /** Names that a test sets. What isn't set fails. */
    static final class Names implements Lookup {
        private final Map<String, List<InetAddress>> zone = new ConcurrentHashMap<>();
        private final List<String> asked = new CopyOnWriteArrayList<>();
        volatile Optional<Duration> ttl = Optional.empty();

        void put(String name, String... addresses) {
            zone.put(name, Arrays.stream(addresses).map(InetAddress::ofLiteral).toList());
        }

        void remove(String name) {
            zone.remove(name);
        }

        int asked() {
            return asked.size();
        }

        @Override
        public Found addresses(String name) {
            asked.add(name);
            List<InetAddress> found = zone.get(name);
            if (found == null) {
                throw new Failure(Failure.Kind.MISSING, "look up " + name, "there is no such name");
            }
            return Found.of(found, ttl);
        }
    }

    final ManualTime time = new ManualTime();
    final Names names = new Names();
    final List<List<String>> gone = new CopyOnWriteArrayList<>();
    private final List<ProxyEvent> events = new CopyOnWriteArrayList<>();
    private final List<FlickeringBackend> backends = new ArrayList<>();
    private Rhythm rhythm = Rhythm.USUAL;
    private boolean h2c;
    private boolean eject = true;
    private RouteOptions.Names lookups = RouteOptions.USUAL.names();
    private Optional<RuntimeException> failing = Optional.empty();
    private Route route;
    private Membership membership;

    FlickeringBackend backend() {
        FlickeringBackend backend = FlickeringBackend.up();
        backends.add(backend);
        return backend;
    }

    void rhythm(int rise, int fall) {
        rhythm(Duration.ofSeconds(1), rise, fall);
    }

    void rhythm(Duration interval, int rise, int fall) {
        rhythm = new Rhythm(interval, Duration.ofSeconds(15), rise, fall);
    }

    void h2c() {
        h2c = true;
    }

    void eject(boolean on) {
        eject = on;
    }

    void lookups(Duration refresh, Optional<Duration> valid) {
        lookups = new RouteOptions.Names(refresh, Optional.empty(), valid);
    }

    void failing(RuntimeException with) {
        failing = Optional.of(with);
    }

    Upstream fixed(FlickeringBackend backend) {
        return new Upstream.Fixed("127.0.0.1", backend.port(), 1);
    }

    void open(Check check, Upstream... upstreams) {
        RouteOptions usual = RouteOptions.USUAL;
        RouteOptions options = new RouteOptions(usual.strip(), usual.host(), h2c, new RouteOptions.Health(check, rhythm, eject), lookups, usual.limits(), usual.hold(), usual.drainTime());
        route = new Route(new Rule(new Match(80, "", "/", false), false, Balance.ROUND_ROBIN, List.of(upstreams), options, "80=test"));
        membership = new Membership(route, names, new Prober(Time.system()), time, new SplittableRandom(3), this::saw, left -> gone.add(left.stream().map(Backend::name).toList()));
        time.onAdvance(membership::wake);
    }

    private void saw(ProxyEvent event) {
        events.add(event);
        failing.ifPresent(failure -> {
            throw failure;
        });
    }

    Membership membership() {
        return membership;
    }

    Route route() {
        return route;
    }

    void begin() throws Exception {
        membership.start(Duration.ofMinutes(10)).get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        settle();
    }

    /** Without waiting for anybody. */
    void start() {
        membership.start(Duration.ofMinutes(10));
    }

    /** Until its thread has done all that was due. */
    void settle() {
        for (int i = 0; i < 2; i++) {
            AtomicBoolean passed = new AtomicBoolean();
            membership.afterwards(() -> passed.set(true));
            until("its thread has done what was there", passed::get);
        }
    }

    /** Until no check and no lookup is on its way. */
    void untilResting() {
        settle();
        until("everything sent out is back", () -> membership.rests());
        settle();
    }

    void advance(Duration by) {
        settle();
        time.advance(by);
        settle();
    }

    Experience experience(FlickeringBackend backend) {
        return route.live().members().stream().filter(member -> member.name().equals(backend.name())).findFirst().orElseThrow().experience();
    }

    void fail(FlickeringBackend backend) {
        for (int i = 0; i < Ejection.FAILURES; i++) {
            experience(backend).answered(503);
        }
        settle();
    }

    List<String> members() {
        return route.live().members().stream().map(Backend::name).toList();
    }

    List<String> ready() {
        return Arrays.stream(route.live().ready()).map(Backend::name).toList();
    }

    /** All of it: what is told comes a moment after what it is about. */
    List<String> told() {
        settle();
        return heard();
    }

    private List<String> heard() {
        return events.stream().map(Scene::words).toList();
    }

    private static String words(ProxyEvent event) {
        return switch (event) {
            case ProxyEvent.BackendReady e -> "ready " + e.backend() + ": " + e.status();
            case ProxyEvent.BackendUnready e -> "unready " + e.backend() + ": " + e.why();
            case ProxyEvent.BackendEjected e -> "ejected " + e.backend() + ": " + e.why() + ", for " + e.rest().toSeconds() + "s";
            case ProxyEvent.BackendKept e -> "kept " + e.backend() + ": " + e.why();
            case ProxyEvent.BackendJoined e -> "joined " + e.backend();
            case ProxyEvent.BackendLeft e -> "left " + e.backend();
            case ProxyEvent.LookupFailed e -> "lookup of " + e.name() + " failed: " + e.why();
            case ProxyEvent.LookupRecovered e -> "lookup of " + e.name() + " recovered after " + e.lasted().toSeconds() + "s";
            case ProxyEvent.RouteWaits _ -> "waits";
            case ProxyEvent.RouteEmpty e -> "empty after " + e.lasted().toSeconds() + "s";
            case ProxyEvent.RouteServed _ -> "served again";
            case ProxyEvent.Stumbled e -> "stumbled over " + e.over();
        };
    }

    /** So many checks have come back from it, however long they are apart. */
    void untilChecks(FlickeringBackend backend, int count) {
        while (backend.asked() < count) {
            untilResting();
            if (backend.asked() < count) {
                int before = backend.asked();
                time.advance(rhythm.interval().multipliedBy(11).dividedBy(10));
                until("another check", () -> backend.asked() > before);
            }
        }
        untilResting();
    }

    void untilWithTime(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never came to this: " + what + "; told last: " + heard().reversed().stream().limit(12).toList());
            }
            untilResting();
            time.advance(Duration.ofMillis(200));
        }
    }

    void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never came to this: " + what + "; told last: " + heard().reversed().stream().limit(12).toList());
            }
            Thread.yield();
        }
    }

    @Override
    public void close() {
        if (membership != null) {
            membership.close();
        }
        backends.forEach(FlickeringBackend::close);
    }
}
