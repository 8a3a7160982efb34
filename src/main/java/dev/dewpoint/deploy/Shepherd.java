package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
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
    private final Wanted replicas;
    private final Launcher launcher;
    private final Herd herd;
    private final Starter starter;
    private final Orders orders;
    private final Retirement retirement;
    private final Observer observer;
    private final Time time;
    private final Map<Integer, Mending> mending = new HashMap<>();
    /** Numbers that were asked for since it serves, and have not joined yet. */
    private final Set<Integer> added = new HashSet<>();
    private Optional<Served> followed = Optional.empty();
    private Optional<Boolean> checksItself = Optional.empty();
    private int troubles;
    private int ends;
    private boolean degraded;
    private OptionalLong begunAt = OptionalLong.empty();
    private long lastTrouble;

    Shepherd(Policy policy, Wanted replicas, Launcher launcher, Herd herd, Starter starter, Orders orders, Retirement retirement, Observer observer, Time time) {
        this.policy = policy;
        this.replicas = replicas;
        this.launcher = launcher;
        this.herd = herd;
        this.starter = starter;
        this.orders = orders;
        this.retirement = retirement;
        this.observer = observer;
        this.time = time;
    }

    /** The same, of one that has just begun to serve. */
    void begin(Served served, Prepared prepared) {
        follow(served);
        checksItself = Optional.of(prepared.checksItself());
        begunAt = OptionalLong.of(time.nanos());
    }

    /** Whether it ends again and again since it began; an older one is only kept up. */
    Optional<String> looping() {
        boolean loops = ends >= MANY && begunAt.isPresent() && lastTrouble - begunAt.getAsLong() <= PROVEN.toNanos();
        if (!loops) {
            return Optional.empty();
        }
        begunAt = OptionalLong.empty();
        return Optional.of("its replicas ended " + ends + " times within " + PROVEN.toSeconds() + "s of the switch");
    }

    /** From now on it is the replicas of this that are looked after. */
    void follow(Served served) {
        followed = Optional.of(served);
        mending.clear();
        added.clear();
        checksItself = Optional.empty();
        begunAt = OptionalLong.empty();
        troubles = 0;
        ends = 0;
        degraded = false;
    }

    /** Whether all replicas of it run and pass their checks. If so they serve. */
    boolean adoptWhole(Served served) throws InterruptedException {
        List<Replica> mine = fit(launcher.all(), served);
        if (mine.size() < replicas.replicas() || !mine.stream().allMatch(starter::passes)) {
            return false;
        }
        herd.serve(served.release(), mine, Set.of());
        follow(served);
        return true;
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
        round(followed.get());
        return due();
    }

    /** Tends at once, whoever is waited for. {@code before}: how many were wanted until now. Answers why not all are there, if so. */
    Optional<String> scale(int before) throws InterruptedException {
        if (followed.isEmpty() || herd.attempt().isEmpty()) {
            return Optional.of("nothing serves yet");
        }
        added.removeIf(number -> number > replicas.replicas());
        IntStream.rangeClosed(before + 1, replicas.replicas()).forEach(added::add);
        mending.clear();
        Optional<Failure> failure = round(followed.get());
        long ready = herd.serving().stream().filter(herd::isReady).count();
        return ready >= replicas.replicas() ? Optional.empty()
                : Optional.of(ready + " of " + replicas.replicas() + " replicas serve" + failure.map(why -> ": " + why.getMessage()).orElse(", the others are not ready"));
    }

    /** Answers why somebody could not be started, if so. */
    private Optional<Failure> round(Served served) throws InterruptedException {
        if (herd.missedSomething()) {
            lookAgain(served);
        }
        bury();
        heed();
        reduce();
        Optional<Failure> failure = mend(served);
        settle();
        return failure;
    }

    /** The engine was away: who is gone, and who is there that should not be? */
    private void lookAgain(Served served) throws InterruptedException {
        List<Replica> all;
        try {
            all = launcher.all();
            if (checksItself.isEmpty()) {
                checksItself = Optional.of(launcher.here(served.source(), served.digest()).map(Prepared::checksItself).orElse(true));
            }
        } catch (Failure away) {
            herd.stillMissed();
            throw away;
        }
        if (checksItself.get()) {
            herd.doubtAll();
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
            ends++;
            trouble(replica.number());
            observer.saw(new Event.ReplicaDied(policy.app(), time.now(), replica.name(), gone.getValue(), herd.serving().size(), replicas.replicas()));
            retirement.retire(List.of(replica), drained, this::tell);
        }
    }

    /** Those that are not well by their own check leave the proxy, and come back when they are. */
    private void heed() throws InterruptedException {
        for (Replica replica : herd.doubted()) {
            boolean well = launcher.says(replica) != Launcher.Says.UNREADY;
            if (herd.says(replica, well)) {
                observer.saw(new Event.ReplicaSays(policy.app(), time.now(), replica.name(), well));
            }
        }
        herd.settle();
    }

    /** Starts those that are missing, and one in the place of each that has been unready for too long. */
    private Optional<Failure> mend(Served served) throws InterruptedException {
        List<Replica> sick = herd.unreadyFor(SICK);
        List<Integer> missing = new ArrayList<>(IntStream.rangeClosed(1, replicas.replicas()).filter(number -> herd.number(number).isEmpty()).boxed().toList());
        sick.forEach(replica -> missing.add(replica.number()));
        missing.removeIf(number -> mending.containsKey(number) && time.nanos() - mending.get(number).dueNanos() < 0);
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        Prepared prepared = launcher.here(served.source(), served.digest())
                .orElseThrow(() -> new Failure(Failure.Kind.MISSING, "start a replica of " + served.tag(), "its image is not here anymore; `dewpoint deploy " + served.tag() + "` fetches it again"));
        List<Order> wanted = missing.stream().distinct().map(number -> orders.instead(herd.serving(), served, prepared, number)).toList();
        Optional<Failure> first = Optional.empty();
        for (Starter.Brought brought : starter.bringEach(wanted, replicas.replicas(), this::tell)) {
            int number = brought.order().number();
            if (brought.replica().isPresent()) {
                join(number, brought.replica().get());
            } else {
                first = first.or(brought::failure);
                ends += added.contains(number) ? 0 : 1; // that there is no room for more says nothing of the release
                trouble(number);
                mending.put(number, mending.getOrDefault(number, Mending.now(time.nanos())).again(time.nanos()));
            }
        }
        first.ifPresent(this::degrade);
        return first;
    }

    private void join(int number, Replica fresh) throws InterruptedException {
        Optional<Replica> sick = herd.number(number);
        CompletableFuture<Void> drained = herd.instead(fresh);
        tell(new RolloutStep.Joined(fresh.name(), herd.serving().size()));
        sick.ifPresent(replica -> retirement.retire(List.of(replica), drained, this::tell));
        if (added.remove(number)) {
            return;
        }
        observer.saw(new Event.ReplicaHealed(policy.app(), time.now(), fresh.name(), herd.serving().size(), replicas.replicas()));
    }

    /** Those beyond what is wanted, the highest numbers. */
    private void reduce() throws InterruptedException {
        for (Replica replica : herd.serving()) {
            if (replica.number() > replicas.replicas()) {
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
            degrade(new Failure(Failure.Kind.APP, "keep " + replicas.replicas() + " replicas", troubles + " of them ended within a short time"));
        }
    }

    private void degrade(Failure why) {
        if (troubles >= MANY && !degraded) {
            degraded = true;
            observer.saw(new Event.Degraded(policy.app(), time.now(), herd.serving().size(), replicas.replicas(), why.why()));
        }
    }

    /** Everybody has been there for a while: what was is forgotten. */
    private void settle() {
        boolean whole = herd.serving().size() >= replicas.replicas() && herd.serving().stream().allMatch(herd::isReady);
        if (whole && troubles > 0 && time.since(lastTrouble).compareTo(STEADY) >= 0) {
            troubles = 0;
            ends = 0;
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
        for (int number = 1; number <= replicas.replicas(); number++) {
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
        observer.saw(new Event.Tending(policy.app(), time.now(), step));
    }
}
