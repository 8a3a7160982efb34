package dev.dewpoint.replica.docker;

import dev.dewpoint.release.Platform;
import java.util.List;
import java.util.Optional;

/** An image that is here, and what it says of how it wants to run. */
public record Image(ImageName name, String id, Platform platform, List<Port> exposed, String user, boolean hasHealthcheck, List<String> healthcheck, Optional<String> stopSignal, List<String> entrypoint, List<String> command, long sizeBytes) {
    public record Port(int number, String protocol) {}

    public Image {
        exposed = List.copyOf(exposed);
        healthcheck = List.copyOf(healthcheck);
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
    }

    public List<Integer> tcpPorts() {
        return exposed.stream().filter(port -> port.protocol().equals("tcp")).map(Port::number).sorted().toList();
    }

    /** Whether its processes would be root unless told otherwise. */
    public boolean isRoot() {
        String name = user.split(":", 2)[0];
        return name.isEmpty() || name.equals("root") || name.matches("0+");
    }
}
