package dev.dewpoint.replica.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the engine is.
 *
 * @param address      {@code unix:///PATH} or {@code tcp://HOST:PORT}
 * @param certificates a directory with ca.pem, cert.pem and key.pem: the connection is TLS then
 * @param source       what named it, for people
 */
public record Endpoint(Kind kind, URI address, Optional<Path> certificates, String source) {
    public enum Kind {
        DOCKER("start it with `systemctl start docker`, or say where it is in DOCKER_HOST"),
        PODMAN("start its API with `systemctl enable --now podman.socket` (for one user: `systemctl --user …`) or `podman system service --time=0`, or say where it is in CONTAINER_HOST");

        private final String howToStart;

        Kind(String howToStart) {
            this.howToStart = howToStart;
        }

        String howToStart() {
            return howToStart;
        }
    }

    private static final String TRIED = "find the container engine";

    public Endpoint {
        Objects.requireNonNull(kind, "kind is null");
        Objects.requireNonNull(address, "address is null");
        Objects.requireNonNull(certificates, "certificates is null");
    }

    /** The socket, if it is one of this host. */
    public Optional<Path> socket() {
        return address.getScheme().equals("unix") ? Optional.of(Path.of(address.getPath())) : Optional.empty();
    }

    @Override
    public String toString() {
        return address + " (" + source + ")";
    }

    /** As docker's and podman's own clients find it. */
    public static Endpoint resolve(Kind kind, Map<String, String> environment, Path home) {
        return switch (kind) {
            case DOCKER -> docker(environment, home);
            case PODMAN -> podman(environment);
        };
    }

    private static Endpoint docker(Map<String, String> environment, Path home) {
        Path config = set(environment, "DOCKER_CONFIG").map(Path::of).orElse(home.resolve(".docker"));
        Optional<String> host = set(environment, "DOCKER_HOST");
        if (host.isPresent()) {
            Optional<Path> certificates = set(environment, "DOCKER_TLS_VERIFY").map(_ -> set(environment, "DOCKER_CERT_PATH").map(Path::of).orElse(config));
            return at(Kind.DOCKER, host.get(), certificates, "DOCKER_HOST");
        }
        Optional<String> context = set(environment, "DOCKER_CONTEXT").or(() -> currentContext(config)).filter(name -> !name.equals("default"));
        return context.map(name -> context(config, name)).orElseGet(() -> at(Kind.DOCKER, "unix:///var/run/docker.sock", Optional.empty(), "docker's default"));
    }

    private static Endpoint podman(Map<String, String> environment) {
        Optional<String> host = set(environment, "CONTAINER_HOST");
        if (host.isPresent()) {
            return at(Kind.PODMAN, host.get(), Optional.empty(), "CONTAINER_HOST");
        }
        Path system = Path.of("/run/podman/podman.sock");
        Path socket = Stream.concat(set(environment, "XDG_RUNTIME_DIR").map(directory -> Path.of(directory, "podman", "podman.sock")).stream(), Stream.of(system)).filter(Files::exists).findFirst().orElse(system);
        return at(Kind.PODMAN, "unix://" + socket, Optional.empty(), "podman's default");
    }

    private static Optional<String> currentContext(Path config) {
        Path file = config.resolve("config.json");
        return Files.exists(file) ? Optional.of(json(file).path("currentContext").asText("")).filter(name -> !name.isBlank()) : Optional.empty();
    }

    /** Contexts are filed under the hash of their names. */
    private static Endpoint context(Path config, String name) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(name.getBytes(StandardCharsets.UTF_8));
        String id = Digest.of(Digest.Algorithm.SHA256, hasher).hex();
        Path meta = config.resolve("contexts/meta").resolve(id).resolve("meta.json");
        String source = "docker context " + name;
        if (!Files.exists(meta)) {
            throw new Failure(Failure.Kind.MISCONFIGURED, TRIED, "there is no " + source + "; `docker context ls` lists those that exist");
        }
        String host = json(meta).path("Endpoints").path("docker").path("Host").asText("");
        Path certificates = config.resolve("contexts/tls").resolve(id).resolve("docker");
        return at(Kind.DOCKER, host, Optional.of(certificates).filter(directory -> host.startsWith("tcp:") && Files.isDirectory(directory)), source);
    }

    private static Endpoint at(Kind kind, String host, Optional<Path> certificates, String source) {
        String scheme = host.split("://", 2)[0].toLowerCase(Locale.ROOT);
        if (scheme.equals("ssh")) {
            throw new Failure(Failure.Kind.MISCONFIGURED, TRIED, source + " names a host by ssh, which Dewpoint doesn't speak; run the agent on that host, or forward its socket with `ssh -L` and name it as unix://PATH");
        }
        try {
            URI address = URI.create(host);
            boolean fits = switch (scheme) {
                case "unix" -> address.getPath() != null && address.getPath().startsWith("/");
                case "tcp" -> address.getHost() != null;
                case "http", "https" -> address.getHost() != null;
                default -> false;
            };
            if (fits) {
                return new Endpoint(kind, scheme.equals("unix") ? address : tcp(address, certificates.isPresent()), certificates, source);
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Failure(Failure.Kind.MISCONFIGURED, TRIED, source + " is neither unix:///PATH nor tcp://HOST:PORT");
    }

    private static URI tcp(URI address, boolean tls) {
        return URI.create("tcp://" + address.getHost() + ":" + (address.getPort() < 0 ? tls ? 2376 : 2375 : address.getPort()));
    }

    private static JsonNode json(Path file) {
        try {
            return new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            // the parser's message may quote the file, which holds passwords
            throw new Failure(Failure.Kind.MISCONFIGURED, TRIED, file + " can't be read as JSON");
        }
    }

    private static Optional<String> set(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    /** What no container may be given unasked. */
    public List<Path> sockets() {
        return socket().stream().toList();
    }
}
