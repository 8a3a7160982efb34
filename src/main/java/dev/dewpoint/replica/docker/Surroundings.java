package dev.dewpoint.replica.docker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where run options are read.
 *
 * @param environment   from which {@code -e NAME} takes its value
 * @param directory     what relative paths start from
 * @param engineSockets never to be given to a container unasked, nor any directory above them
 */
public record Surroundings(Map<String, String> environment, Path directory, List<Path> engineSockets, boolean allowDangerous, Disk disk) {
    public Surroundings {
        environment = Map.copyOf(environment);
        Objects.requireNonNull(directory, "directory is null");
        engineSockets = List.copyOf(engineSockets);
        Objects.requireNonNull(disk, "disk is null");
    }

    /** Whoever prints it must not print the environment. */
    @Override
    public String toString() {
        return "Surroundings[" + directory + "]";
    }
}
