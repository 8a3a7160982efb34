package dev.dewpoint.registry;

import dev.dewpoint.release.Tag;
import java.time.Instant;

/** A deployment as the registry is told about it. */
public record Shipment(Tag tag, String command, String host, Instant at) {}
