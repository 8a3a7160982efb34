package dev.dewpoint.proxy;

import java.time.Duration;

/** Whether a route lets requests through. */
public sealed interface Gate {
    Gate OPEN = new Open();

    record Open() implements Gate {}

    /** Requests wait, so many and so long, for the gate to open. */
    record Holding(int requests, Duration time) implements Gate {}

    /** Every request is answered with 503 and this message. */
    record Closed(String message, Duration retryAfter) implements Gate {}
}
