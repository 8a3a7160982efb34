package dev.dewpoint.replica.docker;

import java.util.List;
import java.util.Objects;

/**
 * A replica to be.
 *
 * @param command   instead of the image's; empty: the image's
 * @param ports     published on 127.0.0.1 and nowhere else
 * @param agentUser {@code uid:gid} for an image that would run as root, unless -u decides
 */
public record Creation(String name, Labels labels, RunOptions options, Image image, List<String> command, List<Published> ports, String agentUser) {
    /** @param host 0: a free one, chosen by the engine */
    public record Published(int container, int host) {}

    public Creation {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(labels, "labels is null");
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(image, "image is null");
        command = List.copyOf(command);
        ports = List.copyOf(ports);
        Objects.requireNonNull(agentUser, "agentUser is null");
    }
}
