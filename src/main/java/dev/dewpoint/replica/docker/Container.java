package dev.dewpoint.replica.docker;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A container of ours as it is now.
 *
 * @param exitCode  of its last run; means something once it has ended
 * @param outOfMemory if true, the kernel killed it for that; engines may miss it, and show exit code 137 alone
 * @param hostPorts by the port inside, on 127.0.0.1; empty while it doesn't run
 * @param health    what the image's own check says
 * @param error     why the engine couldn't start it; empty if it could
 */
public record Container(Owned handle, State state, int exitCode, boolean outOfMemory, Health health, Map<Integer, Integer> hostPorts, Optional<Instant> startedAt, Optional<Instant> finishedAt, String imageId, String error) {
    public enum State {
        CREATED, RUNNING, PAUSED, RESTARTING, REMOVING, EXITED, DEAD;

        public boolean isRunning() {
            return this == RUNNING || this == PAUSED || this == RESTARTING;
        }
    }

    /** NONE: the image has no check, or the engine runs none. */
    public enum Health { NONE, STARTING, HEALTHY, UNHEALTHY }

    public Container {
        hostPorts = Map.copyOf(hostPorts);
    }

    public Labels labels() {
        return handle.labels();
    }
}
