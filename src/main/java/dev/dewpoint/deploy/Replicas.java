package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The replicas of one app, however they are made: rolled out, restarted, looked after, ended. */
final class Replicas implements Tended {
    private final Policy policy;
    private final Rollouts rollouts;
    private final boolean single;
    private final Wanted wanted;
    private final LedgerFile ledger;
    private final List<Door> doors;
    private final Launcher launcher;
    private final Herd herd;
    private final Rollout rollout;
    private final Shepherd shepherd;
    private final Launcher.Watching watching;
    private final Observer observer;
    private final Time time;

    /** {@code wake}: has the loop look after the replicas soon. */
    Replicas(Policy policy, Running running, LedgerFile ledger, Runnable wake, Observer observer, Time time) {
        this.policy = policy;
        this.rollouts = running.rollouts();
        this.single = running.single();
        this.ledger = ledger;
        this.wanted = new Wanted(rollouts.replicas(), ledger);
        this.launcher = running.launcher();
        this.observer = observer;
        this.time = time;
        this.doors = running.doors();
        Starter starter = new Starter(launcher, doors, running.prober(), rollouts.ready(), time);
        Orders orders = new Orders(rollouts, wanted, doors, time);
        this.herd = new Herd(policy.app(), doors, time, wake);
        Retirement retirement = new Retirement(launcher, rollouts.drain(), policy, observer, time, herd::missed);
        this.shepherd = new Shepherd(policy, wanted, rollouts.goesBack(), launcher, herd, starter, orders, retirement, observer, time);
        this.rollout = new Rollout(rollouts, doors, herd, starter, orders, retirement, shepherd, time);
        this.watching = launcher.watch(herd);
    }

    int wanted() {
        return wanted.replicas();
    }

    @Override
    public Optional<String> way() {
        return single ? Optional.empty() : Optional.of(rollouts.strategy().words());
    }

    @Override
    public Optional<Roster> roster() {
        return Optional.of(new Roster(wanted.replicas(), herd.standing().stream().sorted(Comparator.comparingInt(Replica::number)).map(this::entry).toList()));
    }

    private Roster.Entry entry(Replica replica) {
        List<Backend> backends = doors.stream().flatMap(door -> door.route().live().members().stream()).filter(backend -> backend.name().equals(replica.name())).toList();
        boolean ready = backends.size() == doors.size() && backends.stream().allMatch(Backend::ready);
        List<String> addresses = doors.stream().map(door -> Starter.text(Starter.behind(replica, door))).distinct().toList();
        Optional<Tag> version = ledger.now().called(replica.attempt()).map(Served::tag);
        return new Roster.Entry(replica.name(), version, replica.number(), replica.id(), addresses, ready, backends.stream().mapToInt(Backend::inFlight).sum(), replica.startedAt());
    }

    @Override
    public void settleWishes() {
        wanted.settle().filter(wish -> wish.asked() != wish.now()).ifPresent(wish -> {
            if (wish.holds()) {
                observer.saw(new Event.Scaled(policy.app(), time.now(), wish.now(), wish.asked(), "`dewpoint scale` asked for it; it holds until --replicas is changed"));
            } else {
                observer.saw(new Event.Scaled(policy.app(), time.now(), wish.asked(), wish.now(), "--replicas was " + wish.then() + " when `dewpoint scale` was used, and is " + wish.now() + " now"));
            }
        });
    }

    @Override
    public Request.Reply scale(int asked) {
        if (single) {
            return new Request.Reply(false, "one process at a time inherits the sockets; start the agent with --replicas, and a proxy stands before several");
        }
        int before = wanted.replicas();
        wanted.ask(asked);
        if (before != asked) {
            observer.saw(new Event.Scaled(policy.app(), time.now(), before, asked, "`dewpoint scale` asks for it"));
        }
        List<Replica> there = herd.serving();
        Optional<String> lack;
        try {
            lack = uncut("scale to " + asked, () -> shepherd.scale(before));
        } catch (Failure failure) {
            lack = Optional.of(failure.getMessage());
        }
        List<String> leaving = there.stream().filter(replica -> replica.number() > asked).map(Replica::name).toList();
        return lack.map(why -> new Request.Reply(false, why + "; " + asked + " stay wanted, and it is tried again"))
                .orElseGet(() -> new Request.Reply(true, count(asked) + (leaving.isEmpty() ? "" : "; " + String.join(", ", leaving) + " ends once nothing is in flight there")));
    }

    private static String count(int replicas) {
        return replicas == 1 ? "1 replica serves" : replicas + " replicas serve";
    }

    Prepared prepared(Served served) throws InterruptedException {
        return launcher.here(served.source(), served.digest(), served.release())
                .orElseThrow(() -> new Failure(Failure.Kind.MISSING, "start " + served.tag(), "what it is started from is not here anymore; `dewpoint deploy " + served.tag() + "` fetches it again"));
    }

    void mustBeHere(Served served) {
        uncut("go back to " + served.tag(), () -> prepared(served));
    }

    /** {@code back}: puts back in place what served, should its replicas have to be started again. */
    void enter(Deployment deployment, Served served, Delivery.Turning turning, Runnable back) {
        shepherd.begin(served, uncut("roll out " + served.tag(), () -> {
            Prepared prepared = prepared(served);
            rollout.run(served, prepared, turning, step -> observer.saw(new Event.Rollout(deployment, time.now(), step)), back);
            return prepared;
        }));
    }

    @Override
    public void restart(Served served, Delivery.Turning turning) {
        try {
            uncut("restart " + served.tag(), () -> {
                rollout.run(served, prepared(served), turning, step -> observer.saw(new Event.Tending(policy.app(), policy.kind(), time.now(), step)), () -> { });
                return served;
            });
        } catch (Attempt.Stopped stopped) {
            throw stopped.failure();
        }
        shepherd.follow(served);
    }

    /** Starts all of it where nothing of it runs. Those that don't start are tried again like those that die. */
    void raise(Served served) {
        uncut("start " + served.tag(), () -> {
            shepherd.raise(served);
            return served;
        });
    }

    /** Those that an earlier agent left running serve again. Whether there were any. */
    boolean adopt(Served served) {
        return uncut("look for the replicas of " + served.tag(), () -> herd.attempt().equals(Optional.of(served.release())) || shepherd.adopt(served));
    }

    /** The same, if all of them are there and fit to go on. */
    boolean adoptWhole(Served served) {
        return uncut("look for the replicas of " + served.tag(), () -> shepherd.adoptWhole(served));
    }

    boolean isInPlace(Served served) {
        return herd.attempt().equals(Optional.of(served.release())) && herd.serving().stream().allMatch(replica -> replica.configuration().equals(launcher.configuration()));
    }

    boolean isNobodyThere() {
        return herd.serving().isEmpty();
    }

    /** Whatever was started of this deployment, whether its start was seen to succeed or not. */
    void drop(String attempt) {
        uncut("remove what was started of a deployment", () -> {
            for (Replica replica : launcher.all()) {
                if (replica.attempt().equals(attempt)) {
                    launcher.stop(replica, Duration.ZERO);
                }
            }
            return attempt;
        });
    }

    void endStrays() {
        uncut("remove old replicas", () -> {
            shepherd.endStrays();
            return policy;
        });
    }

    /** What runs by the look of it. */
    Optional<String> found() {
        return uncut("look for replicas", () -> launcher.all().stream().filter(Replica::alive).map(Replica::attempt).findFirst());
    }

    @Override
    public Duration tend() {
        return uncut("look after the replicas", shepherd::tend);
    }

    @Override
    public Optional<String> looping() {
        return shepherd.looping();
    }

    @Override
    public void saw(ProxyEvent event) {
        herd.saw(event);
    }

    @Override
    public void end() {
        uncut("end the replicas", () -> {
            shepherd.endAll();
            return policy;
        });
    }

    @Override
    public void close() {
        watching.close();
    }

    /** An interrupt is the agent's end; whoever judges the failure sees the mark. */
    static <T> T uncut(String tried, Callable<T> step) {
        try {
            return step.call();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the agent is ending", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
