package dev.dewpoint.proxy;

/**
 * What a request must look like. {@code host} is lower case, empty for any, {@code *.example.com} for every name below it.
 * {@code path} starts with a slash and has none at its end (but for {@code /} itself); it is a prefix at segment borders,
 * or, if {@code exact}, the whole path with or without a slash at its end.
 */
public record Match(int port, String host, String path, boolean exact) {}
