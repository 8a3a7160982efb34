package dev.dewpoint.deploy;

import dev.dewpoint.health.Prober;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Rollouts;
import java.util.List;

/** How the replicas of an app are run. {@code doors}: none if no proxy stands before them. {@code single}: there can't be more than one. */
public record Running(Launcher launcher, List<Door> doors, Rollouts rollouts, Prober prober, boolean single) {
    public Running {
        doors = List.copyOf(doors);
    }
}
