package dev.dewpoint.notify;

import java.util.Optional;

/** Sends a notice to one channel. May block for as long as its deadlines allow. */
@FunctionalInterface
interface Sender {
    /** {@code thread}: what the first sent notice of the same attempt answered. */
    Sent send(Notice notice, Optional<String> thread);
}
