package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.proxy.ProxyObserver;
import dev.dewpoint.proxy.Standing;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The replicas that take an app's traffic, and what is heard of them. Belongs to the loop's thread; news comes from any
 * thread and is taken in when the loop looks after them.
 */
final class Herd implements Launcher.Watch, ProxyObserver {
    private static final Duration LONGEST_STEP = Duration.ofSeconds(10);

    private sealed interface News {
        record Ended(String id, String how) implements News {}

        /** By the checks of the proxy. */
        record Seen(String name, boolean ready) implements News {}

        /** Its own check has come to another result. */
        record Changed(String id) implements News {}
    }

    private final String app;
    private final List<Door> doors;
    private final Time time;
    private final Runnable wake;
    private final Queue<News> news = new ConcurrentLinkedQueue<>();
    private volatile boolean missed;
    private Optional<String> attempt = Optional.empty();
    private Map<Integer, Replica> serving = new TreeMap<>();
    private volatile List<Replica> standing = List.of();
    private final Map<String, Long> unreadySince = new HashMap<>();
    /** By id, those that say so themselves. */
    private final Map<String, Long> unwellSince = new HashMap<>();
    private final Set<String> doubted = new HashSet<>();
    private boolean unsettled;
    private final Map<String, String> ended = new HashMap<>();

    /** {@code wake}: has the loop look after them soon; from any thread. */
    Herd(String app, List<Door> doors, Time time, Runnable wake) {
        this.app = app;
        this.doors = doors;
        this.time = time;
        this.wake = wake;
    }

    @Override
    public void ended(String replica, String how) {
        news.add(new News.Ended(replica, how));
        wake.run();
    }

    @Override
    public void changed(String replica) {
        news.add(new News.Changed(replica));
        wake.run();
    }

    @Override
    public void missed() {
        missed = true;
        wake.run();
    }

    @Override
    public void saw(ProxyEvent event) {
        switch (event) {
            case ProxyEvent.BackendUnready e -> unready(e.backend());
            case ProxyEvent.BackendEjected e -> unready(e.backend());
            case ProxyEvent.BackendReady e -> news.add(new News.Seen(e.backend(), true));
            case ProxyEvent.BackendKept _, ProxyEvent.BackendJoined _, ProxyEvent.BackendLeft _, ProxyEvent.LookupFailed _, ProxyEvent.LookupRecovered _, ProxyEvent.RouteEmpty _, ProxyEvent.RouteWaits _,
                    ProxyEvent.RouteServed _, ProxyEvent.Stumbled _ -> { }
        }
    }

    /** What was missed could not be looked at: it is still to be made up for, at the next occasion. */
    void stillMissed() {
        missed = true;
    }

    private void unready(String name) {
        news.add(new News.Seen(name, false));
        wake.run();
    }

    /** Whether something may have happened that nobody heard of, since this was asked last. */
    boolean missedSomething() {
        boolean did = missed;
        missed = false;
        return did;
    }

    /** The deployment whose replicas serve. */
    Optional<String> attempt() {
        return attempt;
    }

    List<Replica> serving() {
        return List.copyOf(serving.values());
    }

    Optional<Replica> number(int number) {
        return Optional.ofNullable(serving.get(number));
    }

    /** Those behind the doors, in a rollout the old and the new ones, and those too that get no requests for now. From any thread. */
    List<Replica> standing() {
        return standing;
    }

    boolean isReady(Replica replica) {
        return !ended.containsKey(replica.id()) && unready(replica).isEmpty();
    }

    private Optional<Long> unready(Replica replica) {
        return Stream.of(unreadySince.get(replica.name()), unwellSince.get(replica.id())).filter(Objects::nonNull).min(Comparator.naturalOrder());
    }

    /** Those of the serving that have ended, with how. */
    Map<Replica, String> ended() {
        hear();
        Map<Replica, String> gone = new HashMap<>();
        serving.values().stream().filter(replica -> ended.containsKey(replica.id())).forEach(replica -> gone.put(replica, ended.get(replica.id())));
        return gone;
    }

    /** Those of the serving whose own check may have come to another result than we know; each until {@link #says}. */
    List<Replica> doubted() {
        hear();
        return serving.values().stream().filter(replica -> doubted.contains(replica.id())).toList();
    }

    void doubtAll() {
        serving.values().forEach(replica -> doubted.add(replica.id()));
    }

    /** By its own check. Whether that is another result than before; it takes effect with {@link #settle}. */
    boolean says(Replica replica, boolean well) {
        doubted.remove(replica.id());
        boolean other = well ? unwellSince.remove(replica.id()) != null : unwellSince.putIfAbsent(replica.id(), time.nanos()) == null;
        unsettled |= other;
        return other;
    }

    /** Those of the serving that have been unready for at least that long. */
    List<Replica> unreadyFor(Duration atLeast) {
        hear();
        return serving.values().stream().filter(replica -> unready(replica).filter(since -> time.since(since).compareTo(atLeast) >= 0).isPresent()).toList();
    }

    /** How long until somebody has been unready for that long. */
    Optional<Duration> nextUnready(Duration atLeast) {
        hear();
        return serving.values().stream().map(this::unready).flatMap(Optional::stream).map(since -> atLeast.minus(time.since(since))).min(Comparator.naturalOrder());
    }

    private void hear() {
        for (News next = news.poll(); next != null; next = news.poll()) {
            switch (next) {
                case News.Ended e -> ended.put(e.id(), e.how());
                case News.Seen e when e.ready() -> unreadySince.remove(e.name());
                case News.Seen e -> unreadySince.putIfAbsent(e.name(), time.nanos());
                case News.Changed e -> doubted.add(e.id());
            }
        }
        Set<String> ids = new HashSet<>(serving.values().stream().map(Replica::id).toList());
        Set<String> names = new HashSet<>(serving.values().stream().map(Replica::name).toList());
        ended.keySet().retainAll(ids);
        unwellSince.keySet().retainAll(ids);
        doubted.retainAll(ids);
        unreadySince.keySet().retainAll(names);
    }

    /**
     * From now on these take the traffic and no others. {@code proven}: all but those have to pass a check first. Done
     * when what has left has nothing in flight any more, at the latest when its time is over.
     */
    CompletableFuture<Void> serve(String by, List<Replica> replicas, Set<Replica> unproven) throws InterruptedException {
        Map<Integer, Replica> now = new TreeMap<>();
        replicas.forEach(replica -> now.put(replica.number(), replica));
        serving = now;
        attempt = Optional.of(by);
        return stand(replicas, unproven);
    }

    /** The same without a change of who belongs here: on the way from one to the other. */
    CompletableFuture<Void> stand(List<Replica> replicas, Set<Replica> unproven) throws InterruptedException {
        standing = List.copyOf(replicas);
        List<CompletableFuture<?>> drained = new ArrayList<>();
        for (Door door : doors) {
            List<Standing> well = replicas.stream().filter(replica -> !unwellSince.containsKey(replica.id())).map(replica -> new Standing(replica.name(), Starter.behind(replica, door), !unproven.contains(replica))).toList();
            try {
                List<Backend> left = door.membership().stand(app, well).get(LONGEST_STEP.toSeconds(), TimeUnit.SECONDS);
                left.forEach(backend -> drained.add(backend.seal()));
            } catch (ExecutionException | TimeoutException e) {
                throw new Failure(Failure.Kind.BUG, "hand replicas to the route " + door.route().rule().text(), "it gave no answer: " + e, e);
            }
        }
        return CompletableFuture.allOf(drained.toArray(CompletableFuture[]::new));
    }

    /** Whoever has become unwell by its own check leaves the doors, and whoever is well again comes back to them. */
    void settle() throws InterruptedException {
        if (unsettled) {
            stand(serving(), unproven());
            unsettled = false;
        }
    }

    /** Takes one out of those that belong here; the others go on. */
    CompletableFuture<Void> without(Replica gone) throws InterruptedException {
        Map<Integer, Replica> rest = new TreeMap<>(serving);
        rest.values().remove(gone);
        serving = rest;
        return stand(serving(), unproven());
    }

    /** One more, ready, in the place of whoever has its number. */
    CompletableFuture<Void> instead(Replica one) throws InterruptedException {
        Map<Integer, Replica> more = new TreeMap<>(serving);
        more.put(one.number(), one);
        serving = more;
        return stand(serving(), unproven());
    }

    /** None is left of those that belong here. */
    void lost() {
        serving = new TreeMap<>();
        standing = List.of();
    }

    /** They keep what their membership knows of them; this matters only for those that it doesn't know. */
    private Set<Replica> unproven() {
        Set<Replica> unproven = new HashSet<>();
        serving.values().stream().filter(replica -> !isReady(replica)).forEach(unproven::add);
        return unproven;
    }
}
