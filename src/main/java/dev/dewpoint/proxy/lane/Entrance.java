package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Routes;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * A public port. {@code toHttps}: answers everything with a redirect to that port. {@code knowsHost}: whether requests for
 * a host belong here; clients send those that don't to a connection of their own.
 */
public record Entrance(int port, boolean secure, Routes routes, OwnPages own, OptionalInt toHttps, Predicate<String> knowsHost) {
    public Entrance(int port, boolean secure, Routes routes, OwnPages own, OptionalInt toHttps) {
        this(port, secure, routes, own, toHttps, _ -> true);
    }
}
