package dev.dewpoint.deploy;

import dev.dewpoint.release.Digest;
import java.time.Duration;

/** What happens to replicas on the way into service and out of it, in an attempt or to heal. */
public sealed interface RolloutStep {
    record Began(int replicas) implements RolloutStep {}

    record Pulling(String image) implements RolloutStep {}

    /** {@code fetched} is false if it was here already. */
    record Pulled(String image, Digest digest, boolean fetched, Duration took) implements RolloutStep {}

    record Found(int replicas) implements RolloutStep {}

    record Starting(String replica, String ports, int number, int total) implements RolloutStep {}

    record Started(String replica, String address) implements RolloutStep {}

    record Checking(String replica, String address) implements RolloutStep {}

    record Ready(String replica, String address, String status, Duration took) implements RolloutStep {}

    /** It takes traffic, as one of so many. */
    record Joined(String replica, int backends) implements RolloutStep {}

    /** Everything new takes traffic, nothing old does. */
    record Updated(String address, int replicas) implements RolloutStep {}

    record Stopping(String replica) implements RolloutStep {}

    /** {@code output}: the last that it printed. */
    record NotReady(String replica, String why, int checks, String output) implements RolloutStep {}

    record RollingBack(String why) implements RolloutStep {}

    record Removing(String replica) implements RolloutStep {}

    /** This version runs; {@code again}: in the place of what ran before. */
    record Ran(String version, boolean again) implements RolloutStep {}

    record Completed(int replicas, Duration took) implements RolloutStep {}
}
