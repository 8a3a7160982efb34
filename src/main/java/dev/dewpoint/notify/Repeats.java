package dev.dewpoint.notify;

import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.release.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides what is told of the things that repeat: the first, then rarer reminders, then the recovery. A single hiccup of
 * the registry pings nobody.
 */
final class Repeats {
    private static final int MOST_STREAKS = 100;
    private static final int HICCUPS = 3;
    private static final Duration HICCUP = Duration.ofMinutes(2);
    /** What breaks again this soon after it recovered has to stay broken for this long before it is told again. */
    private static final Duration RESTLESS = Duration.ofMinutes(10);
    private static final int STARTS_TOLD = 3;
    private static final Duration REMARKS_REMEMBERED = Duration.ofHours(48);
    private static final Pattern NUMBERS = Pattern.compile("[0-9]+");

    private final Map<String, Streak> streaks;
    /** Known from an earlier run: nobody but us remembers that they have begun. */
    private final Set<String> fromEarlier;
    private boolean changed;

    Repeats(Map<String, Streak> streaks) {
        this.streaks = new LinkedHashMap<>(streaks);
        this.fromEarlier = new HashSet<>(streaks.keySet());
    }

    Map<String, Streak> streaks() {
        return new LinkedHashMap<>(streaks);
    }

    /** Whether there is something to write down since the last time this was asked. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** A poll that went well in this run ends what failed in an earlier one; the loop can't know of that. */
    Telling pollsAgain(Event event) {
        boolean proof = switch (event) {
            case Event.DeploySkipped _, Event.ArtifactPending _, Event.ArtifactMissing _, Event.EntryChanged _, Event.AttemptStarted _ -> true;
            case Event.AgentStarted _, Event.AgentStopped _, Event.PollFailed _, Event.PollRecovered _, Event.Remarked _, Event.Downloading _, Event.ArtifactCached _, Event.HookEnded _,
                    Event.Extracted _, Event.Switched _, Event.Rollout _, Event.Tending _, Event.ReplicaDied _, Event.ReplicaHealed _, Event.Degraded _, Event.Recovered _, Event.AttemptEnded _,
                    Event.Cleaned _, Event.Scaled _, Event.ReplicaSays _ -> false;
        };
        return proof && fromEarlier.contains(poll(event.app())) ? pollRecovered(event.app(), event.at()) : new Telling.Silent();
    }

    Telling judge(Event event) {
        return switch (event) {
            case Event.AgentStarted e -> started(e);
            case Event.AgentStopped e -> untoldStart(e.app()) ? new Telling.Silent() : new Telling.Plain();
            case Event.PollFailed e -> pollFailed(e);
            case Event.PollRecovered e -> pollRecovered(e.app(), e.at());
            case Event.Remarked e -> e.weight() == Event.Weight.ALERT ? remarked(e) : new Telling.Silent();
            case Event.ArtifactMissing _, Event.EntryChanged _ -> new Telling.Plain();
            case Event.AttemptEnded e -> ended(e);
            case Event.AttemptStarted e -> progress(e);
            case Event.ArtifactCached e -> e.downloaded() ? progress(e) : new Telling.Silent();
            case Event.HookEnded e -> progress(e);
            case Event.Rollout e -> progress(e);
            case Event.Tending e -> e.step() instanceof RolloutStep.Ran ran && ran.again() ? new Telling.Plain() : new Telling.Silent();
            case Event.Cleaned e -> progress(e);
            case Event.ReplicaDied _, Event.ReplicaHealed _, Event.Degraded _, Event.Recovered _ -> new Telling.Plain();
            case Event.ArtifactPending _, Event.DeploySkipped _, Event.Downloading _, Event.Extracted _, Event.Switched _, Event.Scaled _, Event.ReplicaSays _ -> new Telling.Silent();
        };
    }

    private Telling pollFailed(Event.PollFailed e) {
        String key = poll(e.app());
        fromEarlier.remove(key);
        Streak streak = opened(key, e.at()).happened(e.at(), true);
        String reason = isOurs(e.failure().kind()) ? "host" : isPassing(e.failure().kind()) ? "passing" : e.failure().kind().name();
        Duration lasted = Duration.between(streak.since(), e.at());
        boolean worthIt = streak.told() > 0 || (streak.restless() ? lasted.compareTo(RESTLESS) >= 0
                : !isPassing(e.failure().kind()) || streak.times() >= HICCUPS || streak.times() > 1 && lasted.compareTo(HICCUP) >= 0);
        return tell(key, streak, reason, e.at(), worthIt);
    }

    /** The streak that goes on, or a new one. */
    private Streak opened(String key, Instant at) {
        Streak before = streaks.get(key);
        if (before != null && before.isOpen()) {
            return before;
        }
        boolean restless = before != null && (before.told() > 0 || before.restless()) && Duration.between(before.closedAt().orElse(before.seen()), at).abs().compareTo(RESTLESS) < 0;
        Streak fresh = Streak.begin("", at);
        return restless ? fresh.asRestless() : fresh;
    }

    /** A backend or a route that is down, and up again. What goes up and down all the time is told once it stays down. */
    Telling judge(ProxyEvent event) {
        return switch (event) {
            case ProxyEvent.BackendUnready e -> down(backend(e), e.at());
            case ProxyEvent.BackendEjected e -> down(backend(e), e.at());
            case ProxyEvent.BackendKept e -> down("kept/" + e.route() + "/" + e.backend(), e.at());
            case ProxyEvent.BackendReady e -> {
                up("kept/" + e.route() + "/" + e.backend(), e.at());
                yield up(backend(e), e.at());
            }
            case ProxyEvent.BackendLeft e -> {
                up("kept/" + e.route() + "/" + e.backend(), e.at());
                up(backend(e), e.at());
                yield new Telling.Silent();
            }
            case ProxyEvent.RouteEmpty e -> down("route/" + e.route(), e.at());
            case ProxyEvent.RouteServed e -> up("route/" + e.route(), e.at());
            case ProxyEvent.BackendJoined _, ProxyEvent.LookupFailed _, ProxyEvent.LookupRecovered _, ProxyEvent.RouteWaits _, ProxyEvent.Stumbled _ -> new Telling.Silent();
        };
    }

    private Telling down(String key, Instant at) {
        Streak streak = opened(key, at).happened(at, true);
        boolean worthIt = streak.told() > 0 || !streak.restless() || Duration.between(streak.since(), at).compareTo(RESTLESS) >= 0;
        return tell(key, streak, "down", at, worthIt);
    }

    private Telling up(String key, Instant at) {
        Streak streak = streaks.get(key);
        if (streak == null || !streak.isOpen()) {
            return new Telling.Silent();
        }
        put(key, streak.closed(at));
        return streak.told() > 0 ? new Telling.Recovered(streak.times(), streak.since()) : new Telling.Silent();
    }

    private static String backend(ProxyEvent.OfBackend event) {
        return "backend/" + event.route() + "/" + event.backend();
    }

    /** These come and go by themselves. */
    private static boolean isPassing(Failure.Kind kind) {
        return switch (kind) {
            case UNREACHABLE, TIMED_OUT, LIMITED, UNSETTLED -> true;
            case DENIED, MISSING, CORRUPT, MISCONFIGURED, EXHAUSTED, BUG, APP -> false;
        };
    }

    static boolean isOurs(Failure.Kind kind) {
        return switch (kind) {
            case EXHAUSTED, BUG -> true;
            case UNREACHABLE, TIMED_OUT, LIMITED, UNSETTLED, DENIED, MISSING, CORRUPT, MISCONFIGURED, APP -> false;
        };
    }

    private Telling pollRecovered(String app, Instant at) {
        String key = poll(app);
        fromEarlier.remove(key);
        return up(key, at);
    }

    private Telling ended(Event.AttemptEnded e) {
        return switch (e.outcome()) {
            case Outcome.Deployed _ -> deployed(e);
            case Outcome.Refused _ -> {
                put(attempt(e.app()), streak(e, false).happened(e.at(), true).told("refused", e.at()));
                yield new Telling.Plain();
            }
            case Outcome.Failed failed -> failed(e, "failed " + failed.stage() + " " + failed.kind(), true);
            case Outcome.Aborted _ -> failed(e, "aborted", true);
            case Outcome.Interrupted _ -> failed(e, "interrupted", false);
            case Outcome.Deferred _ -> failed(e, "deferred", false);
        };
    }

    private Telling deployed(Event.AttemptEnded e) {
        Streak streak = streaks.remove(attempt(e.app()));
        changed |= streak != null;
        return streak != null && streak.told() > 0 && streak.times() > 0 ? new Telling.Recovered(streak.times(), streak.since()) : new Telling.Plain();
    }

    private Telling failed(Event.AttemptEnded e, String reason, boolean isFailure) {
        Streak streak = streak(e, isFailure && e.failuresInARow() <= 1).happened(e.at(), isFailure);
        return tell(attempt(e.app()), streak, reason, e.at(), true);
    }

    /** {@code first}: the registry's entry is another one than the one that failed, or someone asked for it. */
    private Streak streak(Event.AttemptEnded e, boolean first) {
        Streak before = streaks.get(attempt(e.app()));
        boolean goesOn = before != null && before.isAbout(e.deployment().to().text()) && !(first && before.times() > 0);
        return goesOn ? before : Streak.begin(e.deployment().to().text(), e.at());
    }

    /** The steps of an attempt that repeats a failed one are not told again. */
    private Telling progress(Event.OfAttempt e) {
        Streak streak = streaks.get(attempt(e.app()));
        boolean repeats = streak != null && streak.isAbout(e.deployment().to().text()) && (streak.times() > 0 || streak.endings() > 1);
        return repeats ? new Telling.Silent() : new Telling.Plain();
    }

    /** An agent that starts over and over is not told every time. */
    private Telling started(Event.AgentStarted e) {
        String key = start(e.app());
        Streak before = streaks.get(key);
        boolean goesOn = before != null && Duration.between(before.seen(), e.at()).abs().compareTo(RESTLESS) < 0;
        Streak streak = (goesOn ? before : Streak.begin("", e.at())).happened(e.at(), true);
        return streak.times() <= STARTS_TOLD ? tellAs(key, streak, "start", e.at(), new Telling.Plain()) : tell(key, streak, "start", e.at(), true);
    }

    private boolean untoldStart(String app) {
        Streak streak = streaks.get(start(app));
        return streak != null && !streak.lastTold().equals(streak.seen());
    }

    private Telling remarked(Event.Remarked e) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(NUMBERS.matcher(e.remark()).replaceAll("0").getBytes(StandardCharsets.UTF_8));
        String key = "remark/" + e.app() + "/" + Digest.of(Digest.Algorithm.SHA256, hasher).hex().substring(0, 16);
        Streak before = streaks.get(key);
        boolean goesOn = before != null && Duration.between(before.seen(), e.at()).abs().compareTo(REMARKS_REMEMBERED) < 0;
        return tell(key, (goesOn ? before : Streak.begin("", e.at())).happened(e.at(), true), "remark", e.at(), true);
    }

    private Telling tell(String key, Streak streak, String reason, Instant at, boolean worthIt) {
        if (worthIt && streak.isDue(reason, at)) {
            return tellAs(key, streak, reason, at, streak.times() <= 1 ? new Telling.Plain() : new Telling.Again(streak.times(), streak.since()));
        }
        put(key, streak);
        return new Telling.Silent();
    }

    private Telling tellAs(String key, Streak streak, String reason, Instant at, Telling telling) {
        put(key, streak.told(reason, at));
        return telling;
    }

    private void put(String key, Streak streak) {
        streaks.remove(key);
        streaks.put(key, streak);
        if (streaks.size() > MOST_STREAKS) {
            streaks.remove(streaks.keySet().iterator().next());
        }
        changed = true;
    }

    private static String poll(String app) {
        return "poll/" + app;
    }

    private static String attempt(String app) {
        return "attempt/" + app;
    }

    private static String start(String app) {
        return "start/" + app;
    }
}
