package dev.dewpoint.hook;

import dev.dewpoint.host.ExitStatus;
import java.time.Duration;
import java.util.Optional;

/** How a hook ended. */
public sealed interface HookResult {
    Hook hook();

    Duration took();

    HookOutput output();

    record Succeeded(Hook hook, Duration took, HookOutput output) implements HookResult {}

    record Failed(Hook hook, ExitStatus status, Duration took, HookOutput output) implements HookResult {}

    /** It was ended, with everything it had started, because {@code limit} was over. */
    record TimedOut(Hook hook, Duration limit, Duration took, HookOutput output) implements HookResult {}

    /** No shell could be started for it. */
    record NotStarted(Hook hook, String why) implements HookResult {
        @Override
        public Duration took() {
            return Duration.ZERO;
        }

        @Override
        public HookOutput output() {
            return HookOutput.none();
        }
    }

    default boolean isSuccess() {
        return problem().isEmpty();
    }

    /** In words, if there is one. */
    default Optional<String> problem() {
        return switch (this) {
            case Succeeded any -> Optional.empty();
            case Failed failed -> Optional.of(failed.status().text());
            case TimedOut late -> Optional.of("ended after " + late.limit().toSeconds() + "s, the time it may take");
            case NotStarted none -> Optional.of("could not be started: " + none.why());
        };
    }

    /** As a shell reports it; none if it never ended by itself. */
    default Optional<Integer> exitCode() {
        return switch (this) {
            case Succeeded any -> Optional.of(0);
            case Failed failed -> Optional.of(failed.status().code());
            case TimedOut late -> Optional.empty();
            case NotStarted none -> Optional.empty();
        };
    }
}
