package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.replica.Images;
import dev.dewpoint.replica.Launcher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A release that is an image: pulled by its digest, and serving once replicas of it are ready and behind the doors. */
final class ImagesDelivery implements Delivery {
    private final Policy policy;
    private final Launcher launcher;
    private final Images images;
    private final Replicas replicas;
    private final Observer observer;
    private final Time time;

    ImagesDelivery(Policy policy, Stations.Images stations, LedgerFile ledger, Runnable wake, Observer observer, Time time) {
        this.policy = policy;
        this.launcher = stations.running().launcher();
        this.images = stations.images();
        this.replicas = new Replicas(policy, stations.running(), ledger, wake, observer, time);
        this.observer = observer;
        this.time = time;
    }

    @Override
    public Arrival fetch(Deployment deployment, Release release, Optional<Digest> remembered) {
        Artifact artifact = release.artifact();
        return Replicas.uncut("fetch " + artifact.fileName(), () -> {
            tell(deployment, new RolloutStep.Began(replicas.wanted()));
            long start = time.nanos();
            AtomicReference<Long> lastTold = new AtomicReference<>(start);
            Digest digest = artifact.digest().orElseThrow();
            if (!policy.followMovedTags() && remembered.filter(served -> !served.equals(digest)).isPresent()) {
                throw new Failure(Failure.Kind.CORRUPT, "deploy " + deployment.to(), "its tag named another image when it served (" + remembered.get() + ", now " + digest + "); `dewpoint deploy " + deployment.to() + "` takes it as it is, --follow-moved-tags does so always");
            }
            boolean here = launcher.here(policy.source(), digest, deployment.id()).isPresent();
            tell(deployment, new RolloutStep.Pulling(images.text(artifact)));
            images.fetch(artifact, (bytes, total) -> {
                if (time.since(lastTold.get()).compareTo(Duration.ofSeconds(1)) >= 0) {
                    lastTold.set(time.nanos());
                    observer.saw(new Event.Downloading(deployment, time.now(), artifact.fileName(), bytes, Optional.of(total), bytes * 1000 / Math.max(1, time.since(start).toMillis())));
                }
            });
            tell(deployment, new RolloutStep.Pulled(images.text(artifact), digest, !here, time.since(start)));
            return new Arrival(artifact.fileName(), digest, !here);
        });
    }

    @Override
    public Staged stage(Deployment deployment, Release release, Arrival arrival, Optional<Digest> remembered) {
        return new Staged(new Served(deployment.to(), arrival.file(), arrival.digest(), deployment.id(), policy.source(), release.artifact().announcement(), time.now()), true);
    }

    @Override
    public void mustBeHere(Served served) {
        replicas.mustBeHere(served);
    }

    @Override
    public Staged again(Deployment deployment, Served served) {
        tell(deployment, new RolloutStep.Began(replicas.wanted()));
        return new Staged(new Served(served.tag(), served.file(), served.digest(), deployment.id(), served.source(), served.announcement(), time.now()), true);
    }

    @Override
    public void enter(Deployment deployment, Served served, Turning turning, Runnable switched) {
        switched.run();
        replicas.enter(deployment, served, turning, () -> { });
    }

    @Override
    public void discard(Served served) {
        replicas.drop(served.release());
    }

    @Override
    public Optional<Path> directory(Served served) {
        return Optional.empty();
    }

    @Override
    public boolean isInPlace(Served served) {
        return replicas.isInPlace(served);
    }

    @Override
    public boolean entered(Served served, boolean recorded) {
        return replicas.adoptWhole(served);
    }

    @Override
    public boolean isLost(Served served) {
        return replicas.isNobodyThere();
    }

    @Override
    public String lack(Served served) {
        return replicas.isNobodyThere() ? "no replica of " + served.tag() + " runs; they are started again"
                : "the replicas of " + served.tag() + " run with other options than those given now; they are replaced";
    }

    @Override
    public boolean putRight(Served served) {
        return replicas.adopt(served) && isInPlace(served);
    }

    @Override
    public void drop(Ledger.Attempting cutOff, Set<String> recorded) {
        replicas.drop(cutOff.id());
    }

    /** What an interrupted run left is told apart when what serves is adopted. */
    @Override
    public void sweep(boolean resumable) {}

    @Override
    public List<String> retire(Ledger now, Optional<Artifact> resumable) {
        Set<Digest> spare = new HashSet<>(Stream.concat(now.serving().stream(), now.before().stream().limit(1)).map(Served::digest).toList());
        resumable.flatMap(Artifact::digest).ifPresent(spare::add);
        replicas.endStrays();
        return Replicas.uncut("remove old images", () -> images.prune(policy.keep(), spare));
    }

    /** Containers carry no more than history does. */
    @Override
    public Optional<String> found() {
        return replicas.found();
    }

    @Override
    public Tended tended() {
        return replicas;
    }

    private void tell(Deployment deployment, RolloutStep step) {
        observer.saw(new Event.Rollout(deployment, time.now(), step));
    }
}
