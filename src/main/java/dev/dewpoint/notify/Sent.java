package dev.dewpoint.notify;

import java.time.Duration;
import java.util.Optional;

/** What became of one try to send a notice. */
sealed interface Sent {
    /** @param thread where further notices of the attempt belong */
    record Done(Optional<String> thread) implements Sent {}

    /** Not now. {@code after}: how long the other side asks us to wait, if it says so. */
    record Later(Optional<Duration> after, String why) implements Sent {}

    /** Another try would end the same way; {@code why} says what to do about it. */
    record Never(String why) implements Sent {}

    static Sent done() {
        return new Done(Optional.empty());
    }

    static Sent later(String why) {
        return new Later(Optional.empty(), why);
    }
}
