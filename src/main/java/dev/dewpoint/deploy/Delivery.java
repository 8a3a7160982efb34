package dev.dewpoint.deploy;

import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a release gets onto this host and into service: all that an attempt leaves to the kind of app. Every method may
 * throw {@link dev.dewpoint.failure.Failure}. Called by the loop's thread alone.
 */
interface Delivery {
    /** What has arrived on this host, verified; {@code now}: just now, it was not here before. */
    record Arrival(String file, Digest digest, boolean now) {}

    /** What will serve, and whether this attempt made it. */
    record Staged(Served served, boolean made) {}

    /** Brings the artifact here. {@code remembered}: the digest that served under this name before. */
    Arrival fetch(Deployment deployment, Release release, Optional<Digest> remembered);

    Staged stage(Deployment deployment, Release release, Arrival arrival, Optional<Digest> remembered);

    /** Fails if nothing is left here that {@link #again} could be made from. */
    void mustBeHere(Served served);

    /** Stages what served before, without the registry. */
    Staged again(Deployment deployment, Served served);

    /**
     * From its return on this is what serves; a failure leaves what served before in service. {@code switched} is run when
     * all of it is there and nothing runs yet; not for files, which serve by being there.
     */
    void enter(Deployment deployment, Served served, Turning turning, Runnable switched);

    /** Undoes {@link #stage}. */
    void discard(Served served);

    /** Where the files of the release are, if it has any. */
    Optional<Path> directory(Served served);

    /** Whether this is what serves, however the last agent ended. */
    boolean isInPlace(Served served);

    /** The same, asked when an agent was cut off on the way to it: all of it, and fit to go on. {@code recorded}: it was recorded as serving. */
    boolean entered(Served served, boolean recorded);

    /** Whether nothing of it serves, now that it could not be put in place again either. */
    boolean isLost(Served served);

    /** What is missing when it is not in place, as people are told. */
    String lack(Served served);

    /** Brings into service again what is recorded and still here. Whether that worked; if not, it has to be made again. */
    boolean putRight(Served served);

    /** Removes what an attempt that was cut off has left; {@code recorded} stays. */
    void drop(Ledger.Attempting cutOff, Set<String> recorded);

    /** Removes what an interrupted run left half made; {@code resumable}: but not what the next attempt may go on with. */
    void sweep(boolean resumable);

    /** Removes what nobody needs any more beyond what is kept; answers what it was. {@code resumable}: an artifact that the next attempt may go on with. */
    List<String> retire(Ledger now, Optional<Artifact> resumable);

    /** The names of what serves by the look of it, for a ledger that was lost. */
    Optional<String> found();

    /** What serves, to be looked after. */
    Tended tended();

    /** The agent's end, while a release enters service. */
    interface Turning {
        /** It may be cut off from here on. */
        void mayBeCut();

        /** It may not be cut off from here on; ends the attempt if it just was. */
        void mustNotBeCut();
    }
}
