package dev.dewpoint.replica.process;

import dev.dewpoint.host.Listener;
import java.util.List;
import java.util.Optional;

/** How the processes of an app get the traffic that is for them. */
public sealed interface Reach {
    /** They inherit sockets that listen already, one process at a time but for the moment of a restart. */
    record Sockets(List<Listener> listeners, Optional<Inquiry> inquiry) implements Reach {
        public Sockets {
            listeners = List.copyOf(listeners);
        }
    }

    /** Each listens on ports of its own; somebody else stands before them. */
    record Ports() implements Reach {}

    /** There is none. */
    record Nothing() implements Reach {}

    /** Asks whoever takes the next connection. */
    interface Inquiry {
        /** {@code generation}: which one of those that share the sockets has answered, if it says so. */
        record Answer(boolean good, Optional<String> generation) {}

        Answer ask();
    }
}
