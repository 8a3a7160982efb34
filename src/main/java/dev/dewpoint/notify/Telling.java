package dev.dewpoint.notify;

import java.time.Instant;

/** Whether and how something is told that may have happened before. */
sealed interface Telling {
    record Silent() implements Telling {}

    record Plain() implements Telling {}

    /** A reminder, or another reason than before. {@code times} counts from {@code since} on. */
    record Again(int times, Instant since) implements Telling {}

    /** It went well after {@code failures}, which were told. */
    record Recovered(int failures, Instant since) implements Telling {}
}
