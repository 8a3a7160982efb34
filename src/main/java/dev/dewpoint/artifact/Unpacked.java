package dev.dewpoint.artifact;

/** What came out: the bytes of all files, and how many files, directories and links. */
public record Unpacked(long bytes, int entries) {}
