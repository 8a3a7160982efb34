package dev.dewpoint.proxy.tls;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Which identities a host may be shown: those that name it, else those whose wildcard does, else the default. */
final class Names {
    private final Map<String, List<Identity>> byName;
    private final Set<InetAddress> addresses;
    private final List<Identity> otherwise;

    private Names(Map<String, List<Identity>> byName, Set<InetAddress> addresses, List<Identity> otherwise) {
        this.byName = byName;
        this.addresses = addresses;
        this.otherwise = otherwise;
    }

    /** The first one is the default, together with those for the same hosts that have another kind of key. */
    static Names of(List<Identity> identities) {
        Map<String, List<Identity>> byName = new HashMap<>();
        Set<InetAddress> addresses = new HashSet<>();
        for (Identity identity : identities) {
            identity.hosts().forEach(host -> byName.computeIfAbsent(host, _ -> new ArrayList<>()).add(identity));
            addresses.addAll(identity.addresses());
        }
        Identity first = identities.getFirst();
        List<Identity> otherwise = identities.stream().filter(identity -> Set.copyOf(identity.hosts()).equals(Set.copyOf(first.hosts()))).toList();
        return new Names(byName, addresses, otherwise);
    }

    /** In the order of preference; never empty. */
    List<Identity> forHost(String host) {
        String name = plain(host);
        List<Identity> exact = byName.get(name);
        return exact != null ? exact : byName.getOrDefault(wildcard(name), otherwise);
    }

    List<Identity> forNobody() {
        return otherwise;
    }

    boolean knows(String host) {
        String name = plain(host);
        return byName.containsKey(name) || byName.containsKey(wildcard(name)) || knowsAddress(name);
    }

    private boolean knowsAddress(String name) {
        String literal = name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
        boolean looksLikeOne = literal.indexOf(':') >= 0 || literal.matches("(\\d{1,3}\\.){3}\\d{1,3}");
        try {
            return looksLikeOne && addresses.contains(InetAddress.ofLiteral(literal));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String plain(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** A star stands for one whole label, the first. */
    private static String wildcard(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 ? "" : "*" + name.substring(dot);
    }
}
