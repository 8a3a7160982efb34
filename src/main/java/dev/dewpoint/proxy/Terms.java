package dev.dewpoint.proxy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * What holds for every connection. {@code head}: bytes of a request's head. {@code parse}: from a head's first byte to its
 * last. {@code idle}: between requests. {@code stall}: how long a peer may take or give (nearly) nothing while we wait for
 * it. {@code rate}: bytes a second that a client must move meanwhile. {@code trusted}: whose word on other addresses counts.
 */
public record Terms(int head, Duration parse, Duration idle, Duration stall, int rate, int connections, Predicate<InetAddress> trusted) {
    public static final Terms USUAL = new Terms(64 << 10, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(10), 100, 10_000, address -> false);
}
