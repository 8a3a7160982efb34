package dev.dewpoint.hook;

import java.util.Objects;

/** A command line of the user's, run by {@code /bin/sh -c} exactly as it stands. */
public record Hook(Kind kind, String command) {

    public enum Kind {
        BEFORE_DEPLOY("before-deploy"), AFTER_DEPLOY("after-deploy"), ROLLED_BACK("rolled-back");

        private final String event;

        Kind(String event) {
            this.event = event;
        }

        /** What the hook reads in {@code DEWPOINT_HOOK_EVENT}. */
        public String event() {
            return event;
        }
    }

    public Hook {
        Objects.requireNonNull(kind, "kind is null");
        if (command.isBlank()) {
            throw new IllegalArgumentException("a hook needs a command");
        }
    }
}
