package dev.dewpoint.registry;

import dev.dewpoint.host.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What shows a registry who asks. It prints without its secret. */
public sealed interface RegistryCredential {
    Secret secret();

    record Password(String user, Secret secret) implements RegistryCredential {
        String basic() {
            return "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret.value()).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** To be exchanged for tokens. */
    record IdentityToken(Secret secret) implements RegistryCredential {}
}
