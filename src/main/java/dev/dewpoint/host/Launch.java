package dev.dewpoint.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A program as it is to be started, by {@link Posix#start}.
 *
 * @param command its first word is the program's absolute path
 * @param environment all that it sees; {@code LISTEN_PID} alone is added, and only beside sockets
 * @param sockets its descriptors 3, 4, … in this order; they stay ours too
 */
public record Launch(List<String> command, Map<String, String> environment, Path directory, Descriptor stdout, Descriptor stderr, List<Listener> sockets, Limits limits) {
    /** The pid of the program that shall accept on the sockets; only it knows its own before it runs. */
    static final String LISTEN_PID = "LISTEN_PID";

    public Launch {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        sockets = List.copyOf(sockets);
        if (command.isEmpty() || !command.getFirst().startsWith("/")) {
            throw new IllegalArgumentException("a program is started by its absolute path, not by " + command);
        }
    }

    /** Without sockets and without limits. */
    public Launch(List<String> command, Map<String, String> environment, Path directory, Descriptor stdout, Descriptor stderr) {
        this(command, environment, directory, stdout, stderr, List.of(), Limits.none());
    }
}
