package dev.dewpoint.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which Authorization header belongs to which origin. Whoever sends a request cannot choose to send it elsewhere. */
public final class Credentials {
    /** The value of the header now; tokens that expire are renewed inside. */
    @FunctionalInterface
    public interface Authorization {
        Optional<String> header();
    }

    private final Map<Origin, Authorization> byOrigin;

    private Credentials(Map<Origin, Authorization> byOrigin) {
        this.byOrigin = Map.copyOf(byOrigin);
    }

    public static Credentials none() {
        return new Credentials(Map.of());
    }

    public Credentials with(Origin origin, Authorization authorization) {
        Map<Origin, Authorization> more = new HashMap<>(byOrigin);
        more.put(origin, authorization);
        return new Credentials(more);
    }

    Optional<String> authorization(Origin origin) {
        Authorization authorization = byOrigin.get(origin);
        return authorization == null ? Optional.empty() : authorization.header();
    }
}
