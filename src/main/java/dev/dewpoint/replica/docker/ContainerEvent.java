package dev.dewpoint.replica.docker;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * Something happened to a container that carries our labels.
 *
 * @param action in Docker's words: {@code start}, {@code die}, {@code oom}, {@code destroy}, {@code health_status: unhealthy}, …
 */
public record ContainerEvent(String id, String name, Labels labels, String action, OptionalInt exitCode, Instant at) {}
