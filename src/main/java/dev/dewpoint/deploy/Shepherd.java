package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Keeps as many replicas in service as are wanted: finds those that an earlier agent left, and replaces those that end. */
final class Shepherd {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration SICK = Duration.ofSeconds(10);
    private static final Duration STEADY = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration PROVEN = Duration.ofSeconds(60);
    private static final int MANY = 3;

    private final Policy policy;
    private final Rollouts rollouts;
    private final Launcher launcher;
    private final Herd herd;
    private final Starter starter;
    private final Orders orders;
    private final Retirement retirement;
    private final Observer observer;
    private final Time time;
    private final Map<Integer, Mending> mending = new HashMap<>();
    private Optional<Served> followed = Optional.empty();
    private int troubles;
    private boolean degraded;
    private OptionalLong begunAt = OptionalLong.empty();
    private long lastTrouble;

    Shepherd(Policy policy, Rollouts rollouts, Launcher launcher, Herd herd, Starter starter, Orders orders, Retirement retirement, Observer observer, Time time) {
        this.policy = policy;
        this.rollouts = rollouts;
        this.launcher = launcher;
        this.herd = herd;
        this.starter = starter;
        this.orders = orders;
        this.retirement = retirement;
        this.observer = observer;
        this.time = time;
    }

    /** The same, of one that has just begun to serve. */
    void begin(Served served) {
        follow(served);
        begunAt = OptionalLong.of(time.nanos());
    }

    /** Whether it ends again and again since it began; an older one is only kept up. */
    Optional<String> looping() {
        boolean loops = rollouts.goesBack() && troubles >= MANY && begunAt.isPresent() && lastTrouble - begunAt.getAsLong() <= PROVEN.toNanos();
        if (!loops) {
            return Optional.empty();
        }
        begunAt = OptionalLong.empty();
        return Optional.of("its replicas ended " + troubles + " times within " + PROVEN.toSeconds() + "s of the switch");
    }

    /** From now on it is the replicas of this that are looked after. */
    void follow(Served served) {
        followed = Optional.of(served);
        mending.clear();
        begunAt = OptionalLong.empty();
        troubles = 0;
        degraded = false;
    }

    /** Whether all replicas of it run and pass their checks. If so they serve. */
    boolean adoptWhole(Served served) throws InterruptedException {
        List<Replica> mine = fit(launcher.all(), served);
        if (mine.size() < rollouts.replicas() || !mine.stream().allMatch(starter::passes)) {
            return false;
        }
        herd.serve(served.release(), mine, Set.of());
        follow(served);
        return true;
    }

    /** Starts all of it, where nothing runs. What doesn't start is tried again like what dies. */
    void raise(Served served) throws InterruptedException {
        herd.serve(served.release(), List.of(), Set.of());
        follow(served);
        Optional<Failure> failure = mend(served, false);
        if (!herd.serving().isEmpty()) {
            tell(new RolloutStep.Ran(served.tag().text(), false));
        }
        failure.ifPresent(why -> observer.saw(new Event.Remarked(policy.app(), time.now(), served.tag() + " could not be started, and is tried again: " + why.why(), Event.Weight.ALERT)));
    }

    /** What an earlier agent left running of it serves again; what is not of it ends. Whether there was anything. */
    boolean adopt(Served served) throws InterruptedException {
        List<Replica> all = launcher.all();
        List<Replica> mine = fit(all, served);
        if (mine.isEmpty()) {
            return false;
        }
        Set<Replica> unproven = new HashSet<>(mine.stream().filter(replica -> !starter.passes(replica)).toList());
        herd.serve(served.release(), mine, unproven);
        follow(served);
        end(all.stream().filter(replica -> !mine.contains(replica)).toList());
        return true;
    }

    /** One of each number, alive and with all the ports that are needed. */
    private List<Replica> fit(List<Replica> all, Served served) {
        Map<Integer, Replica> byNumber = new HashMap<>();
        all.stream().filter(replica -> replica.alive() && replica.attempt().equals(served.release()) && replica.digest().equals(served.digest()) && starter.fits(replica))
                .forEach(replica -> byNumber.putIfAbsent(replica.number(), replica));
        return List.copyOf(byNumber.values());
    }

    private void end(List<Replica> strays) {
        if (!strays.isEmpty()) {
            retirement.retire(strays, CompletableFuture.completedFuture(null), this::tell);
        }
    }

    /** Ends what neither serves nor is on its way out. */
    void endStrays() throws InterruptedException {
        Set<String> known = new HashSet<>(retirement.leaving()); // before the engine is asked: one that it lists may be gone a moment later
        herd.serving().forEach(replica -> known.add(replica.id()));
        end(launcher.all().stream().filter(replica -> !known.contains(replica.id())).toList());
    }

    /** All that there are; done when they are gone. */
    void endAll() throws InterruptedException {
        retirement.retire(launcher.all(), CompletableFuture.completedFuture(null), this::tell).join();
    }

    /** Answers after how long it is due again. */
    Duration tend() throws InterruptedException {
        if (followed.isEmpty() || herd.attempt().isEmpty()) {
            return NEVER;
        }
        if (herd.missedSomething()) {
            lookAgain();
        }
        bury();
        mend(followed.get(), true).ifPresent(this::degrade);
        reduce();
        settle();
        return due();
    }

    /** The engine was away: who is gone, and who is there that should not be? */
    private void lookAgain() throws InterruptedException {
        List<Replica> all;
        try {
            all = launcher.all();
        } catch (Failure away) {
            herd.stillMissed();
            throw away;
        }
        Map<String, Replica> byId = new HashMap<>();
        all.forEach(replica -> byId.put(replica.id(), replica));
        for (Replica replica : herd.serving()) {
            Replica now = byId.get(replica.id());
            if (now == null || !now.alive()) {
                herd.ended(replica.id(), now == null ? "it is gone" : "it has ended");
            } else if (!now.doors().equals(replica.doors())) {
                herd.ended(replica.id(), "its port has changed");
            }
        }
        endStrays();
    }

    private void bury() throws InterruptedException {
        for (Map.Entry<Replica, String> gone : herd.ended().entrySet()) {
            Replica replica = gone.getKey();
            CompletableFuture<Void> drained = herd.without(replica);
            trouble(replica.number());
            observer.saw(new Event.ReplicaDied(policy.app(), time.now(), replica.name(), gone.getValue(), herd.serving().size(), rollouts.replicas()));
            retirement.retire(List.of(replica), drained, this::tell);
        }
    }

    /** Starts those that are missing, and one in the place of each that has been unready for too long. */
    private Optional<Failure> mend(Served served, boolean healing) throws InterruptedException {
        List<Replica> sick = herd.unreadyFor(SICK);
        List<Integer> missing = new ArrayList<>(IntStream.rangeClosed(1, rollouts.replicas()).filter(number -> herd.number(number).isEmpty()).boxed().toList());
        sick.forEach(replica -> missing.add(replica.number()));
        missing.removeIf(number -> mending.containsKey(number) && time.nanos() - mending.get(number).dueNanos() < 0);
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        Prepared prepared = launcher.here(served.source(), served.digest(), served.release())
                .orElseThrow(() -> new Failure(Failure.Kind.MISSING, "start a replica of " + served.tag(), "what it is started from is not here anymore; `dewpoint deploy " + served.tag() + "` fetches it again"));
        List<Order> wanted = missing.stream().distinct().map(number -> orders.instead(herd.serving(), served, prepared, number)).toList();
        Optional<Failure> first = Optional.empty();
        for (Starter.Brought brought : starter.bringEach(wanted, rollouts.replicas(), this::tell)) {
            int number = brought.order().number();
            if (brought.replica().isPresent()) {
                join(number, brought.replica().get(), healing);
            } else {
                first = first.or(brought::failure);
                trouble(number);
                mending.put(number, mending.getOrDefault(number, Mending.now(time.nanos())).again(time.nanos()));
            }
        }
        return first;
    }

    private void join(int number, Replica fresh, boolean healing) throws InterruptedException {
        Optional<Replica> sick = herd.number(number);
        CompletableFuture<Void> drained = herd.instead(fresh);
        if (herd.isBehindDoors()) {
            tell(new RolloutStep.Joined(fresh.name(), herd.serving().size()));
        }
        sick.ifPresent(replica -> retirement.retire(List.of(replica), drained, this::tell));
        if (healing) {
            observer.saw(new Event.ReplicaHealed(policy.app(), time.now(), fresh.name(), herd.serving().size(), rollouts.replicas()));
        }
    }

    /** Those beyond what is wanted, the highest numbers. */
    private void reduce() throws InterruptedException {
        for (Replica replica : herd.serving()) {
            if (replica.number() > rollouts.replicas()) {
                retirement.retire(List.of(replica), herd.without(replica), this::tell);
            }
        }
    }

    private void trouble(int number) {
        troubles++;
        lastTrouble = time.nanos();
        if (troubles > 1) {
            mending.putIfAbsent(number, Mending.now(time.nanos()).again(time.nanos()));
        }
        if (troubles >= MANY && !degraded) {
            degrade(new Failure(Failure.Kind.APP, "keep " + rollouts.replicas() + " replicas", troubles + " of them ended within a short time"));
        }
    }

    private void degrade(Failure why) {
        if (troubles >= MANY && !degraded) {
            degraded = true;
            observer.saw(new Event.Degraded(policy.app(), time.now(), herd.serving().size(), rollouts.replicas(), why.why()));
        }
    }

    /** Everybody has been there for a while: what was is forgotten. */
    private void settle() {
        boolean whole = herd.serving().size() >= rollouts.replicas() && herd.serving().stream().allMatch(herd::isReady);
        if (whole && troubles > 0 && time.since(lastTrouble).compareTo(STEADY) >= 0) {
            troubles = 0;
            mending.clear();
            if (degraded) {
                degraded = false;
                observer.saw(new Event.Recovered(policy.app(), time.now(), herd.serving().size()));
            }
        }
    }

    private Duration due() {
        Duration next = herd.nextUnready(SICK).orElse(NEVER);
        if (troubles > 0) {
            next = shorter(next, STEADY.minus(time.since(lastTrouble)));
        }
        for (int number = 1; number <= rollouts.replicas(); number++) {
            if (herd.number(number).isEmpty()) {
                next = shorter(next, mending.containsKey(number) ? Duration.ofNanos(mending.get(number).dueNanos() - time.nanos()) : Duration.ZERO);
            }
        }
        return next.compareTo(SOON) < 0 ? SOON : next;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void tell(RolloutStep step) {
        observer.saw(new Event.Tending(policy.app(), policy.kind(), time.now(), step));
    }
}
