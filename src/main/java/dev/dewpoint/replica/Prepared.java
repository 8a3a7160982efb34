package dev.dewpoint.replica;

import java.util.List;

/** What replicas are started from, whole and verified on this host. Made by the launcher that can start it. */
public interface Prepared {
    /** How people and the log name it. */
    String text();

    /** The ports that it says it listens on. */
    List<Integer> ports();

    /** Whether it says itself when it is ready; {@link Launcher#says} passes that on. */
    boolean checksItself();
}
