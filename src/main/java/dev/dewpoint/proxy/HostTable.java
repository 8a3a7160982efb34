package dev.dewpoint.proxy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The routes of one port, by host. Never changes. */
final class HostTable {
    private static final String ANY = "";

    private final int port;
    private final PathTable any;
    private final ByteTable<PathTable> exact;
    /** By what stands behind the star, with its dot. */
    private final ByteTable<PathTable> wildcards;

    HostTable(int port, List<Route> routes) {
        this.port = port;
        Map<String, PathTable> named = new HashMap<>();
        Map<String, PathTable> starred = new HashMap<>();
        Map<String, List<Route>> byHost = routes.stream().collect(Collectors.groupingBy(route -> route.rule().match().host()));
        any = new PathTable(byHost.getOrDefault(ANY, List.of()));
        byHost.forEach((host, theirs) -> {
            if (host.startsWith("*")) {
                starred.put(host.substring(1), new PathTable(theirs));
            } else if (!host.isEmpty()) {
                named.put(host, new PathTable(theirs));
            }
        });
        exact = ByteTable.ofNames(named);
        wildcards = ByteTable.ofNames(starred);
    }

    int port() {
        return port;
    }

    Route find(byte[] bytes, int hostFrom, int hostTo, int pathFrom, int pathTo) {
        if (!exact.isEmpty() || !wildcards.isEmpty()) {
            Route found = byName(bytes, hostFrom, nameEnd(bytes, hostFrom, hostTo), pathFrom, pathTo);
            if (found != null) {
                return found;
            }
        }
        return any.find(bytes, pathFrom, pathTo);
    }

    /** From the right, so that one reading gives the hash of every domain that the name is in; the last one found is the longest. */
    private Route byName(byte[] bytes, int from, int to, int pathFrom, int pathTo) {
        Route best = null;
        int hash = 0;
        for (int i = to - 1; i >= from; i--) {
            hash = ByteTable.with(hash, ByteTable.lower(bytes[i]));
            if (bytes[i] == '.' && i > from && to - i <= wildcards.longest()) {
                PathTable domain = wildcards.find(hash, bytes, i, to);
                Route found = domain == null ? null : domain.find(bytes, pathFrom, pathTo);
                best = found == null ? best : found;
            }
        }
        PathTable own = exact.find(hash, bytes, from, to);
        Route found = own == null ? null : own.find(bytes, pathFrom, pathTo);
        return found == null ? best : found;
    }

    /** Without the port and a dot at the end; colons between brackets belong to an address. */
    private static int nameEnd(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && bytes[end - 1] >= '0' && bytes[end - 1] <= '9') {
            end--;
        }
        end = end > from && bytes[end - 1] == ':' ? end - 1 : to;
        return end > from && bytes[end - 1] == '.' ? end - 1 : end;
    }

    int longestProbe() {
        return Math.max(exact.longestProbe(), wildcards.longestProbe());
    }
}
