package dev.dewpoint.proxy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Finds the route of a request. An exact host goes before wildcards, the longer of which go before the shorter, and these
 * before routes for any host; with one host the exact path goes before the longest prefix. A host whose routes don't
 * match the path is passed over.
 *
 * <p>Paths are compared as they were sent, byte for byte: {@code /a%2Fb} is not below {@code /a}, and {@code //a} is not
 * {@code /a}. Looking up allocates nothing and takes as long among ten thousand routes as with one. Never changes.
 */
public final class RoutingTable implements Routes {
    private final HostTable[] ports;

    /** @throws IllegalArgumentException if two match the same */
    public RoutingTable(List<Route> routes) {
        Map<Integer, List<Route>> byPort = routes.stream().collect(Collectors.groupingBy(route -> route.rule().match().port()));
        ports = new HostTable[Integer.highestOneBit(Math.max(1, byPort.size())) << 2];
        byPort.forEach((port, theirs) -> {
            int at = port & ports.length - 1;
            while (ports[at] != null) {
                at = at + 1 & ports.length - 1;
            }
            ports[at] = new HostTable(port, theirs);
        });
    }

    /**
     * Answers null if nothing matches. The host is the one that was asked for, as sent: in any case, with a port or a dot
     * at its end, or empty. The path is without its query; one that begins with no slash ({@code *}) is found only by
     * routes for {@code /}, an empty one is {@code /}.
     */
    @Override
    public Route find(int port, byte[] bytes, int hostFrom, int hostTo, int pathFrom, int pathTo) {
        for (int at = port & ports.length - 1; ports[at] != null; at = at + 1 & ports.length - 1) {
            if (ports[at].port() == port) {
                return ports[at].find(bytes, hostFrom, hostTo, pathFrom, pathTo);
            }
        }
        return null;
    }

    /** The same for texts; it copies them. */
    public Route find(int port, String host, String path) {
        byte[] bytes = (host + path).getBytes(StandardCharsets.ISO_8859_1);
        return find(port, bytes, 0, host.length(), host.length(), bytes.length);
    }
}
