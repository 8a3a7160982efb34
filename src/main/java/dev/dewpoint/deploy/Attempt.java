package dev.dewpoint.deploy;

import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Fetched;
import dev.dewpoint.artifact.Rejection;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.artifact.Unpacked;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.hook.HookContext;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import dev.dewpoint.replica.process.ReleaseDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One try to bring a release into service, as a straight line: record, fetch, before hook, stage, switch, record, after
 * hook. Up to the switch a failure leaves everything as it was.
 */
final class Attempt {
    private final Policy policy;
    private final LedgerFile ledger;
    private final Download download;
    private final Unpack unpack;
    private final Cache cache;
    private final ReleaseDirectory releases;
    private final Hooks hooks;
    private final Path root;
    private final Cut cut;
    private final Observer observer;
    private final Time time;

    Attempt(Policy policy, LedgerFile ledger, Stations stations, Path root, Cut cut, Observer observer, Time time) {
        this.policy = policy;
        this.ledger = ledger;
        this.download = stations.download();
        this.unpack = stations.unpack();
        this.cache = stations.cache();
        this.releases = stations.releases();
        this.hooks = stations.hooks();
        this.root = root;
        this.cut = cut;
        this.observer = observer;
        this.time = time;
    }

    /** Thrown to end an attempt with an outcome that is no failure of the world. */
    private static final class Ended extends RuntimeException {
        private final transient Outcome outcome;

        Ended(Outcome outcome) {
            super(outcome.word(), null, false, false);
            this.outcome = outcome;
        }
    }

    /** A failure and the stage that it happened in. */
    static final class Stopped extends RuntimeException {
        private final transient Outcome.Stage stage;
        private final transient Failure failure;

        Stopped(Outcome.Stage stage, Failure failure) {
            super(failure.getMessage(), failure, false, false);
            this.stage = stage;
            this.failure = failure;
        }

        Outcome.Stage stage() {
            return stage;
        }

        Failure failure() {
            return failure;
        }
    }

    private static <T> T in(Outcome.Stage stage, Supplier<T> step) {
        try {
            return step.get();
        } catch (Failure failure) {
            throw new Stopped(stage, failure);
        }
    }

    /** The release that an artifact was staged as, and whether this attempt made it. */
    private record Staged(Served served, boolean made) {}

    Outcome run(Deployment deployment, Plan plan) {
        Ledger before = ledger.now();
        try {
            ledger.write(before.attempting(new Ledger.Attempting(deployment.id(), deployment.from(), deployment.to(), deployment.startedAt(), Ledger.Step.STARTED, Optional.empty())));
        } catch (Failure unrecordable) {
            ledger.revert(before);
            throw unrecordable;
        }
        observer.saw(new Event.AttemptStarted(deployment, time.now()));
        Staged staged;
        try {
            staged = prepare(deployment, plan);
            lastChance(staged);
            switchTo(staged);
        } catch (Ended ended) {
            return ended.outcome;
        }
        return serve(deployment, staged);
    }

    private Staged prepare(Deployment deployment, Plan plan) {
        return switch (plan) {
            case Plan.Fresh fresh -> {
                Artifact.Archive archive = archive(fresh.release());
                Optional<Digest> remembered = ledger.now().remembered(policy.source(), plan.tag(), archive.fileName());
                Fetched fetched = fetch(deployment, archive, remembered);
                beforeHook(deployment, archive.fileName(), fetched.digest());
                yield stage(deployment, archive, fetched, remembered);
            }
            case Plan.Again again -> {
                Served served = again.served();
                boolean there = releases.exists(served.release());
                Optional<Path> cached = cache.find(served.digest());
                if (!there && cached.isEmpty()) {
                    throw new Stopped(Outcome.Stage.FETCH, new Failure(Failure.Kind.MISSING, "go back to " + served.tag(), "neither its release directory nor its artifact is here anymore; `dewpoint deploy " + served.tag() + "` fetches it again"));
                }
                beforeHook(deployment, served.file(), served.digest());
                String release = there ? served.release() : unpackedAgain(deployment, served, cached.orElseThrow());
                yield new Staged(new Served(served.tag(), served.file(), served.digest(), release, served.source(), served.announcement(), time.now()), !there);
            }
        };
    }

    private static Artifact.Archive archive(Release release) {
        return switch (release.artifact()) {
            case Artifact.Archive archive -> archive;
            case Artifact.Image image -> throw new Stopped(Outcome.Stage.FETCH, new Failure(Failure.Kind.MISCONFIGURED, "deploy " + image.reference(), "it is a container image, which `dewpoint container` runs"));
        };
    }

    private Fetched fetch(Deployment deployment, Artifact.Archive archive, Optional<Digest> remembered) {
        return in(Outcome.Stage.FETCH, () -> fetched(deployment, archive, remembered));
    }

    private Fetched fetched(Deployment deployment, Artifact.Archive archive, Optional<Digest> remembered) {
        long started = time.nanos();
        AtomicReference<Long> lastTold = new AtomicReference<>(started);
        Fetched fetched = download.fetch(archive, remembered, (bytes, total) -> {
            if (time.since(lastTold.get()).compareTo(Duration.ofSeconds(1)) >= 0) {
                lastTold.set(time.nanos());
                long rate = bytes * 1000 / Math.max(1, time.since(started).toMillis());
                observer.saw(new Event.Downloading(deployment, time.now(), archive.fileName(), bytes, total, rate));
            }
        });
        cache.touch(fetched.digest(), time.now());
        observer.saw(new Event.ArtifactCached(deployment, time.now(), deployment.to() + "--" + archive.fileName(), fetched.digest(), fetched.bytes(), fetched.downloaded(),
                fetched.proof().words(), time.since(started)));
        return fetched;
    }

    private void beforeHook(Deployment deployment, String file, Digest digest) {
        if (policy.beforeDeploy().isEmpty()) {
            return;
        }
        uncut();
        Optional<String> failure = hook(policy.beforeDeploy().get(), deployment, file, digest, Optional.empty(), "");
        cut.allow();
        if (failure.isPresent() && policy.abortOnBeforeHook()) {
            throw new Ended(new Outcome.Aborted("the before hook failed: " + failure.get()));
        }
    }

    /** A damaged copy in the cache is fetched once more; damage in what was just downloaded is the release's. */
    private Staged stage(Deployment deployment, Artifact.Archive archive, Fetched fetched, Optional<Digest> remembered) {
        String release;
        Fetched used = fetched;
        try {
            release = unpacked(deployment, fetched.file(), archive.fileName(), fetched.digest());
        } catch (Stopped damage) {
            if (!isBitRot(damage.failure()) || fetched.downloaded()) {
                throw damage;
            }
            cache.discard(fetched.digest());
            used = fetch(deployment, archive, remembered);
            release = unpacked(deployment, used.file(), archive.fileName(), used.digest());
        }
        Served served = new Served(deployment.to(), archive.fileName(), used.digest(), release, policy.source(), archive.announcement(), time.now());
        return new Staged(served, true);
    }

    private static boolean isBitRot(Failure damage) {
        return Rejection.of(damage).equals(Optional.of(Rejection.WRONG_DIGEST));
    }

    private String unpackedAgain(Deployment deployment, Served served, Path cached) {
        try {
            return unpacked(deployment, cached, served.file(), served.digest());
        } catch (Stopped damage) {
            if (!isBitRot(damage.failure())) {
                throw damage;
            }
            cache.discard(served.digest());
            throw new Stopped(Outcome.Stage.FETCH, new Failure(Failure.Kind.MISSING, "go back to " + served.tag(), "its artifact in the cache was damaged and is dropped; `dewpoint deploy " + served.tag() + "` fetches it again"));
        }
    }

    private String unpacked(Deployment deployment, Path file, String name, Digest digest) {
        AtomicReference<Unpacked> result = new AtomicReference<>();
        String release = in(Outcome.Stage.UNPACK, () -> releases.stage(into -> result.set(unpack.unpack(file, name, digest, into))));
        observer.saw(new Event.Extracted(deployment, time.now(), releases.path(release), result.get().bytes(), result.get().entries()));
        return release;
    }

    /** From here on the agent's end waits for us. */
    private void uncut() {
        if (cut.forbid()) {
            throw new Ended(new Outcome.Interrupted("the agent was stopped"));
        }
    }

    private void lastChance(Staged staged) {
        try {
            uncut();
        } catch (Ended stopped) {
            if (staged.made()) {
                releases.remove(staged.served().release());
            }
            throw stopped;
        }
    }

    /** The last step that can fail without consequence: afterwards the release serves. */
    private void switchTo(Staged staged) {
        try {
            ledger.write(ledger.now().attempting(ledger.now().attempting().orElseThrow().switching(staged.served())));
            releases.point(staged.served().release());
        } catch (Failure e) {
            if (staged.made() && !releases.currentRelease().equals(Optional.of(staged.served().release()))) {
                releases.remove(staged.served().release());
            }
            throw new Stopped(Outcome.Stage.SWITCH, e);
        }
    }

    private Outcome serve(Deployment deployment, Staged staged) {
        observer.saw(new Event.Switched(deployment, time.now(), releases.link(), releases.path(staged.served().release())));
        Optional<String> degraded = Optional.empty();
        try {
            ledger.write(serving(ledger.now(), staged.served(), policy));
        } catch (Failure full) {
            degraded = Optional.of("it serves, but the ledger is not on disk yet: " + full.getMessage());
        }
        Optional<String> afterHook = afterHook(deployment, staged.served());
        Optional<String> unsaved = degraded;
        return new Outcome.Deployed(afterHook.map(why -> "the after hook failed: " + why).or(() -> unsaved));
    }

    /** Also the end of an attempt that a crash cut off between the switch and its record. */
    Optional<String> afterHook(Deployment deployment, Served served) {
        if (policy.afterDeploy().isEmpty()) {
            return Optional.empty();
        }
        try {
            ledger.write(ledger.now().attempting(ledger.now().attempting().orElseThrow().at(Ledger.Step.AFTER_HOOK)));
        } catch (Failure unsaved) {
            return Optional.of("not run, since that it ran could not be recorded: " + unsaved.getMessage());
        }
        return hook(policy.afterDeploy().get(), deployment, served.file(), served.digest(), Optional.of(releases.path(served.release())), "deployed");
    }

    private static Ledger serving(Ledger ledger, Served served, Policy policy) {
        return recorded(ledger.attempting(ledger.attempting().orElseThrow().at(Ledger.Step.SERVING)), served, policy);
    }

    /** With the mark of its source and slot raised to it, if it is the highest there; below the mark followed, with its pin: a crash must not undo a rollback. */
    static Ledger recorded(Ledger ledger, Served served, Policy policy) {
        String key = policy.markKey(served);
        Optional<Version> mine = policy.selection().order().parse(served.tag());
        Tag highest = mark(ledger, key, policy).filter(m -> mine.isEmpty() || m.compareTo(mine.get()) > 0).map(Version::tag).orElse(served.tag());
        return ledger.serves(served, key, highest, policy.keep()).pinned(pin(ledger, served, policy));
    }

    /** Only people lead to what is below the mark, to another source or to another slot. What is merely made again stays as it was. */
    private static Optional<Ledger.Pin> pin(Ledger ledger, Served served, Policy policy) {
        if (ledger.serving().filter(served::isSameAs).isPresent()) {
            return ledger.pin();
        }
        Optional<Version> followed = policy.selection().order().parse(served.tag()).filter(_ -> policy.markKey(served).equals(policy.markKey()));
        return mark(ledger, policy.markKey(), policy).filter(m -> followed.isEmpty() || followed.get().compareTo(m) < 0)
                .map(m -> new Ledger.Pin(served.tag(), m.tag(), policy.markKey()));
    }

    private static Optional<Version> mark(Ledger ledger, String key, Policy policy) {
        return Optional.ofNullable(ledger.marks().get(key)).flatMap(policy.selection().order()::parse);
    }

    private Set<String> recorded() {
        return Stream.concat(ledger.now().serving().stream(), ledger.now().before().stream()).map(Served::release).collect(Collectors.toSet());
    }

    /** Why it failed, if it did; the result is told in any case. */
    private Optional<String> hook(Hook hook, Deployment deployment, String file, Digest digest, Optional<Path> release, String outcome) {
        HookContext context = new HookContext(deployment.app(), deployment.to().text(), deployment.from().map(Tag::text), deployment.to().text(), Optional.of(digest), file, release, root, outcome);
        try {
            HookResult result = hooks.run(hook, context);
            observer.saw(new Event.HookEnded(deployment, time.now(), result));
            return result.problem();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("cut off by the end of the agent");
        }
    }

    /** What an earlier run of an agent left recorded as being under way, brought to its one end. */
    Outcome recover(Deployment deployment, Ledger.Attempting cutOff) {
        boolean switched = cutOff.served().map(served -> releases.currentRelease().equals(Optional.of(served.release()))).orElse(false);
        if (!switched) {
            releases.removeSince(cutOff.startedAt(), recorded());
            return new Outcome.Interrupted("the agent ended before it was switched to");
        }
        Served served = cutOff.served().orElseThrow();
        if (cutOff.step() == Ledger.Step.SWITCHING) {
            ledger.write(serving(ledger.now(), served, policy));
        }
        Optional<String> hook = cutOff.step() == Ledger.Step.AFTER_HOOK ? Optional.of("cut off by the end of the agent") : afterHook(deployment, served);
        return new Outcome.Deployed(Optional.of("completed after the agent was restarted" + hook.map(why -> "; the after hook: " + why).orElse("")));
    }
}
