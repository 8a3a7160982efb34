package dev.dewpoint.replica.docker;

import dev.dewpoint.release.Digest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a container says of itself, so that a later agent knows it again.
 *
 * @param registry where its release came from, without credentials
 * @param replica  from 1
 * @param config   the keyed hash of its run options
 */
public record Labels(Owner owner, String registry, String version, Digest digest, int replica, String attempt, String config, Instant deployedAt) {
    static final String MANAGED = "dewpoint.managed";
    static final String APP = "dewpoint.app";
    static final String ROOT = "dewpoint.root";
    private static final String REGISTRY = "dewpoint.registry";
    private static final String VERSION = "dewpoint.version";
    private static final String DIGEST = "dewpoint.digest";
    private static final String REPLICA = "dewpoint.replica";
    private static final String ATTEMPT = "dewpoint.attempt";
    private static final String CONFIG = "dewpoint.config";
    private static final String DEPLOYED_AT = "dewpoint.deployed_at";

    public Labels {
        Objects.requireNonNull(owner, "owner is null");
        Objects.requireNonNull(registry, "registry is null");
        Objects.requireNonNull(version, "version is null");
        Objects.requireNonNull(digest, "digest is null");
        Objects.requireNonNull(attempt, "attempt is null");
        Objects.requireNonNull(config, "config is null");
        Objects.requireNonNull(deployedAt, "deployedAt is null");
        if (replica < 1) {
            throw new IllegalArgumentException("replicas are counted from 1");
        }
    }

    public Map<String, String> print() {
        return Map.of(MANAGED, "true", APP, owner.app(), ROOT, owner.root(), REGISTRY, registry, VERSION, version, DIGEST, digest.toString(), REPLICA, "" + replica, ATTEMPT, attempt, CONFIG, config,
                DEPLOYED_AT, deployedAt.toString());
    }

    /** Empty for what isn't ours, or isn't whole: that is never touched. */
    public static Optional<Labels> parse(Map<String, String> labels) {
        if (!"true".equals(labels.get(MANAGED))) {
            return Optional.empty();
        }
        try {
            Digest digest = Digest.parse(labels.getOrDefault(DIGEST, "")).orElseThrow(IllegalArgumentException::new);
            return Optional.of(new Labels(new Owner(labels.getOrDefault(ROOT, ""), labels.getOrDefault(APP, "")), labels.getOrDefault(REGISTRY, ""), labels.getOrDefault(VERSION, ""), digest,
                    Integer.parseInt(labels.getOrDefault(REPLICA, "")), labels.getOrDefault(ATTEMPT, ""), labels.getOrDefault(CONFIG, ""), Instant.parse(labels.getOrDefault(DEPLOYED_AT, ""))));
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }
}
