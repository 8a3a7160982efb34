package dev.dewpoint.replica;

import dev.dewpoint.release.Digest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Starts and ends the replicas of one app. Every method may throw {@link dev.dewpoint.failure.Failure}, and every one has
 * a deadline. Safe for several threads at once.
 */
public interface Launcher {
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

    /** What is still here of it. {@code source}: the registry that it came from; {@code release}: its directory, if it has one. */
    Optional<Prepared> here(String source, Digest digest, String release) throws InterruptedException;

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

    /** Whether it ended because its port was taken from under it: on another one it may well start. */
    boolean lostItsPort(Replica replica);

    /** The end of what it printed. Empty if that can't be had. */
    String lastOutput(Replica replica) throws InterruptedException;

    /** Asks it to end, makes it after {@code grace}, and removes it. One that is gone is no failure. */
    void stop(Replica replica, Duration grace) throws InterruptedException;

    /** Tells {@code watch} of what happens until closed. */
    Watching watch(Watch watch);
}
