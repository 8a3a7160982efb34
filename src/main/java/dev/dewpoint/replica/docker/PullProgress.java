package dev.dewpoint.replica.docker;

/**
 * @param layersDone those that have arrived
 * @param totalBytes of the layers seen so far; it grows while more of them turn up
 */
public record PullProgress(int layersDone, int layers, long doneBytes, long totalBytes) {}
