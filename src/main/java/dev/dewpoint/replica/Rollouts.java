package dev.dewpoint.replica;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * What the operator decided about the replicas of an app.
 *
 * @param replicas as configured; an operator may ask for others at run time
 * @param ready  how long a replica may take to become ready
 * @param drain  how long what is in flight may go on, and how long a replica may take to end
 * @param first  the port on this host of the first replica; empty: free ones
 */
public record Rollouts(int replicas, Strategy strategy, Duration ready, Duration drain, OptionalInt first) {
    /** How the new ones take the place of the old. */
    public enum Strategy {
        /** All start, and once all are ready they take over in one step: two versions never mix. */
        SWAP,
        /** One after the other starts and joins; then the old leave one by one. */
        ROLLING,
        /** For what may run only once: requests wait while the old one ends and the new one starts. */
        HOLD;

        /** As people are told. */
        public String words() {
            return switch (this) {
                case SWAP -> "swap";
                case ROLLING -> "rolling update";
                case HOLD -> "hold";
            };
        }
    }
}
