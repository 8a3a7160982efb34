package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import java.util.Optional;

/** How an attempt ended. Exactly one an attempt. */
public sealed interface Outcome {
    /** It serves. {@code note} says what went less well: a failed after hook, a crash in the middle. */
    record Deployed(Optional<String> note) implements Outcome {}

    record Failed(Stage stage, Failure.Kind kind, String why, String remedy) implements Outcome {
        static Failed of(Stage stage, Failure failure) {
            return new Failed(stage, failure.kind(), failure.getMessage(), failure.remedy());
        }
    }

    /** Where it went wrong. */
    enum Stage { FETCH, UNPACK, START, SWITCH }

    /** The before hook failed and {@code --before-hook-failure abort} was given. */
    record Aborted(String why) implements Outcome {}

    /** Not tried again until the registry's entry changes or someone asks. */
    record Refused(String why) implements Outcome {}

    /** The agent ended in the middle, before the switch. No failure; tried again at once. */
    record Interrupted(String why) implements Outcome {}

    /** The artifact was still being written when it was read. No failure; the next poll looks again. */
    record Deferred(String why) implements Outcome {}

    /** The word in history, in JSON and in the log. */
    default String word() {
        return switch (this) {
            case Deployed _ -> "deployed";
            case Failed _ -> "failed";
            case Aborted _ -> "aborted";
            case Refused _ -> "refused";
            case Interrupted _ -> "interrupted";
            case Deferred _ -> "deferred";
        };
    }

    /** Why it did not serve, or what there is to say about it all the same. */
    default Optional<String> reason() {
        return switch (this) {
            case Deployed deployed -> deployed.note();
            case Failed failed -> Optional.of(failed.why());
            case Aborted aborted -> Optional.of(aborted.why());
            case Refused refused -> Optional.of(refused.why());
            case Interrupted interrupted -> Optional.of(interrupted.why());
            case Deferred deferred -> Optional.of(deferred.why());
        };
    }
}
