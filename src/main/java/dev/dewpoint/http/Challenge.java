package dev.dewpoint.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How a server wants to be shown who asks: one part of {@code WWW-Authenticate}. The names of parameters are in lower case. */
public record Challenge(String scheme, Map<String, String> parameters) {
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
    }

    public boolean is(String name) {
        return scheme.equalsIgnoreCase(name);
    }

    static Challenge of(okhttp3.Challenge challenge) {
        Map<String, String> parameters = new HashMap<>();
        // a parameter without a name is a token of its own, which nothing that we speak uses
        challenge.authParams().forEach((name, value) -> parameters.put(name == null ? "" : name, value));
        return new Challenge(challenge.scheme(), Map.copyOf(parameters));
    }
}
