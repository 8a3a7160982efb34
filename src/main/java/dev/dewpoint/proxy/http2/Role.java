package dev.dewpoint.proxy.http2;

import java.util.function.Consumer;
import org.xnio.StreamConnection;

/** Which side of a connection is ours. */
sealed interface Role {
    /** {@code requests}: takes each stream that the client opens. */
    record Serving(Consumer<StreamConnection> requests) implements Role {}

    record Asking(Upstream upstream) implements Role {}
}
