package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Routes;
import java.util.OptionalInt;

/** A public port. {@code toHttps}: answers everything with a redirect to that port. */
public record Entrance(int port, boolean secure, Routes routes, OptionalInt toHttps) {}
