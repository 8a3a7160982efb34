package dev.dewpoint.host;

/** How a process ended: by itself with a code, or by a signal. */
public sealed interface ExitStatus {
    record Exited(int code) implements ExitStatus {}

    record Killed(int signal) implements ExitStatus {}

    /** As a shell reports it: 128 and the signal's number for a killed process. */
    default int code() {
        return switch (this) {
            case Exited(int code) -> code;
            case Killed(int signal) -> 128 + signal;
        };
    }

    default boolean isSuccess() {
        return code() == 0;
    }

    /** For people: {@code exit code 1}, {@code killed by signal 9}. */
    default String text() {
        return switch (this) {
            case Exited(int code) -> "exit code " + code;
            case Killed(int signal) -> "killed by signal " + signal;
        };
    }
}
