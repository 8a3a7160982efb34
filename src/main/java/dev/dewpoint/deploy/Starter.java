package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Prober;
import dev.dewpoint.health.Readiness;
import dev.dewpoint.health.Verdict;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Replica;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Starts replicas and waits until they are ready; those that don't become ready are gone afterwards. */
final class Starter {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration GRACE_OF_THE_FAILED = Duration.ofSeconds(2);

    private final Launcher launcher;
    private final List<Door> doors;
    private final Prober prober;
    private final Duration patience;
    private final Time time;

    Starter(Launcher launcher, List<Door> doors, Prober prober, Duration patience, Time time) {
        this.launcher = launcher;
        this.doors = doors;
        this.prober = prober;
        this.patience = patience;
        this.time = time;
    }

    /** All at the same time. One that fails ends the others. */
    List<Replica> bringAll(List<Order> orders, int total, Consumer<RolloutStep> tell) throws InterruptedException {
        List<Replica> ready = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            ExecutorCompletionService<Replica> arriving = new ExecutorCompletionService<>(threads);
            List<Future<Replica>> all = orders.stream().map(order -> arriving.submit((Callable<Replica>) () -> bring(order, total, tell))).toList();
            try {
                for (int i = 0; i < all.size(); i++) {
                    ready.add(arriving.take().get());
                }
                return ready;
            } catch (ExecutionException e) {
                all.forEach(one -> one.cancel(true));
                throw unwrapped(e);
            } catch (InterruptedException e) {
                all.forEach(one -> one.cancel(true));
                throw e;
            }
        }
    }

    /** What became of an order. */
    record Brought(Order order, Optional<Replica> replica, Optional<Failure> failure) {}

    /** All at the same time, and each for itself. */
    List<Brought> bringEach(List<Order> orders, int total, Consumer<RolloutStep> tell) throws InterruptedException {
        List<Brought> brought = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Brought>> all = orders.stream().map(order -> threads.submit(() -> {
                try {
                    return new Brought(order, Optional.of(bring(order, total, tell)), Optional.empty());
                } catch (Failure failure) {
                    return new Brought(order, Optional.empty(), Optional.of(failure));
                }
            })).toList();
            try {
                for (Future<Brought> one : all) {
                    brought.add(one.get());
                }
                return brought;
            } catch (ExecutionException e) {
                throw unwrapped(e);
            } catch (InterruptedException e) {
                all.forEach(one -> one.cancel(true));
                throw e;
            }
        }
    }

    /** Asked once: whether it may take traffic. */
    boolean passes(Replica replica) {
        return doors.stream().allMatch(door -> prober.probe(door.check(), behind(replica, door), door.rhythm().timeout()) instanceof Verdict.Ready);
    }

    /** Whether every door finds its port. */
    boolean fits(Replica replica) {
        return doors.stream().allMatch(door -> door.inside().isPresent() ? replica.doors().containsKey(door.inside().getAsInt()) : replica.doors().size() == 1);
    }

    private static RuntimeException unwrapped(ExecutionException e) throws InterruptedException {
        return switch (e.getCause()) {
            case Failure failure -> failure;
            case InterruptedException interrupted -> throw interrupted;
            case Throwable bug -> new IllegalStateException(bug);
        };
    }

    /** One. It is not among those that take traffic yet. */
    Replica bring(Order order, int total, Consumer<RolloutStep> tell) throws InterruptedException {
        String ports = order.ports().stream().map(port -> port.here() == 0 ? "127.0.0.1::" + port.inside() : "127.0.0.1:" + port.here() + ":" + port.inside()).collect(Collectors.joining(","));
        tell.accept(new RolloutStep.Starting(launcher.name(order), ports, order.number(), total));
        Replica replica = launcher.start(order);
        try {
            tell.accept(new RolloutStep.Started(replica.name(), address(replica)));
            awaitReady(replica, order, tell);
            return replica;
        } catch (Failure failure) {
            remove(replica, tell);
            throw failure;
        } catch (InterruptedException e) {
            remove(replica, tell);
            throw e;
        }
    }

    private void awaitReady(Replica replica, Order order, Consumer<RolloutStep> tell) throws InterruptedException {
        long start = time.nanos();
        tell.accept(new RolloutStep.Checking(replica.name(), url(replica)));
        Duration pause = FIRST_PAUSE;
        Watching watching = new Watching(replica, order.prepared().checksItself());
        for (int checks = 1; ; checks++) {
            if (watching.pass()) {
                tell.accept(new RolloutStep.Ready(replica.name(), url(replica), watching.status, time.since(start)));
                return;
            }
            Optional<String> end = launcher.end(replica);
            Duration left = patience.minus(time.since(start));
            if (end.isPresent() || left.isNegative() || left.isZero()) {
                String why = end.map(how -> "it ended before it was ready: " + how).orElseGet(() -> "it was not ready within " + patience.toSeconds() + "s: " + watching.status);
                tell.accept(new RolloutStep.NotReady(replica.name(), why, checks, launcher.lastOutput(replica)));
                throw new Failure(Failure.Kind.APP, "start " + replica.name(), why);
            }
            time.sleep(left.compareTo(pause) < 0 ? left : pause);
            Duration twice = pause.plus(pause);
            Duration interval = doors.isEmpty() ? FIRST_PAUSE : doors.getFirst().rhythm().interval();
            pause = twice.compareTo(interval) < 0 ? twice : interval;
        }
    }

    /** What all checks of one replica have said so far. */
    private final class Watching {
        private final Replica replica;
        private final boolean checksItself;
        private final List<Readiness> readiness;
        private String status = "not checked";

        Watching(Replica replica, boolean checksItself) {
            this.replica = replica;
            this.checksItself = checksItself;
            this.readiness = new ArrayList<>(doors.stream().map(door -> Readiness.unknown(door.check(), door.rhythm())).toList());
        }

        boolean pass() throws InterruptedException {
            boolean all = true;
            for (int i = 0; i < doors.size(); i++) {
                Door door = doors.get(i);
                Verdict verdict = prober.probe(door.check(), behind(replica, door), door.rhythm().timeout());
                readiness.set(i, readiness.get(i).after(verdict));
                status = words(verdict);
                if (!readiness.get(i).ready()) {
                    return false;
                }
            }
            if (checksItself) {
                Launcher.Says says = launcher.says(replica);
                all = says == Launcher.Says.READY || says == Launcher.Says.NOTHING;
                status = all ? status : "its own check has not passed yet";
            }
            return all;
        }
    }

    static String words(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Ready ready -> ready.status();
            case Verdict.Unready unready -> unready.why();
        };
    }

    /** Where a door leads to in this replica. */
    static InetSocketAddress behind(Replica replica, Door door) {
        if (door.inside().isPresent()) {
            return Optional.ofNullable(replica.doors().get(door.inside().getAsInt()))
                    .orElseThrow(() -> new Failure(Failure.Kind.APP, "reach " + replica.name(), "its port " + door.inside().getAsInt() + " is not published"));
        }
        if (replica.doors().size() != 1) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "reach " + replica.name(), "it has " + replica.doors().size() + " ports; name one with --container-port");
        }
        return replica.doors().values().iterator().next();
    }

    static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private String address(Replica replica) {
        return replica.doors().values().stream().map(Starter::text).sorted().collect(Collectors.joining(","));
    }

    private String url(Replica replica) {
        if (doors.isEmpty()) {
            return replica.name();
        }
        InetSocketAddress address = behind(replica, doors.getFirst());
        String path = doors.getFirst().check() instanceof dev.dewpoint.health.Check.Http http ? http.path() : "";
        return (path.isEmpty() ? "tcp://" : "http://") + address.getAddress().getHostAddress() + ":" + address.getPort() + path;
    }

    /** One that never served. */
    void remove(Replica replica, Consumer<RolloutStep> tell) throws InterruptedException {
        tell.accept(new RolloutStep.Removing(replica.name()));
        launcher.stop(replica, GRACE_OF_THE_FAILED);
    }
}
