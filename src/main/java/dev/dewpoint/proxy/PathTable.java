package dev.dewpoint.proxy;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The routes of one host on one port, by path. Never changes. */
final class PathTable {
    /** What one path leads to; either may be null. */
    private record Node(Route prefix, Route exact) {
        static Node of(List<Route> routes) {
            return new Node(only(routes, false), only(routes, true));
        }

        private static Route only(List<Route> routes, boolean exact) {
            List<Route> found = routes.stream().filter(route -> route.rule().match().exact() == exact).toList();
            if (found.size() > 1) {
                throw new IllegalArgumentException("two routes for " + found.getFirst().rule().match());
            }
            return found.isEmpty() ? null : found.getFirst();
        }
    }

    private final Node root;
    private final ByteTable<Node> below;

    PathTable(List<Route> routes) {
        Map<Boolean, List<Route>> byRoot = routes.stream().collect(Collectors.partitioningBy(route -> route.rule().match().path().equals("/")));
        root = Node.of(byRoot.get(true));
        Map<String, List<Route>> byPath = byRoot.get(false).stream().collect(Collectors.groupingBy(route -> route.rule().match().path()));
        below = ByteTable.ofPaths(byPath.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> Node.of(entry.getValue()))));
    }

    /**
     * One look at each border of a segment, and none beyond the longest path that is known: how many routes there are
     * makes no difference.
     */
    Route find(byte[] bytes, int from, int to) {
        if (to - from <= 1) {
            boolean isPath = from == to || bytes[from] == '/';
            return isPath && root.exact != null ? root.exact : root.prefix;
        }
        Route best = root.prefix;
        if (below.isEmpty() || bytes[from] != '/') {
            return best;
        }
        int hash = ByteTable.with(0, bytes[from]);
        int end = Math.min(to, from + below.longest() + 1);
        for (int i = from + 1; i <= end; i++) {
            if (i == to || i < end && bytes[i] == '/') {
                Node node = below.find(hash, bytes, from, i);
                boolean whole = i == to || i == to - 1;
                if (node != null && whole && node.exact != null) {
                    return node.exact;
                }
                best = node == null || node.prefix == null ? best : node.prefix;
            }
            hash = i < end ? ByteTable.with(hash, bytes[i]) : hash;
        }
        return best;
    }

    int longestProbe() {
        return below.longestProbe();
    }
}
