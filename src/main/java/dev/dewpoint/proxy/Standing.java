package dev.dewpoint.proxy;

import java.net.InetSocketAddress;

/** A replica of an app, told to its membership by whoever started it. {@code proven}: it has just passed its check; if not, it takes traffic once it does. */
public record Standing(String name, InetSocketAddress address, boolean proven) {}
