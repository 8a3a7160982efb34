package dev.dewpoint.notify;

import dev.dewpoint.deploy.RolloutStep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The words for one step of a rollout. */
record RolloutWording(String part, String word, Notice.Importance importance, Notice.Tone tone, String title, List<String> lines, Optional<String> output, Optional<Duration> took) {
    /** Empty for what only the log tells. */
    static Optional<RolloutWording> of(RolloutStep step, String version, String kind) {
        boolean processes = kind.equals("server");
        return switch (step) {
            case RolloutStep.Ran s when processes -> told("ran", "server-ran", "Server " + (s.again() ? "restarted" : "started") + " for " + s.version(), Optional.empty());
            case RolloutStep.Pulled s when s.fetched() -> told("pulled", "image-pulled", "Pulled image " + s.image() + " (digest: " + s.digest() + ")", Optional.of(s.took()));
            case RolloutStep.Started s when !s.address().isEmpty() -> told("started-" + s.replica(), "replica-started", (processes ? "Server process" : "Container") + " started with localhost-only port mapping (" + s.address() + ")", Optional.empty());
            case RolloutStep.Ready s -> told("ready-" + s.replica(), "replica-ready", "Health check passed for new " + (processes ? "server" : "container") + " (" + seen(s.status()) + ", " + Wording.words(s.took()) + ")", Optional.of(s.took()));
            case RolloutStep.Updated s -> Optional.of(new RolloutWording("updated", "proxy-updated", Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, "Proxy backend updated to " + s.address(),
                    List.of("Replicas: " + s.replicas()), Optional.empty(), Optional.empty()));
            case RolloutStep.NotReady s -> Optional.of(new RolloutWording("not-ready-" + s.replica(), "replica-failed", Notice.Importance.ERROR, Notice.Tone.BAD, "New " + (processes ? "server process" : "container") + " of " + version + " did not become ready",
                    List.of(s.replica() + ": " + s.why()), Optional.of(s.output()).filter(text -> !text.isBlank()), Optional.empty()));
            case RolloutStep.RollingBack s -> Optional.of(new RolloutWording("rolling-back", "rolling-back", Notice.Importance.ERROR, Notice.Tone.WARNING, "Rolling back deployment", List.of(s.why()), Optional.empty(), Optional.empty()));
            case RolloutStep.Began _, RolloutStep.Started _, RolloutStep.Ran _, RolloutStep.Pulling _, RolloutStep.Pulled _, RolloutStep.Found _, RolloutStep.Starting _, RolloutStep.Checking _, RolloutStep.Joined _, RolloutStep.Stopping _,
                    RolloutStep.Removing _, RolloutStep.Completed _ -> Optional.empty();
        };
    }

    private static String seen(String status) {
        return switch (status) {
            case "status 200" -> "200 OK";
            case "status 204" -> "204 No Content";
            case String other -> other;
        };
    }

    private static Optional<RolloutWording> told(String part, String word, String title, Optional<Duration> took) {
        return Optional.of(new RolloutWording(part, word, Notice.Importance.PROGRESS, Notice.Tone.NEUTRAL, title, List.of(), Optional.empty(), took));
    }
}
