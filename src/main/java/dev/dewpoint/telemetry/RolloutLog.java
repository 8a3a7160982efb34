package dev.dewpoint.telemetry;

import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.host.Log;

/** The replicas' part of the story. */
final class RolloutLog {
    private static final String PROCESSES = "server";

    private final Log log;

    RolloutLog(Log log) {
        this.log = log;
    }

    /** {@code kind}: of the app; what containers do and what processes do have words of their own. */
    void saw(String kind, RolloutStep step) {
        boolean processes = kind.equals(PROCESSES);
        String one = processes ? "server" : "container";
        switch (step) {
            case RolloutStep.Began s -> log.info("Starting container deployment", "replicas", s.replicas());
            case RolloutStep.Pulling s -> log.info("Pulling new image", "image", s.image());
            case RolloutStep.Pulled s -> {
                log.info("Image pull complete", "image", s.image(), "digest", s.digest(), "fetched", s.fetched(), "duration", StoryLog.words(s.took()));
                if (s.fetched()) {
                    log.info("Image pull notification", "message", "Pulled image " + s.image() + " (digest: " + s.digest() + ")");
                }
            }
            case RolloutStep.Found s -> log.info(processes ? "Found running servers" : "Found existing containers", "count", s.replicas());
            case RolloutStep.Starting s -> log.info(processes ? "Start server" : "Starting new container", "name", s.replica(), "port_mapping", s.ports(), "replica", s.number(), "total", s.total());
            case RolloutStep.Started s -> log.info(processes ? "Server process started" : "Container started", one, s.replica(), "mapped_port", s.address());
            case RolloutStep.Checking s -> log.info("Health checking new " + one, one, s.replica(), "url", s.address());
            case RolloutStep.Ready s -> log.info("Health check passed", one, s.replica(), "url", s.address(), "status", s.status(), "duration", StoryLog.words(s.took()));
            case RolloutStep.Joined s -> log.info(processes ? "Server added to load balancer" : "Container added to load balancer", one, s.replica(), "backend_count", s.backends());
            case RolloutStep.Updated s -> {
                log.info("Updating proxy backend", "new_backend", s.address());
                log.info("Proxy backend updated successfully", "backends", s.replicas());
            }
            case RolloutStep.Stopping s -> log.info("Stopping old " + one + " gracefully", one, s.replica());
            case RolloutStep.NotReady s -> log.error("Health check failed", one, s.replica(), "error", s.why(), "attempts", s.checks(), "output", s.output());
            case RolloutStep.RollingBack s -> log.warn("Rolling back deployment", "reason", s.why());
            case RolloutStep.Removing s -> log.info("Removing failed " + one, one, s.replica());
            case RolloutStep.Ran s when processes -> ran(s);
            case RolloutStep.Ran _ -> { }
            case RolloutStep.Completed s -> log.info(processes ? "Server deployment completed" : "Container deployment completed", processes ? "new_servers" : "new_containers", s.replicas(), "duration", StoryLog.words(s.took()));
        }
    }

    /** The first line is for those who look for it in the log, as they are used to; what was restarted has been by now. */
    private void ran(RolloutStep.Ran ran) {
        if (ran.again()) {
            log.info("Send SIGHUP for server restart", "pid", ProcessHandle.current().pid());
        }
        log.info("Restart notification", "message", message(ran));
    }

    static String message(RolloutStep.Ran ran) {
        return "Server " + (ran.again() ? "restarted" : "started") + " for " + ran.version();
    }
}
