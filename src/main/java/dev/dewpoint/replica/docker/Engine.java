package dev.dewpoint.replica.docker;

import dev.dewpoint.release.Platform;

/** @param apiVersion the one that we speak with it */
public record Engine(String version, String apiVersion, Platform platform) {}
