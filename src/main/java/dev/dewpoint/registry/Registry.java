package dev.dewpoint.registry;

import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Version;
import java.util.List;

/**
 * A place where releases are announced. Every method may throw {@link dev.dewpoint.failure.Failure}; a listing that
 * could not be read whole is a failure, never a shorter listing. Called by one thread at a time.
 */
public interface Registry {
    /** All that is announced now, in the registry's order. Cheap when nothing has changed. */
    List<Candidate> tags();

    /** The artifact of one listed version for this platform. */
    Resolution resolve(Version version);

    /** Leaves a note of a deployment where the release came from. */
    void report(Shipment shipment);
}
