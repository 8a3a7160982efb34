package dev.dewpoint.config;

import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.replica.docker.Endpoint;
import dev.dewpoint.replica.docker.RunOptions;
import java.util.List;
import java.util.OptionalInt;

/**
 * Everything that an operator decided about {@code dewpoint container}, checked.
 *
 * @param inside    the port in the containers, for each of the routes of the proxy
 * @param command   instead of the image's
 * @param stopApps  whether the containers end with the agent
 */
public record ContainerSettings(Settings common, ProxySettings proxy, List<OptionalInt> inside, Rollouts rollouts, Endpoint engine, RunOptions options, List<String> command, boolean followMovedTags, boolean stopApps) {
    public ContainerSettings {
        inside = List.copyOf(inside);
        command = List.copyOf(command);
    }
}
