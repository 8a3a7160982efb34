package dev.dewpoint.registry;

import dev.dewpoint.host.Secret;
import java.net.URI;
import java.security.PrivateKey;

/** How we present ourselves to GitHub, and where it is. */
public record GitHubAccess(URI api, As as) {
    public static final URI PUBLIC = URI.create("https://api.github.com/");

    public sealed interface As {
        /** Enough for a public repository. */
        record Anonymous() implements As {}

        record Token(Secret token) implements As {}

        /** A GitHub App; its key signs for short-lived tokens. */
        record App(long id, long installation, PrivateKey key) implements As {}
    }

    /** GitHub's own hosts have a second name for uploads; an Enterprise server takes them beside its API. */
    URI uploads() {
        String host = api.getHost();
        boolean hosted = host.equals("api.github.com") || host.startsWith("api.") && host.endsWith(".ghe.com");
        return hosted ? URI.create(api.getScheme() + "://uploads." + host.substring("api.".length()) + "/") : api.resolve("/api/uploads/");
    }
}
