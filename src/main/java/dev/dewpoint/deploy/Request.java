package dev.dewpoint.deploy;

import java.util.Optional;

/** What an operator asks of the loop. */
public sealed interface Request {
    /** The newest, or this version, also if it is older, refused or backing off. */
    record Deploy(Optional<String> version) implements Request {}

    /** Back to the version before, or to this one of those that served; without asking the registry. */
    record RollBack(Optional<String> version) implements Request {}

    record Pause() implements Request {}

    /** Ends a pause and a pin. */
    record Resume() implements Request {}

    /** So many replicas from now on, until {@code --replicas} is changed. */
    record Scale(int replicas) implements Request {
        public static final int MOST = 100;

        public Scale {
            if (replicas < 1 || replicas > MOST) {
                throw new IllegalArgumentException(replicas + " replicas: from 1 to " + MOST + " are possible");
            }
        }
    }

    /** {@code achieved} is the truth that an exit code is made from. */
    record Reply(boolean achieved, String message) {}
}
