package dev.dewpoint.replica;

import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import java.util.List;
import java.util.Set;

/** The images on this host that replicas are started from. Every method may throw {@link dev.dewpoint.failure.Failure}. */
public interface Images {
    /** How far a fetch is; {@code total} grows while more turns up. */
    interface Progress {
        void at(long bytes, long total);
    }

    /** What it is called where it is fetched. */
    String text(Artifact artifact);

    /** Brings the artifact here, if it isn't. */
    Prepared fetch(Artifact artifact, Progress progress) throws InterruptedException;

    /** Removes those of earlier releases, beyond {@code keep} and but for {@code spare}; answers what it was. */
    List<String> prune(int keep, Set<Digest> spare) throws InterruptedException;
}
