package dev.dewpoint.deploy;

import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What serves, what is being attempted, what is refused: everything that decisions stand on. Immutable; {@link
 * LedgerFile} replaces the one on disk atomically.
 *
 * @param before     what served earlier, newest first
 * @param marks      the highest version that ever served, by source and slot: versions never go below it by themselves
 * @param firstSeen  digests of what has served, by source, tag and file: what a release without checksums is compared with
 * @param strikes    how often an entry of the registry was found corrupt
 * @param noted      what people were told once and are not told again: by topic, the identity of what it was about
 * @param scale      how many replicas an operator asked for at run time
 */
public record Ledger(
        Optional<Served> serving,
        List<Served> before,
        Optional<Attempting> attempting,
        Map<String, Tag> marks,
        Map<String, Digest> firstSeen,
        Optional<Retry> retry,
        Map<String, Integer> strikes,
        Optional<Pin> pin,
        boolean paused,
        Map<String, String> noted,
        Optional<Scale> scale) {

    private static final int MOST_REMEMBERED = 100;
    static final int STRIKES_TO_REFUSE = 3;

    /** Where an attempt is; written before the step that it names. Once the after hook has begun it isn't run again. */
    public enum Step {
        STARTED, SWITCHING,
        /** The same, with the after hook in its place before the start. */
        HOOK_AT_SWITCH,
        SERVING, AFTER_HOOK
    }

    /** {@code served} is what will serve, from the moment that it is about to be switched to. */
    public record Attempting(String id, Optional<Tag> from, Tag to, Instant startedAt, Step step, Optional<Served> served) {
        Attempting at(Step next) {
            return new Attempting(id, from, to, startedAt, next, served);
        }

        Attempting switching(Served next) {
            return new Attempting(id, from, to, startedAt, Step.SWITCHING, Optional.of(next));
        }

        Attempting serving() {
            return at(step == Step.HOOK_AT_SWITCH ? Step.AFTER_HOOK : Step.SERVING);
        }

        /** Whether what it brings was recorded as serving. */
        boolean serves() {
            return step == Step.SERVING || step == Step.AFTER_HOOK;
        }
    }

    /** Back-off of the release that is the newest; another announcement starts anew. */
    public record Retry(String announcement, int failures, Instant until) {}

    /** Stays at {@code at} until a version above {@code until} is announced under {@code mark}, the source and slot that it was left in. */
    public record Pin(Tag at, Tag until, String mark) {}

    /** {@code replicas} instead of the {@code configured} number; holds for as long as that is what is configured. */
    public record Scale(int replicas, int configured) {}

    public Ledger {
        before = List.copyOf(before);
        marks = Map.copyOf(marks);
        firstSeen = bounded(firstSeen);
        strikes = bounded(strikes);
        noted = Map.copyOf(noted);
    }

    public static Ledger empty() {
        return new Ledger(Optional.empty(), List.of(), Optional.empty(), Map.of(), Map.of(), Optional.empty(), Map.of(), Optional.empty(), false, Map.of(), Optional.empty());
    }

    Ledger attempting(Attempting attempt) {
        return new Ledger(serving, before, Optional.of(attempt), marks, firstSeen, retry, strikes, pin, paused, noted, scale);
    }

    /** The attempt has its record in history. */
    Ledger settled() {
        return new Ledger(serving, before, Optional.empty(), marks, firstSeen, retry, strikes, pin, paused, noted, scale);
    }

    /** {@code mark}: the key and the highest version there, this one included. */
    Ledger serves(Served now, String markKey, Tag mark, int keep) {
        List<Served> earlier = new ArrayList<>();
        Stream.concat(serving.stream(), before.stream()).filter(s -> !s.release().equals(now.release()) && !s.isSameAs(now)).forEach(earlier::add);
        Map<String, Digest> seen = new LinkedHashMap<>(firstSeen);
        seen.remove(seenKey(now.source(), now.tag(), now.file()));
        seen.put(seenKey(now.source(), now.tag(), now.file()), now.digest());
        Map<String, Tag> higher = new LinkedHashMap<>(marks);
        higher.put(markKey, mark);
        Map<String, Integer> without = new LinkedHashMap<>(strikes);
        without.remove(now.announcement());
        return new Ledger(Optional.of(now), earlier.subList(0, Math.min(keep, earlier.size())), attempting, higher, seen, Optional.empty(), without, pin, paused, noted, scale);
    }

    Ledger failed(Retry next, Optional<String> struck) {
        Map<String, Integer> more = new LinkedHashMap<>(strikes);
        struck.ifPresent(announcement -> more.merge(announcement, 1, Integer::sum));
        return new Ledger(serving, before, attempting, marks, firstSeen, Optional.of(next), more, pin, paused, noted, scale);
    }

    /** Someone asked for it: a refused entry gets one more try, and what served under its name is forgotten. */
    Ledger forgiven(String announcement, String source, Tag tag, String file) {
        Map<String, Integer> less = new LinkedHashMap<>(strikes);
        less.computeIfPresent(announcement, (_, count) -> Math.min(count, STRIKES_TO_REFUSE - 1));
        Map<String, Digest> seen = new LinkedHashMap<>(firstSeen);
        seen.remove(seenKey(source, tag, file));
        return new Ledger(serving, before, attempting, marks, seen, retry.filter(r -> !r.announcement().equals(announcement)), less, pin, paused, noted, scale);
    }

    /** Not tried again until the registry's entry changes or someone asks. */
    Ledger refusing(String announcement) {
        Map<String, Integer> more = new LinkedHashMap<>(strikes);
        more.put(announcement, STRIKES_TO_REFUSE);
        return new Ledger(serving, before, attempting, marks, firstSeen, retry, more, pin, paused, noted, scale);
    }

    Ledger withoutRetry() {
        return new Ledger(serving, before, attempting, marks, firstSeen, Optional.empty(), strikes, pin, paused, noted, scale);
    }

    /** What served is gone from this host and can't be made again from what is here. */
    Ledger lost() {
        return new Ledger(Optional.empty(), before, attempting, marks, firstSeen, retry, strikes, pin, paused, noted, scale);
    }

    Ledger pinned(Optional<Pin> now) {
        return new Ledger(serving, before, attempting, marks, firstSeen, retry, strikes, now, paused, noted, scale);
    }

    Ledger paused(boolean now) {
        return new Ledger(serving, before, attempting, marks, firstSeen, retry, strikes, pin, now, noted, scale);
    }

    Ledger scaled(Optional<Scale> now) {
        return new Ledger(serving, before, attempting, marks, firstSeen, retry, strikes, pin, paused, noted, now);
    }

    Ledger noted(String topic, String about) {
        Map<String, String> more = new LinkedHashMap<>(noted);
        more.put(topic, about);
        return new Ledger(serving, before, attempting, marks, firstSeen, retry, strikes, pin, paused, more, scale);
    }

    /** What is, will be or was served under this release's name. */
    Optional<Served> called(String release) {
        return Stream.of(serving.stream(), attempting.flatMap(Attempting::served).stream(), before.stream()).flatMap(known -> known).filter(served -> served.release().equals(release)).findFirst();
    }

    public boolean isNoted(String topic, String about) {
        return about.equals(noted.get(topic));
    }

    public boolean isRefused(String announcement) {
        return strikes.getOrDefault(announcement, 0) >= STRIKES_TO_REFUSE;
    }

    public Optional<Digest> remembered(String source, Tag tag, String file) {
        return Optional.ofNullable(firstSeen.get(seenKey(source, tag, file)));
    }

    private static String seenKey(String source, Tag tag, String file) {
        return source + " " + tag + "--" + file;
    }

    private static <V> Map<String, V> bounded(Map<String, V> map) {
        Map<String, V> newest = new LinkedHashMap<>(map);
        var oldest = newest.keySet().iterator();
        for (int excess = newest.size() - MOST_REMEMBERED; excess > 0; excess--) {
            oldest.next();
            oldest.remove();
        }
        return java.util.Collections.unmodifiableMap(newest);
    }
}
