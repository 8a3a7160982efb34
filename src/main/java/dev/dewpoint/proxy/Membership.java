package dev.dewpoint.proxy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Check;
import dev.dewpoint.health.Prober;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.health.Verdict;
import dev.dewpoint.host.Time;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Who stands behind a route, and who of them is ready: looks names up, checks each address, puts out whom requests fail
 * at, and publishes every change to the route. One thread owns all of that; checks and lookups run beside it.
 *
 * <p>A name is looked up again every {@code refresh}, or as soon as the answer isn't believed any more: after {@code
 * valid}, or else after the time to live that the server named, at the least a second. A failed or empty lookup changes
 * nothing and is repeated at the same pace. A backend stays the same object for as long as its address stays. One whose
 * address is gone leaves at once, unless nobody else is ready: then it stays for as long as it passes its checks, or
 * until somebody is.
 */
public final class Membership implements AutoCloseable {
    private static final Duration REMINDER = Duration.ofMinutes(1);
    private static final double JITTER = 0.1;
    private static final int SOONEST_NAP = 1_000_000;

    private record Where(Upstream upstream, String name, InetSocketAddress address) {}

    private final Route route;
    private final Lookup lookup;
    private final Prober prober;
    private final Time time;
    private final RandomGenerator random;
    private final ProxyObserver observer;
    private final Consumer<List<Backend>> gone;
    private final Errands errands;
    private final Check check;
    private final Rhythm rhythm;
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final List<Whereabouts> places = new ArrayList<>();
    // from here on of the owner's thread
    private Map<Where, Member> members = new LinkedHashMap<>();
    private Map<Where, Standing> standing = Map.of();
    private boolean stood;
    private boolean waits;
    private long beginBy;
    private boolean empty;
    private long emptySince;
    private long remindedAt;

    /**
     * @param random of its own: it is used by the membership's thread without a lock
     * @param gone is handed those that have left, sealed, to see them drained; on the membership's thread, so it must return at once
     */
    public Membership(Route route, Lookup lookup, Prober prober, Time time, RandomGenerator random, ProxyObserver observer, Consumer<List<Backend>> gone) {
        this.route = route;
        this.lookup = lookup;
        this.prober = prober;
        this.time = time;
        this.random = random;
        this.observer = observer;
        this.gone = gone;
        RouteOptions options = route.options();
        // who speaks HTTP/2 from the first byte has no answer to an HTTP/1.1 request
        this.check = options.h2c() && options.health().check() instanceof Check.Http ? new Check.Tcp() : options.health().check();
        this.rhythm = options.health().rhythm();
        this.waits = route.rule().upstreams().stream().allMatch(Upstream.Replicas.class::isInstance);
        this.errands = new Errands("route " + route.rule().text(), this::turn, bug -> tell(new ProxyEvent.Stumbled(text(), now(), String.valueOf(bug))));
        for (Upstream upstream : route.rule().upstreams()) {
            if (!(upstream instanceof Upstream.Replicas)) {
                places.add(new Whereabouts(upstream, options.names(), time.nanos()));
            }
        }
    }

    /** Looks up and checks everybody at the same time. Done when it is known of each whether it is ready, or after {@code bound}. */
    public CompletableFuture<Void> start(Duration bound) {
        beginBy = time.nanos() + bound.toNanos();
        errands.leave(this::reconcile);
        errands.start();
        return begun.copy();
    }

    /**
     * From now on these replicas and no others stand behind the route, beside what is looked up: one step, in which
     * nobody is ever missing. Answers those that have left, sealed; they are handed on to be drained like any others.
     */
    public CompletableFuture<List<Backend>> stand(String app, List<Standing> replicas) {
        CompletableFuture<List<Backend>> left = new CompletableFuture<>();
        Upstream upstream = new Upstream.Replicas(app);
        errands.leave(() -> {
            Map<Where, Standing> now = new LinkedHashMap<>();
            replicas.forEach(replica -> now.put(new Where(upstream, replica.name(), replica.address()), replica));
            standing = now;
            stood = true;
            waits &= replicas.isEmpty();
            left.complete(reconcile());
        });
        return left;
    }

    /** Ends all threads. The route keeps those it has. */
    @Override
    public void close() {
        errands.close();
        begun.complete(null);
    }

    /** For a clock that doesn't run by itself: it was moved on. */
    void wake() {
        errands.wake();
    }

    /** Runs on the membership's thread, once what is there before it is done. */
    void afterwards(Runnable what) {
        errands.leave(what);
    }

    /** Whether no check and no lookup is on its way. */
    boolean rests() {
        return errands.nobodyIsOut();
    }

    private long turn() {
        long now = time.nanos();
        long left = remind(now);
        for (Whereabouts place : places) {
            if (place.nanosLeft(now) == 0) {
                place.asked();
                errands.send("lookup " + place.name(), () -> lookUp(place));
            }
            left = Math.min(left, place.nanosLeft(now));
        }
        for (Member member : members.values()) {
            if (member.nanosLeft(now) == 0) {
                member.asked();
                int round = member.round();
                errands.send("check " + member.backend, () -> ask(member, round));
            }
            left = Math.min(left, member.nanosLeft(now));
        }
        return Math.max(SOONEST_NAP, Math.min(left, begin(now)));
    }

    private Runnable lookUp(Whereabouts place) throws InterruptedException {
        try {
            Lookup.Found found = lookup.addresses(place.name());
            return found.addresses().isEmpty() ? () -> unknown(place, "it has no address") : () -> found(place, found);
        } catch (Failure e) {
            return () -> unknown(place, e.why());
        } catch (RuntimeException bug) {
            return () -> {
                unknown(place, "of a defect: " + bug);
                throw bug;
            };
        }
    }

    private void found(Whereabouts place, Lookup.Found found) {
        place.found(found, time.nanos()).ifPresent(lasted -> tell(new ProxyEvent.LookupRecovered(text(), place.name(), now(), lasted)));
        reconcile();
    }

    private void unknown(Whereabouts place, String why) {
        if (place.failed(time.nanos())) {
            tell(new ProxyEvent.LookupFailed(text(), place.name(), now(), why));
        }
    }

    private Runnable ask(Member member, int round) {
        try {
            Verdict verdict = prober.probe(member.question(), member.backend.address(), rhythm.timeout());
            return () -> heard(member, round, verdict);
        } catch (RuntimeException bug) {
            return () -> {
                heard(member, round, new Verdict.Unready("it can't be checked for a defect: " + bug, true, Duration.ZERO));
                throw bug;
            };
        }
    }

    private void heard(Member member, int round, Verdict verdict) {
        if (!members.containsValue(member) || member.round() != round) {
            return;
        }
        long now = time.nanos();
        if (member.heard(verdict) && verdict instanceof Verdict.Unready unready) {
            eject(member, "no connection can be made, and its check agrees: " + unready.why());
        } else {
            take(member, verdict, now);
            Duration pause = member.pause();
            if (!pause.isZero()) {
                member.askAt(now + jittered(pause));
            }
        }
        if (verdict instanceof Verdict.Unready unready && !unready.connected() && !member.ready()) {
            places.stream().filter(place -> place.upstream == member.upstream).forEach(place -> place.unreachable(member.backend.address(), now));
        }
        reconcile();
    }

    private void take(Member member, Verdict verdict, long now) {
        show(member);
        if (verdict instanceof Verdict.Ready ready && member.turnsReady(now)) {
            tell(new ProxyEvent.BackendReady(text(), member.backend.name(), now(), ready.status()));
            members.values().stream().filter(other -> other != member).forEach(Member::hasCompany);
        } else if (verdict instanceof Verdict.Unready unready && member.turnsUnready()) {
            tell(new ProxyEvent.BackendUnready(text(), member.backend.name(), now(), unready.why()));
        }
    }

    /** Traffic says that something is wrong there. */
    private void reported(Ejection from, Ejection.Report report) {
        from.heard();
        for (Member member : members.values()) {
            if (member.backend.experience() != from || !member.ready()) {
                continue;
            }
            if (readyOnes() > 1) {
                eject(member, report.why());
                reconcile();
            } else {
                keep(member, report);
            }
            return;
        }
    }

    private void eject(Member member, String why) {
        Duration pause = member.eject(time.nanos());
        show(member);
        tell(new ProxyEvent.BackendEjected(text(), member.backend.name(), now(), why, pause));
    }

    private void keep(Member member, Ejection.Report report) {
        if (member.turnsKept()) {
            tell(new ProxyEvent.BackendKept(text(), member.backend.name(), now(), report.why()));
        }
        if (report.refused()) {
            member.suspect(time.nanos());
        }
    }

    private void show(Member member) {
        if (member.backend.ready() != member.ready()) {
            member.backend.ready(member.ready());
            route.refresh();
        }
    }

    /** Makes the route's list what the upstreams and the checks say it is. The same list isn't published again. Answers who has left. */
    private List<Backend> reconcile() {
        Map<Where, Member> wanted = wanted();
        boolean served = wanted.values().stream().anyMatch(Member::ready);
        members.forEach((where, member) -> {
            if (!served && member.ready() && !(member.upstream instanceof Upstream.Replicas)) {
                wanted.putIfAbsent(where, member);
            }
        });
        Map<Where, Member> before = members;
        members = wanted;
        List<Backend> list = wanted.values().stream().map(member -> member.backend).toList();
        List<Backend> left = List.of();
        if (!list.equals(route.live().members())) {
            left = route.publish(list);
            wanted.forEach((where, member) -> tellIf(!before.containsKey(where), member, new ProxyEvent.BackendJoined(text(), member.backend.name(), now())));
            before.forEach((where, member) -> tellIf(!wanted.containsKey(where), member, new ProxyEvent.BackendLeft(text(), member.backend.name(), now())));
            if (!left.isEmpty()) {
                gone.accept(left);
            }
        }
        begin(time.nanos());
        settle();
        return left;
    }

    private Map<Where, Member> wanted() {
        Map<Where, Member> wanted = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        for (Whereabouts place : places) {
            for (InetSocketAddress address : place.addresses()) {
                Where where = new Where(place.upstream, place.nameOf(address), address);
                if (names.add(where.name())) {
                    Member known = members.get(where);
                    wanted.put(where, known != null ? known : join(where, false));
                }
            }
        }
        standing.forEach((where, replica) -> {
            Member known = members.get(where);
            wanted.put(where, known != null ? known : join(where, replica.proven()));
        });
        return wanted;
    }

    private Member join(Where where, boolean proven) {
        Experience experience = route.options().health().eject() ? new Ejection(time, (from, report) -> errands.leave(() -> reported(from, report))) : Experience.IGNORED;
        Backend backend = new Backend(where.name(), where.address(), where.upstream().weight(), experience);
        Member member = new Member(backend, where.upstream(), check, rhythm, time.nanos());
        if (proven) {
            member.proven(time.nanos());
        }
        backend.ready(member.ready());
        return member;
    }

    /** Nanoseconds until the start is over whoever hasn't answered. */
    private long begin(long now) {
        if (begun.isDone()) {
            return Long.MAX_VALUE;
        }
        boolean told = stood || route.rule().upstreams().stream().noneMatch(Upstream.Replicas.class::isInstance);
        boolean known = told && places.stream().allMatch(Whereabouts::answered) && members.values().stream().allMatch(Member::decided);
        if (known || now - beginBy >= 0) {
            begun.complete(null);
            if (waits) {
                tell(new ProxyEvent.RouteWaits(text(), now()));
            }
            settle();
            return Long.MAX_VALUE;
        }
        return beginBy - now;
    }

    /** Sees whether anybody is left. If not, those who were put out are asked at once. */
    private void settle() {
        boolean none = readyOnes() == 0;
        long now = time.nanos();
        if (none == empty || !begun.isDone() || none && waits) {
            return;
        }
        empty = none;
        if (none) {
            emptySince = now;
            remindedAt = now;
            tell(new ProxyEvent.RouteEmpty(text(), now(), Duration.ZERO));
            members.values().stream().filter(Member::resting).forEach(member -> member.askAt(now));
        } else {
            tell(new ProxyEvent.RouteServed(text(), now(), Duration.ofNanos(now - emptySince)));
        }
    }

    private long remind(long now) {
        if (!empty) {
            return Long.MAX_VALUE;
        }
        if (now - remindedAt >= REMINDER.toNanos()) {
            remindedAt = now;
            tell(new ProxyEvent.RouteEmpty(text(), now(), Duration.ofNanos(now - emptySince)));
        }
        return REMINDER.toNanos() - (now - remindedAt);
    }

    private long readyOnes() {
        return members.values().stream().filter(Member::ready).count();
    }

    private long jittered(Duration pause) {
        return (long) (pause.toNanos() * (1 - JITTER + 2 * JITTER * random.nextDouble()));
    }

    private void tellIf(boolean so, Member member, ProxyEvent event) {
        if (so && member.upstream instanceof Upstream.Named) {
            tell(event);
        }
    }

    private void tell(ProxyEvent event) {
        try {
            observer.saw(event);
        } catch (RuntimeException notOurs) {
            // whoever listens must not be able to end the checks, and there is nobody else to tell
        }
    }

    private String text() {
        return route.rule().text();
    }

    private Instant now() {
        return time.now();
    }
}
