package dev.dewpoint.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who we are at registries: what Docker's config.json says, by itself or by the helpers that it names, and then what the
 * environment gives. Read anew each time, so that a login takes effect without a restart.
 */
public final class RegistryCredentials {
    /**
     * @param dockerConfig the directory of Docker's config.json; absent if this user has no home
     * @param login        for whatever registry is followed
     * @param gitHub       a token of GitHub's, for its registry alone
     * @param environment  of credential helpers
     */
    public record Given(Optional<Path> dockerConfig, Optional<RegistryCredential.Password> login, Optional<Secret> gitHub, Map<String, String> environment) {
        public Given {
            environment = Map.copyOf(environment);
        }

        public static Given nothing() {
            return new Given(Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
        }

        @Override
        public String toString() {
            return "Given[dockerConfig=" + dockerConfig + ", login=" + login + ", gitHub=" + gitHub + "]";
        }
    }

    private static final String GITHUB = "ghcr.io";
    private static final String TOKEN_USER = "<token>";
    private static final int LARGEST = 4 << 20;
    private static final Duration HELPER_DEADLINE = Duration.ofSeconds(30);
    private static final int NOT_FOUND = 127;
    private static final Pattern HELPER = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]*");
    private static final String HELPER_HOST = "DEWPOINT_REGISTRY_HOST";

    private final Given given;
    private final Commands commands;

    public RegistryCredentials(Given given, Commands commands) {
        this.given = given;
        this.commands = commands;
    }

    /** {@code host} as it stands in an image's name, {@code docker.io} for Docker Hub. */
    public Optional<RegistryCredential> forHost(String host) {
        return fromDocker(host).or(() -> given.login().map(RegistryCredential.class::cast))
                .or(() -> host.equals(GITHUB) ? given.gitHub().map(token -> new RegistryCredential.Password("token", token)) : Optional.empty());
    }

    private Optional<RegistryCredential> fromDocker(String host) {
        Optional<Path> file = given.dockerConfig().map(directory -> directory.resolve("config.json"));
        Optional<JsonNode> config = file.flatMap(RegistryCredentials::read);
        if (config.isEmpty()) {
            return Optional.empty();
        }
        List<String> keys = OciRepository.keys(host);
        Optional<String> own = keys.stream().map(key -> config.get().path("credHelpers").path(key).asText("")).filter(name -> !name.isEmpty()).findFirst();
        Optional<String> helper = own.or(() -> Optional.of(config.get().path("credsStore").asText("")).filter(name -> !name.isEmpty()));
        Optional<RegistryCredential> helped = helper.flatMap(name -> ask(name, keys.getFirst(), file.orElseThrow()));
        return helped.or(() -> entry(config.get().path("auths"), keys, file.orElseThrow()));
    }

    private static Optional<JsonNode> read(Path file) {
        String tried = "read " + file;
        try {
            if (Files.size(file) > LARGEST) {
                throw new Failure(Failure.Kind.DENIED, tried, "it is too large to be Docker's settings");
            }
            JsonNode config = OciJson.read(Files.readAllBytes(file));
            return Optional.of(config);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // without the cause: the parser may quote what it read
            throw new Failure(Failure.Kind.DENIED, tried, "it can't be read, or is no JSON (" + e.getClass().getSimpleName() + "); correct it, or point DOCKER_CONFIG to another directory");
        }
    }

    private static Optional<RegistryCredential> entry(JsonNode auths, List<String> keys, Path file) {
        List<String> names = new ArrayList<>();
        auths.fieldNames().forEachRemaining(names::add);
        // exact first: there may be several entries for one host, by the paths of older versions
        Optional<String> exact = keys.stream().filter(names::contains).findFirst();
        Optional<String> found = exact.or(() -> names.stream().filter(name -> keys.contains(hostOf(name))).sorted().findFirst());
        return found.flatMap(name -> credential(auths.path(name), name, file));
    }

    /** {@code https://ghcr.io/v1/} is {@code ghcr.io}. */
    private static String hostOf(String key) {
        return key.replaceFirst("^[a-z]+://", "").replaceFirst("/.*$", "");
    }

    private static Optional<RegistryCredential> credential(JsonNode entry, String name, Path file) {
        String identity = entry.path("identitytoken").asText("");
        if (!identity.isEmpty()) {
            return Optional.of(new RegistryCredential.IdentityToken(new Secret(identity)));
        }
        String auth = entry.path("auth").asText("");
        if (auth.isEmpty()) {
            String user = entry.path("username").asText("");
            return user.isEmpty() ? Optional.empty() : Optional.of(new RegistryCredential.Password(user, new Secret(entry.path("password").asText(""))));
        }
        try {
            String decoded = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
            int colon = decoded.indexOf(':');
            if (colon > 0) {
                return Optional.of(new RegistryCredential.Password(decoded.substring(0, colon), new Secret(decoded.substring(colon + 1).replaceAll("\0+$", ""))));
            }
        } catch (IllegalArgumentException e) {
            // told below, like every other wrong spelling; the decoder may quote it
        }
        throw new Failure(Failure.Kind.DENIED, "read " + file, "its entry for " + name + " is no user name and password; run `docker login` again");
    }

    /** Empty if the helper knows nobody for that host. */
    private Optional<RegistryCredential> ask(String helper, String host, Path file) {
        String tried = "ask docker-credential-" + helper + " for the login at " + host;
        if (!HELPER.matcher(helper).matches()) {
            throw new Failure(Failure.Kind.DENIED, "read " + file, "no credential helper can be called that");
        }
        Map<String, String> environment = new HashMap<>(given.environment());
        environment.put(HELPER_HOST, host);
        try {
            Commands.Ended ended = commands.run("printf '%s' \"$" + HELPER_HOST + "\" | docker-credential-" + helper + " get", environment, file.toAbsolutePath().getParent(), HELPER_DEADLINE, "credential-");
            if (ended.timedOut()) {
                throw new Failure(Failure.Kind.TIMED_OUT, tried, "it did not answer in " + HELPER_DEADLINE.toSeconds() + " s");
            }
            return ended.status().isSuccess() ? answered(tried, ended.stdout().bytes()) : refused(tried, ended);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.DENIED, tried, "it could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "it was interrupted", e);
        }
    }

    private static Optional<RegistryCredential> answered(String tried, byte[] output) {
        try {
            JsonNode answer = OciJson.read(output);
            String user = answer.path("Username").asText("");
            Secret secret = new Secret(answer.path("Secret").asText(""));
            if (secret.value().isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(user.equals(TOKEN_USER) ? new RegistryCredential.IdentityToken(secret) : new RegistryCredential.Password(user, secret));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.DENIED, tried, "its answer is no JSON");
        }
    }

    /** Helpers say by a sentence on their output that they know nobody; all else is a failure. What they print may hold a secret. */
    private static Optional<RegistryCredential> refused(String tried, Commands.Ended ended) {
        String said = ended.stdout().text() + ended.stderr().text();
        if (said.contains("credentials not found")) {
            return Optional.empty();
        }
        boolean missing = ended.status().code() == NOT_FOUND;
        throw new Failure(Failure.Kind.DENIED, tried, missing ? "it isn't installed, or not on the PATH of the agent" : "it failed (" + ended.status().text() + "); run it by hand to see why");
    }
}
