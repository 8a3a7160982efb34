package dev.dewpoint.replica.docker;

/** A command that was run inside a container, with the end of what it printed. */
public record Ran(int exitCode, String output) {}
