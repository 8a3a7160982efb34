package dev.dewpoint.unit;

import java.util.List;

/**
 * The sockets that systemd holds for a service: whoever connects while no agent runs waits instead of being refused.
 *
 * @param service what its unit is called, without the end
 * @param listen  ports, or addresses with a port, in the order in which the service gets them
 */
public record SocketUnit(String service, List<String> listen) {
    private static final int BACKLOG = 4096;

    public SocketUnit {
        listen = List.copyOf(listen);
    }

    public String text() {
        Lines lines = new Lines();
        lines.comment("Printed by `dewpoint service --socket`, for /etc/systemd/system/" + service + ".socket:",
                "  systemctl daemon-reload && systemctl enable --now " + service + ".socket",
                "Enabled, it is required by " + service + ".service, which gets the sockets at its next start.");
        lines.section("Unit");
        lines.set("Description", "Dewpoint: sockets of " + service);
        lines.section("Socket");
        listen.forEach(address -> lines.set("ListenStream", address));
        lines.set("FileDescriptorName", service);
        lines.set("Service", service + ".service");
        lines.comment("one agent takes all connections");
        lines.set("Accept", "no");
        lines.comment("who waits here while the agent is started again");
        lines.set("Backlog", String.valueOf(BACKLOG));
        lines.comment("as the agent binds them itself");
        lines.set("BindIPv6Only", "both");
        lines.set("NoDelay", "yes");
        lines.section("Install");
        lines.set("WantedBy", "sockets.target");
        lines.set("RequiredBy", service + ".service");
        return lines.toString();
    }
}
