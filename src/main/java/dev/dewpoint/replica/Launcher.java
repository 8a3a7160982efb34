package dev.dewpoint.replica;

import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Starts and ends the replicas of one app. Every method may throw {@link dev.dewpoint.failure.Failure}, and every one has
 * a deadline. Safe for several threads at once.
 */
public interface Launcher {
    /** How far a fetch is; {@code total} grows while more turns up. */
    interface Progress {
        void at(long bytes, long total);
    }

    /** Told on any thread of what happens to replicas. */
    interface Watch {
        /** This one has ended. May come twice. */
        void ended(String replica, String how);

        /** Its own check may have come to another result: {@link Launcher#says} knows. */
        void changed(String replica);

        /** Things may have happened that nobody heard of. */
        void missed();
    }

    /** Ends with its closing, and says no more. */
    interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    /** What a replica says of itself, by its own check. */
    enum Says { NOTHING, STARTING, READY, UNREADY }

    /** What it is called where it is fetched. */
    String text(Artifact artifact);

    /** Brings the artifact here, if it isn't. */
    Prepared fetch(Artifact artifact, Progress progress) throws InterruptedException;

    /** What is still here of it. {@code source}: the registry that it came from. */
    Optional<Prepared> here(String source, Digest digest) throws InterruptedException;

    /** Tells the present run options from others: {@link Replica#configuration} of what is started now. */
    String configuration();

    /** What a replica of this order will be called. */
    String name(Order order);

    /** Not ready yet: only started. */
    Replica start(Order order) throws InterruptedException;

    /** All that there are of this app, ended ones too. */
    List<Replica> all() throws InterruptedException;

    Says says(Replica replica) throws InterruptedException;

    /** How it ended, if it has. */
    Optional<String> end(Replica replica) throws InterruptedException;

    /** The end of what it printed. Empty if that can't be had. */
    String lastOutput(Replica replica) throws InterruptedException;

    /** Asks it to end, makes it after {@code grace}, and removes it. One that is gone is no failure. */
    void stop(Replica replica, Duration grace) throws InterruptedException;

    /** Removes what earlier releases were started from, beyond {@code keep} and but for {@code spare}; answers what it was. */
    List<String> prune(int keep, Set<Digest> spare) throws InterruptedException;

    /** Tells {@code watch} of what happens until closed. */
    Watching watch(Watch watch);
}
