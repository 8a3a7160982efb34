package dev.dewpoint.telemetry;

import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.host.Log;

/** The replicas' part of the story. */
final class RolloutLog {
    private final Log log;

    RolloutLog(Log log) {
        this.log = log;
    }

    void saw(RolloutStep step) {
        switch (step) {
            case RolloutStep.Began s -> log.info("Starting container deployment", "replicas", s.replicas());
            case RolloutStep.Pulling s -> log.info("Pulling new image", "image", s.image());
            case RolloutStep.Pulled s -> {
                log.info("Image pull complete", "image", s.image(), "digest", s.digest(), "fetched", s.fetched(), "duration", StoryLog.words(s.took()));
                if (s.fetched()) {
                    log.info("Image pull notification", "message", "Pulled image " + s.image() + " (digest: " + s.digest() + ")");
                }
            }
            case RolloutStep.Found s -> log.info("Found existing containers", "count", s.replicas());
            case RolloutStep.Starting s -> log.info("Starting new container", "name", s.replica(), "port_mapping", s.ports(), "replica", s.number(), "total", s.total());
            case RolloutStep.Started s -> log.info("Container started", "container", s.replica(), "mapped_port", s.address());
            case RolloutStep.Checking s -> log.info("Health checking new container", "container", s.replica(), "url", s.address());
            case RolloutStep.Ready s -> log.info("Health check passed", "container", s.replica(), "url", s.address(), "status", s.status(), "duration", StoryLog.words(s.took()));
            case RolloutStep.Joined s -> log.info("Container added to load balancer", "container", s.replica(), "backend_count", s.backends());
            case RolloutStep.Updated s -> {
                log.info("Updating proxy backend", "new_backend", s.address());
                log.info("Proxy backend updated successfully", "backends", s.replicas());
            }
            case RolloutStep.Stopping s -> log.info("Stopping old container gracefully", "container", s.replica());
            case RolloutStep.NotReady s -> log.error("Health check failed", "container", s.replica(), "error", s.why(), "attempts", s.checks(), "output", s.output());
            case RolloutStep.RollingBack s -> log.warn("Rolling back deployment", "reason", s.why());
            case RolloutStep.Removing s -> log.info("Removing failed container", "container", s.replica());
            case RolloutStep.Completed s -> log.info("Container deployment completed", "new_containers", s.replicas(), "duration", StoryLog.words(s.took()));
        }
    }
}
