package dev.dewpoint.replica.docker;

import dev.dewpoint.host.Secret;
import java.util.Optional;

/**
 * @param registry the host that the name and the password are for
 * @param username empty: the secret is a token that stands for somebody
 */
public record Login(String registry, Optional<String> username, Secret password) {}
