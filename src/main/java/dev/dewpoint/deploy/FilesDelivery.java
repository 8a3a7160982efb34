package dev.dewpoint.deploy;

import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Fetched;
import dev.dewpoint.artifact.Rejection;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.artifact.Unpacked;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.replica.process.ReleaseDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A release that is files: downloaded to the cache, unpacked beside the others, and serving once {@code current} names it. */
final class FilesDelivery implements Delivery {
    private final Policy policy;
    private final Download download;
    private final Unpack unpack;
    private final Cache cache;
    private final ReleaseDirectory releases;
    private final Observer observer;
    private final Time time;

    FilesDelivery(Policy policy, Stations.Files stations, Observer observer, Time time) {
        this.policy = policy;
        this.download = stations.download();
        this.unpack = stations.unpack();
        this.cache = stations.cache();
        this.releases = stations.releases();
        this.observer = observer;
        this.time = time;
    }

    @Override
    public Arrival fetch(Deployment deployment, Release release, Optional<Digest> remembered) {
        Artifact.Archive archive = archive(release);
        Fetched fetched = fetched(deployment, archive, remembered);
        return new Arrival(archive.fileName(), fetched.digest(), fetched.downloaded());
    }

    private static Artifact.Archive archive(Release release) {
        return switch (release.artifact()) {
            case Artifact.Archive archive -> archive;
            case Artifact.Image image -> throw new Failure(Failure.Kind.MISCONFIGURED, "deploy " + image.reference(), "it is a container image, which `dewpoint container` runs");
        };
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

    /** A damaged copy in the cache is fetched once more; damage in what was just downloaded is the release's. */
    @Override
    public Staged stage(Deployment deployment, Release release, Arrival arrival, Optional<Digest> remembered) {
        Artifact.Archive archive = archive(release);
        Digest digest = arrival.digest();
        String directory;
        try {
            directory = unpacked(deployment, archive.fileName(), digest);
        } catch (Attempt.Stopped damage) {
            if (!isBitRot(damage.failure()) || arrival.now()) {
                throw damage;
            }
            cache.discard(digest);
            digest = Attempt.in(Outcome.Stage.FETCH, () -> fetched(deployment, archive, remembered)).digest();
            directory = unpacked(deployment, archive.fileName(), digest);
        }
        return new Staged(new Served(deployment.to(), archive.fileName(), digest, directory, policy.source(), archive.announcement(), time.now()), true);
    }

    @Override
    public void mustBeHere(Served served) {
        if (!releases.exists(served.release()) && cache.find(served.digest()).isEmpty()) {
            throw gone(served, "neither its release directory nor its artifact is here anymore");
        }
    }

    @Override
    public Staged again(Deployment deployment, Served served) {
        boolean there = releases.exists(served.release());
        String release = there ? served.release() : unpackedAgain(deployment, served);
        return new Staged(new Served(served.tag(), served.file(), served.digest(), release, served.source(), served.announcement(), time.now()), !there);
    }

    private String unpackedAgain(Deployment deployment, Served served) {
        try {
            return unpacked(deployment, served.file(), served.digest());
        } catch (Attempt.Stopped damage) {
            if (!isBitRot(damage.failure())) {
                throw damage;
            }
            cache.discard(served.digest());
            throw new Attempt.Stopped(Outcome.Stage.FETCH, gone(served, "its artifact in the cache was damaged and is dropped"));
        }
    }

    private static Failure gone(Served served, String why) {
        return new Failure(Failure.Kind.MISSING, "go back to " + served.tag(), why + "; `dewpoint deploy " + served.tag() + "` fetches it again");
    }

    private static boolean isBitRot(Failure damage) {
        return Rejection.of(damage).equals(Optional.of(Rejection.WRONG_DIGEST));
    }

    private String unpacked(Deployment deployment, String name, Digest digest) {
        AtomicReference<Unpacked> result = new AtomicReference<>();
        String release = Attempt.in(Outcome.Stage.UNPACK, () -> releases.stage(into -> result.set(unpack.unpack(cached(name, digest), name, digest, into))));
        observer.saw(new Event.Extracted(deployment, time.now(), releases.path(release), result.get().bytes(), result.get().entries()));
        return release;
    }

    private Path cached(String name, Digest digest) {
        return cache.find(digest).orElseThrow(() -> new Failure(Failure.Kind.MISSING, "unpack " + name, "it is not in the cache anymore"));
    }

    /** The last step that can fail without consequence: afterwards the release serves. */
    @Override
    public void enter(Deployment deployment, Served served, Turning turning, Runnable switched) {
        point(deployment, served);
    }

    void point(Deployment deployment, Served served) {
        releases.point(served.release());
        observer.saw(new Event.Switched(deployment, time.now(), releases.link(), releases.path(served.release())));
    }

    /** What was current is current again. */
    void goBack(Deployment deployment, Optional<String> before) {
        if (before.isEmpty()) {
            releases.unpoint();
        } else if (releases.exists(before.get()) && !releases.currentRelease().equals(before)) {
            releases.point(before.get());
            observer.saw(new Event.Switched(deployment, time.now(), releases.link(), releases.path(before.get())));
        }
    }

    @Override
    public void discard(Served served) {
        releases.remove(served.release());
    }

    @Override
    public Optional<Path> directory(Served served) {
        return Optional.of(releases.path(served.release()));
    }

    @Override
    public boolean isInPlace(Served served) {
        return releases.currentRelease().equals(Optional.of(served.release()));
    }

    @Override
    public boolean entered(Served served, boolean recorded) {
        return isInPlace(served);
    }

    /** It was to be made again, and could not be. */
    @Override
    public boolean isLost(Served served) {
        return true;
    }

    @Override
    public String lack(Served served) {
        return "the release directory of " + served.tag() + " is gone; it is made again";
    }

    @Override
    public boolean putRight(Served served) {
        if (!releases.exists(served.release())) {
            return false;
        }
        releases.point(served.release());
        observer.saw(new Event.Remarked(policy.app(), time.now(), "`current` did not point to " + served.tag() + ", which is recorded as serving; it does again", Event.Weight.ALERT));
        return true;
    }

    @Override
    public void drop(Ledger.Attempting cutOff, Set<String> recorded) {
        releases.removeSince(cutOff.startedAt(), recorded);
    }

    @Override
    public void sweep(boolean resumable) {
        releases.sweep();
        if (!resumable) {
            cache.sweep(Optional.empty());
        }
    }

    @Override
    public List<String> retire(Ledger now, Optional<Artifact> resumable) {
        cache.sweep(resumable.flatMap(artifact -> switch (artifact) {
            case Artifact.Archive archive -> Optional.of(Download.key(archive));
            case Artifact.Image _ -> Optional.empty();
        }));
        List<Served> spared = Stream.concat(now.serving().stream(), now.before().stream().limit(1)).toList();
        Set<Digest> kept = new HashSet<>(spared.stream().map(Served::digest).toList());
        List<String> removed = new ArrayList<>(releases.prune(policy.keep(), new HashSet<>(spared.stream().map(Served::release).toList())));
        removed.addAll(cache.evict(kept));
        return removed;
    }

    @Override
    public Optional<String> found() {
        return releases.currentRelease();
    }

    @Override
    public Tended tended() {
        return Tended.FILES;
    }
}
