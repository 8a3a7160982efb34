package dev.dewpoint.proxy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Which addresses a name has. */
@FunctionalInterface
public interface Lookup {
    /** What one lookup found, at least one address. {@code ttl}: how long whoever answered vouches for it, where that is known. */
    record Found(List<InetAddress> addresses, Optional<Duration> ttl) {
        private static final int MOST = 256;

        /** Sorted, each once, and no more than a route can do with, so that the same set is always the same list. */
        static Found of(Collection<InetAddress> addresses, Optional<Duration> ttl) {
            Map<String, InetAddress> each = new LinkedHashMap<>();
            addresses.forEach(address -> each.putIfAbsent(address.getHostAddress(), address));
            Comparator<InetAddress> order = Comparator.<InetAddress>comparingInt(address -> address.getAddress().length).thenComparing(InetAddress::getAddress, Arrays::compareUnsigned);
            return new Found(each.values().stream().sorted(order).limit(MOST).toList(), ttl);
        }
    }

    /**
     * @throws Failure if nobody could tell, or there is none: MISSING if that is what was answered
     */
    Found addresses(String name) throws InterruptedException;

    /** What the system knows. To be made before anything in this JVM has looked a name up: Java reads only once how long it is to believe an answer. */
    static Lookup system(Duration deadline) {
        return new SystemLookup(deadline);
    }

    /** The one that a route asks for: a server of its own, or {@code system}. */
    static Lookup of(RouteOptions.Names names, Lookup system, Time time, RandomGenerator random) {
        return names.server().<Lookup>map(server -> new ServerLookup(server(server), time, random)).orElse(system);
    }

    private static InetSocketAddress server(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(InetAddress.ofLiteral(Whereabouts.bare(text.substring(0, colon))), Integer.parseInt(text.substring(colon + 1)));
    }
}
