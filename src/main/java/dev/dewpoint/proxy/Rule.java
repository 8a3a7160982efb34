package dev.dewpoint.proxy;

import java.util.List;

/** One route as configured. {@code stream}: plain TCP; then host and path are empty and {@code /}. {@code text}: as it was written, for messages. */
public record Rule(Match match, boolean stream, Balance balance, List<Upstream> upstreams, RouteOptions options, String text) {}
