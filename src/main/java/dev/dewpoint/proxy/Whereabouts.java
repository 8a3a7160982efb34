package dev.dewpoint.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Where one upstream is now, as far as is known. Belongs to the membership's thread. */
final class Whereabouts {
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    final Upstream upstream;
    private final RouteOptions.Names names;
    private final boolean named;
    private final boolean literal;
    private List<InetAddress> found;
    /** Which of them stands for a fixed upstream, and how many of them were tried since they were found. */
    private int current;
    private int tried;
    private boolean asking;
    private boolean answered;
    private OptionalLong due;
    private long lookedUpAt;
    private OptionalLong failingSince = OptionalLong.empty();

    Whereabouts(Upstream upstream, RouteOptions.Names names, long now) {
        this.upstream = upstream;
        this.names = names;
        this.named = upstream instanceof Upstream.Named;
        Optional<InetAddress> literal = named ? Optional.empty() : literal(upstream.host());
        this.literal = literal.isPresent();
        this.answered = literal.isPresent();
        this.found = literal.stream().toList();
        this.due = literal.isPresent() ? OptionalLong.empty() : OptionalLong.of(now);
    }

    private static Optional<InetAddress> literal(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(bare(host)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    String name() {
        return upstream.host();
    }

    /** Whether the first lookup is over, or none is needed. */
    boolean answered() {
        return answered;
    }

    List<InetSocketAddress> addresses() {
        List<InetAddress> all = named || found.isEmpty() ? found : List.of(found.get(current));
        return all.stream().map(address -> new InetSocketAddress(address, upstream.port())).toList();
    }

    /** What a backend there is called, whatever it is called next time. */
    String nameOf(InetSocketAddress address) {
        return joined(named ? address.getAddress().getHostAddress() : bare(upstream.host()), upstream.port());
    }

    long nanosLeft(long now) {
        return asking || due.isEmpty() ? Long.MAX_VALUE : Math.max(0, due.getAsLong() - now);
    }

    void asked() {
        asking = true;
        due = OptionalLong.empty();
    }

    /** @return how long lookups had failed, if they had */
    Optional<Duration> found(Lookup.Found answer, long now) {
        InetAddress before = found.isEmpty() ? null : found.get(current);
        found = answer.addresses();
        current = Math.max(0, found.indexOf(before));
        over(now);
        due = named ? OptionalLong.of(now + pause(answer).toNanos()) : OptionalLong.empty();
        Optional<Duration> lasted = failingSince.isPresent() ? Optional.of(Duration.ofNanos(now - failingSince.getAsLong())) : Optional.empty();
        failingSince = OptionalLong.empty();
        return lasted;
    }

    /** @return whether it is the first failure in a row */
    boolean failed(long now) {
        over(now);
        due = OptionalLong.of(now + shorter(names.refresh(), names.valid()).toNanos());
        boolean first = failingSince.isEmpty();
        failingSince = OptionalLong.of(failingSince.orElse(now));
        return first;
    }

    private void over(long now) {
        asking = false;
        answered = true;
        tried = 1;
        lookedUpAt = now;
    }

    /**
     * Nobody can be reached where a fixed upstream should be: its next address, if it has several, or it is looked up
     * once more, if that wasn't done just now.
     *
     * @return whether it has moved
     */
    boolean unreachable(InetSocketAddress where, long now) {
        if (literal || named || asking || found.isEmpty() || !where.getAddress().equals(found.get(current))) {
            return false;
        }
        if (tried < found.size()) {
            tried++;
            current = (current + 1) % found.size();
            return true;
        }
        due = OptionalLong.of(Math.max(now, lookedUpAt + names.refresh().toNanos()));
        return false;
    }

    /** {@code refresh}, or sooner if the answer isn't believed for that long. */
    private Duration pause(Lookup.Found answer) {
        Optional<Duration> ttl = answer.ttl().map(time -> time.compareTo(SHORTEST) < 0 ? SHORTEST : time);
        return shorter(names.refresh(), names.valid().or(() -> ttl));
    }

    private static Duration shorter(Duration refresh, Optional<Duration> believed) {
        return believed.filter(time -> time.compareTo(refresh) < 0).orElse(refresh);
    }

    /** An IPv6 address may stand in brackets. */
    static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static String joined(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
