package dev.dewpoint.config;

import dev.dewpoint.host.Limits;
import dev.dewpoint.host.Secret;
import dev.dewpoint.replica.Rollouts;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that an operator decided about {@code dewpoint server}, checked.
 *
 * @param command     what is run, as it was given
 * @param environment what the processes see besides what hooks see
 * @param grace       how long a process has to stay up before it counts as started
 * @param inheritLog  whether what processes print goes where the agent's own output goes
 */
public record ServerSettings(Settings common, Handover handover, Rollouts rollouts, List<String> command, Map<String, Secret> environment, Duration grace, Limits limits, boolean inheritLog) {
    public ServerSettings {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** How new processes take over from old ones. */
    public sealed interface Handover {
        /** They inherit the listening sockets. */
        record Sockets(List<Port> ports, Optional<String> healthPath) implements Handover {
            public Sockets {
                ports = List.copyOf(ports);
            }
        }

        /** They stand behind the proxy; a replica has one port of its own for each of its routes. */
        record Proxy(ProxySettings settings) implements Handover {}

        /** They take no traffic. */
        record Workers() implements Handover {}
    }

    /** {@code address}: empty for all of this host. */
    public record Port(Optional<InetAddress> address, int number) {}
}
