package dev.dewpoint.replica.docker;

import dev.dewpoint.host.Secret;

/** @param registry the host that the name and the password are for */
public record Login(String registry, String username, Secret password) {}
