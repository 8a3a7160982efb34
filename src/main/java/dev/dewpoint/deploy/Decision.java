package dev.dewpoint.deploy;

import dev.dewpoint.registry.Resolution;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What to do now. A pure function of what is recorded, what is announced and what is there. */
public sealed interface Decision {
    record Idle(Optional<Tag> tag, String reason) implements Decision {}

    /** Not before {@code until}. */
    record Defer(Tag tag, String reason, Instant until) implements Decision {}

    /** Announced without its artifact, and young enough for that. */
    record Await(Tag tag, String why, Duration graceLeft) implements Decision {}

    /** Announced without its artifact for longer than the grace period. */
    record Missing(Tag tag, String why) implements Decision {}

    record Deploy(Release release) implements Decision {}

    /** What is recorded as serving isn't what is there. */
    record Heal(Served served) implements Decision {}

    /** The registry's entry for the version that serves is another one now: not followed. */
    record Refuse(Release release, String reason) implements Decision {}

    /** The version to look at more closely, or why there is none. */
    sealed interface Target {
        record Look(Version version) implements Target {}

        record Stay(Optional<Tag> tag, String reason) implements Target {}
    }

    Duration LONGEST_BACKOFF = Duration.ofSeconds(300);

    static Target target(Ledger ledger, List<Candidate> candidates, Policy policy) {
        if (ledger.paused()) {
            return new Target.Stay(Optional.empty(), "paused; `dewpoint resume` goes on");
        }
        Optional<Version> newest = policy.selection().newest(candidates);
        if (newest.isEmpty()) {
            return new Target.Stay(Optional.empty(), candidates.isEmpty() ? "nothing is announced" : "none of the " + candidates.size() + " tags announced is a release to follow");
        }
        Version found = newest.get();
        Optional<Ledger.Pin> pin = ledger.pin().filter(p -> p.mark().equals(policy.markKey()));
        Optional<Version> until = pin.flatMap(p -> policy.selection().order().parse(p.until()));
        if (until.isPresent() && found.compareTo(until.get()) <= 0) {
            return pinned(ledger, pin.get(), found, candidates, policy);
        }
        Optional<Version> mark = Optional.ofNullable(ledger.marks().get(policy.markKey())).flatMap(policy.selection().order()::parse);
        if (mark.isPresent() && found.compareTo(mark.get()) < 0) {
            return new Target.Stay(Optional.of(found.tag()), "below " + mark.get().tag() + ", which has served; versions never go down by themselves");
        }
        return new Target.Look(found);
    }

    /** What was pinned and is lost is fetched again, if it is still announced. */
    private static Target pinned(Ledger ledger, Ledger.Pin pin, Version found, List<Candidate> candidates, Policy policy) {
        Optional<Version> lost = ledger.serving().isPresent() ? Optional.empty()
                : candidates.stream().map(Candidate::tag).filter(pin.at()::equals).findFirst().flatMap(policy.selection().order()::parse);
        return lost.<Target>map(Target.Look::new)
                .orElseGet(() -> new Target.Stay(Optional.of(found.tag()), "pinned at " + pin.at() + " until a version above " + pin.until() + " appears"));
    }

    /** {@code inPlace}: what is recorded as serving is there. */
    static Decision decide(Ledger ledger, Target target, Optional<Resolution> resolution, boolean inPlace, Policy policy, Instant now) {
        Optional<Served> here = ledger.serving().filter(served -> served.source().equals(policy.source()));
        if (here.isPresent() && !inPlace) {
            return new Heal(here.get());
        }
        return switch (target) {
            case Target.Stay stay -> new Idle(stay.tag(), stay.reason());
            case Target.Look look -> switch (resolution.orElseThrow(() -> new IllegalArgumentException("a target without its resolution"))) {
                case Resolution.NotYet pending -> isServing(here, look.version(), policy)
                        ? new Idle(Optional.of(look.version().tag()), "it serves, and its artifact is gone from the registry")
                        : pending(look.version().tag(), pending, policy.grace(), now);
                case Resolution.Found found -> decide(ledger, here, found.release(), policy, now);
            };
        };
    }

    private static Decision decide(Ledger ledger, Optional<Served> here, Release release, Policy policy, Instant now) {
        Tag tag = release.version().tag();
        String announcement = release.artifact().announcement();
        if (isServing(here, release.version(), policy)) {
            Optional<String> detail = changed(here.get(), release);
            if (detail.isEmpty()) {
                return new Idle(Optional.of(tag), "it serves already");
            }
            if (!policy.followMovedTags()) {
                return ledger.isNoted("changed", announcement) ? new Idle(Optional.of(tag), detail.get()) : new Refuse(release, detail.get());
            }
        }
        if (ledger.isRefused(announcement)) {
            return new Idle(Optional.of(tag), "refused as corrupt until the registry's entry changes; `dewpoint deploy " + tag + "` tries it once more");
        }
        Optional<Ledger.Retry> retry = ledger.retry().filter(r -> r.announcement().equals(announcement));
        if (retry.isPresent()) {
            Instant until = sane(retry.get().until(), now);
            if (now.isBefore(until)) {
                return new Defer(tag, "it has failed " + retry.get().failures() + " times", until);
            }
        }
        return new Deploy(release);
    }

    /** The same version under another spelling or build is the same version, except that a slot tells builds apart. */
    private static boolean isServing(Optional<Served> here, Version version, Policy policy) {
        return here.flatMap(served -> policy.selection().order().parse(served.tag()))
                .filter(serving -> serving.compareTo(version) == 0)
                .filter(serving -> policy.selection().slot().isEmpty() || serving.slot().equals(version.slot()))
                .isPresent();
    }

    private static Optional<String> changed(Served here, Release release) {
        if (!here.tag().equals(release.version().tag()) || !here.file().equals(release.artifact().fileName())) {
            return Optional.empty();
        }
        if (release.artifact().announcement().equals(here.announcement())) {
            return Optional.empty();
        }
        return release.artifact().digest().filter(d -> d.algorithm() == here.digest().algorithm())
                .map(announced -> announced.equals(here.digest()) ? Optional.<String>empty()
                        : Optional.of("its artifact is announced with " + announced + " now, and " + here.digest() + " serves"))
                .orElseGet(() -> Optional.of("its artifact " + here.file() + " was replaced in the registry; " + here.digest() + " serves"));
    }

    private static Decision pending(Tag tag, Resolution.NotYet pending, Duration grace, Instant now) {
        if (pending.settlesIn().isPresent()) {
            return new Await(tag, pending.why(), pending.settlesIn().get());
        }
        Duration age = pending.publishedAt().map(at -> Duration.between(at, now)).orElse(grace);
        boolean young = age.compareTo(grace) < 0 && age.negated().compareTo(grace) < 0;
        return young ? new Await(tag, pending.why(), grace.minus(age)) : new Missing(tag, pending.why());
    }

    /** A wall clock that jumped must not turn minutes of back-off into years. */
    private static Instant sane(Instant until, Instant now) {
        Instant latest = now.plus(LONGEST_BACKOFF.multipliedBy(2));
        return until.isAfter(latest) ? now : until;
    }

    /** The first failure is tried again at the next poll; then 10 s, doubled up to 300 s. {@code jitter} is in [0, 1). */
    static Duration backoff(int failures, double jitter) {
        if (failures <= 1) {
            return Duration.ZERO;
        }
        long seconds = Math.min(LONGEST_BACKOFF.toSeconds(), 10L << Math.min(failures - 2, 10));
        return Duration.ofMillis(Math.round(seconds * 1000 * (0.8 + 0.4 * jitter)));
    }
}
