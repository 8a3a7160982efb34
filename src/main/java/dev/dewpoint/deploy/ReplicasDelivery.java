package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A release that is an image: pulled by its digest, and serving once replicas of it are ready and behind the doors. */
final class ReplicasDelivery implements Delivery {
    private final Policy policy;
    private final Rollouts rollouts;
    private final Wanted replicas;
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
    ReplicasDelivery(Policy policy, Stations.Running stations, LedgerFile ledger, Runnable wake, Observer observer, Time time) {
        this.policy = policy;
        this.rollouts = stations.rollouts();
        this.ledger = ledger;
        this.replicas = new Wanted(rollouts.replicas(), ledger);
        this.launcher = stations.launcher();
        this.observer = observer;
        this.time = time;
        this.doors = stations.doors();
        Starter starter = new Starter(launcher, doors, stations.prober(), rollouts.ready(), time);
        Orders orders = new Orders(rollouts, replicas, doors, time);
        this.herd = new Herd(policy.app(), doors, time, wake);
        Retirement retirement = new Retirement(launcher, rollouts.drain(), policy, observer, time, herd::missed);
        this.shepherd = new Shepherd(policy, replicas, launcher, herd, starter, orders, retirement, observer, time);
        this.rollout = new Rollout(rollouts, doors, herd, starter, orders, retirement, shepherd, observer, time);
        this.watching = launcher.watch(herd);
    }

    @Override
    public void end() {
        uncut("end the replicas", () -> {
            shepherd.endAll();
            return watching;
        });
    }

    @Override
    public void close() {
        watching.close();
    }

    @Override
    public void saw(ProxyEvent event) {
        herd.saw(event);
    }

    @Override
    public Arrival fetch(Deployment deployment, Release release, Optional<Digest> remembered) {
        Artifact artifact = release.artifact();
        return uncut("fetch " + artifact.fileName(), () -> {
            tell(deployment, new RolloutStep.Began(replicas.replicas()));
            long start = time.nanos();
            AtomicReference<Long> lastTold = new AtomicReference<>(start);
            Digest digest = artifact.digest().orElseThrow();
            if (!policy.followMovedTags() && remembered.filter(served -> !served.equals(digest)).isPresent()) {
                throw new Failure(Failure.Kind.CORRUPT, "deploy " + deployment.to(), "its tag named another image when it served (" + remembered.get() + ", now " + digest + "); `dewpoint deploy " + deployment.to() + "` takes it as it is, --follow-moved-tags does so always");
            }
            boolean here = launcher.here(policy.source(), digest).isPresent();
            tell(deployment, new RolloutStep.Pulling(launcher.text(artifact)));
            Prepared prepared = launcher.fetch(artifact, (bytes, total) -> {
                if (time.since(lastTold.get()).compareTo(Duration.ofSeconds(1)) >= 0) {
                    lastTold.set(time.nanos());
                    observer.saw(new Event.Downloading(deployment, time.now(), artifact.fileName(), bytes, Optional.of(total), bytes * 1000 / Math.max(1, time.since(start).toMillis())));
                }
            });
            tell(deployment, new RolloutStep.Pulled(launcher.text(artifact), digest, !here, time.since(start)));
            return new Arrival(artifact.fileName(), digest, !here);
        });
    }

    @Override
    public Staged stage(Deployment deployment, Release release, Arrival arrival, Optional<Digest> remembered) {
        return new Staged(new Served(deployment.to(), arrival.file(), arrival.digest(), deployment.id(), policy.source(), release.artifact().announcement(), time.now()), true);
    }

    @Override
    public void mustBeHere(Served served) {
        uncut("go back to " + served.tag(), () -> prepared(served));
    }

    @Override
    public Staged again(Deployment deployment, Served served) {
        tell(deployment, new RolloutStep.Began(replicas.replicas()));
        return new Staged(new Served(served.tag(), served.file(), served.digest(), deployment.id(), served.source(), served.announcement(), time.now()), true);
    }

    private Prepared prepared(Served served) throws InterruptedException {
        return launcher.here(served.source(), served.digest())
                .orElseThrow(() -> new Failure(Failure.Kind.MISSING, "start " + served.tag(), "its image is not here anymore; `dewpoint deploy " + served.tag() + "` fetches it again"));
    }

    @Override
    public void enter(Deployment deployment, Served served, Turning turning) {
        shepherd.begin(served, uncut("roll out " + served.tag(), () -> {
            Prepared prepared = prepared(served);
            rollout.run(deployment, served, prepared, turning);
            return prepared;
        }));
    }

    @Override
    public Optional<String> way() {
        return Optional.of(rollouts.strategy().words());
    }

    @Override
    public Optional<Roster> roster() {
        return Optional.of(new Roster(replicas.replicas(), herd.standing().stream().map(this::entry).toList()));
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
        replicas.settle().filter(wish -> wish.asked() != wish.now()).ifPresent(wish -> {
            if (wish.holds()) {
                observer.saw(new Event.Scaled(policy.app(), time.now(), wish.now(), wish.asked(), "`dewpoint scale` asked for it; it holds until --replicas is changed"));
            } else {
                observer.saw(new Event.Scaled(policy.app(), time.now(), wish.asked(), wish.now(), "--replicas was " + wish.then() + " when `dewpoint scale` was used, and is " + wish.now() + " now"));
            }
        });
    }

    @Override
    public Request.Reply scale(int wanted) {
        int before = replicas.replicas();
        replicas.ask(wanted);
        if (before != wanted) {
            observer.saw(new Event.Scaled(policy.app(), time.now(), before, wanted, "`dewpoint scale` asks for it"));
        }
        List<Replica> there = herd.serving();
        Optional<String> lack;
        try {
            lack = uncut("scale to " + wanted, () -> shepherd.scale(before));
        } catch (Failure failure) {
            lack = Optional.of(failure.getMessage());
        }
        List<String> leaving = there.stream().filter(replica -> replica.number() > wanted).map(Replica::name).toList();
        return lack.map(why -> new Request.Reply(false, why + "; " + wanted + " stay wanted, and it is tried again"))
                .orElseGet(() -> new Request.Reply(true, count(wanted) + (leaving.isEmpty() ? "" : "; " + String.join(", ", leaving) + " ends once nothing is in flight there")));
    }

    private static String count(int replicas) {
        return replicas == 1 ? "1 replica serves" : replicas + " replicas serve";
    }

    @Override
    public Optional<String> looping() {
        return shepherd.looping();
    }

    /** Whatever carries the deployment's name, whether its start was seen to succeed or not. */
    @Override
    public void discard(Served served) {
        uncut("remove what was started of " + served.tag(), () -> {
            for (Replica replica : launcher.all()) {
                if (replica.attempt().equals(served.release())) {
                    launcher.stop(replica, Duration.ZERO);
                }
            }
            return served;
        });
    }

    @Override
    public Optional<Path> directory(Served served) {
        return Optional.empty();
    }

    @Override
    public boolean isInPlace(Served served) {
        return herd.attempt().equals(Optional.of(served.release())) && herd.serving().stream().allMatch(this::asConfigured);
    }

    private boolean asConfigured(Replica replica) {
        return replica.configuration().equals(launcher.configuration());
    }

    @Override
    public boolean entered(Served served) {
        return uncut("look for the replicas of " + served.tag(), () -> shepherd.adoptWhole(served));
    }

    @Override
    public boolean isLost(Served served) {
        return herd.serving().isEmpty();
    }

    @Override
    public String lack(Served served) {
        return herd.serving().isEmpty() ? "no replica of " + served.tag() + " runs; they are started again"
                : "the replicas of " + served.tag() + " run with other options than those given now; they are replaced";
    }

    @Override
    public boolean putRight(Served served) {
        return uncut("look for the replicas of " + served.tag(), () -> herd.attempt().equals(Optional.of(served.release())) || shepherd.adopt(served)) && isInPlace(served);
    }

    @Override
    public void drop(Ledger.Attempting cutOff, Set<String> recorded) {
        uncut("remove what a deployment left that was cut off", () -> {
            for (Replica replica : launcher.all()) {
                if (replica.attempt().equals(cutOff.id())) {
                    launcher.stop(replica, Duration.ZERO);
                }
            }
            return recorded;
        });
    }

    /** What an interrupted run left is told apart when what serves is adopted. */
    @Override
    public void sweep(boolean resumable) {}

    @Override
    public List<String> retire(Ledger now, Optional<Artifact> resumable) {
        Set<Digest> spare = new HashSet<>(Stream.concat(now.serving().stream(), now.before().stream().limit(1)).map(Served::digest).toList());
        resumable.flatMap(Artifact::digest).ifPresent(spare::add);
        return uncut("remove old replicas and images", () -> {
            shepherd.endStrays();
            return launcher.prune(policy.keep(), spare);
        });
    }

    /** Containers carry no more than history does. */
    @Override
    public Optional<String> found() {
        return uncut("look for replicas", () -> launcher.all().stream().filter(Replica::alive).map(Replica::attempt).findFirst());
    }

    @Override
    public Duration tend() {
        return uncut("look after the replicas", shepherd::tend);
    }

    private void tell(Deployment deployment, RolloutStep step) {
        observer.saw(new Event.Rollout(deployment, time.now(), step));
    }

    /** An interrupt is the agent's end; whoever judges the failure sees the mark. */
    private static <T> T uncut(String tried, Callable<T> step) {
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
