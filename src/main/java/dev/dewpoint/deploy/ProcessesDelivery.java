package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A release that is files and runs as processes: unpacked, named by {@code current}, started from its own directory.
 * Apps read through {@code current}, so it is switched before they start, and goes back if they don't.
 */
final class ProcessesDelivery implements Delivery {
    private final FilesDelivery files;
    private final Replicas replicas;

    ProcessesDelivery(Policy policy, Stations.Processes stations, LedgerFile ledger, Runnable wake, Observer observer, Time time) {
        this.files = new FilesDelivery(policy, stations.files(), observer, time);
        this.replicas = new Replicas(policy, stations.running(), ledger, wake, observer, time);
    }

    @Override
    public Arrival fetch(Deployment deployment, Release release, Optional<Digest> remembered) {
        return files.fetch(deployment, release, remembered);
    }

    /** An archive that has nothing to start leaves nothing behind. */
    @Override
    public Staged stage(Deployment deployment, Release release, Arrival arrival, Optional<Digest> remembered) {
        Staged staged = files.stage(deployment, release, arrival, remembered);
        try {
            replicas.mustBeHere(staged.served());
        } catch (Failure nothing) {
            files.discard(staged.served());
            throw Attempt.stopped(Outcome.Stage.UNPACK, nothing);
        }
        return staged;
    }

    @Override
    public void mustBeHere(Served served) {
        files.mustBeHere(served);
    }

    @Override
    public Staged again(Deployment deployment, Served served) {
        return files.again(deployment, served);
    }

    @Override
    public void enter(Deployment deployment, Served served, Turning turning, Runnable switched) {
        Optional<String> before = files.found();
        files.point(deployment, served);
        try {
            switched.run();
            replicas.enter(deployment, served, turning, () -> files.goBack(deployment, before));
        } catch (RuntimeException failed) {
            files.goBack(deployment, before);
            throw failed;
        }
    }

    /** Its replicas ended with the rollout that failed. */
    @Override
    public void discard(Served served) {
        replicas.drop(served.release());
        files.discard(served);
    }

    @Override
    public Optional<Path> directory(Served served) {
        return files.directory(served);
    }

    @Override
    public boolean isInPlace(Served served) {
        return files.isInPlace(served) && replicas.isInPlace(served);
    }

    /** Processes end with their agent: what it had not recorded yet had not proven itself either. */
    @Override
    public boolean entered(Served served, boolean recorded) {
        return recorded && files.isInPlace(served) && putRight(served);
    }

    @Override
    public boolean isLost(Served served) {
        return replicas.isNobodyThere();
    }

    @Override
    public String lack(Served served) {
        return files.lack(served);
    }

    @Override
    public boolean putRight(Served served) {
        if (!files.isInPlace(served) && !files.putRight(served)) {
            return false;
        }
        if (!replicas.isInPlace(served)) {
            replicas.raise(served);
        }
        return true;
    }

    @Override
    public void drop(Ledger.Attempting cutOff, Set<String> recorded) {
        files.drop(cutOff, recorded);
    }

    @Override
    public void sweep(boolean resumable) {
        files.sweep(resumable);
    }

    @Override
    public List<String> retire(Ledger now, Optional<Artifact> resumable) {
        replicas.endStrays();
        return files.retire(now, resumable);
    }

    @Override
    public Optional<String> found() {
        return files.found();
    }

    @Override
    public Tended tended() {
        return replicas;
    }
}
