package dev.dewpoint.config;

import dev.dewpoint.host.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Secrets by name: from the environment, from the file that {@code <NAME>_FILE} names, or from a systemd credential
 * ({@code LoadCredential=github-token:…} for {@code GITHUB_TOKEN}). Remembers what it gave out, so that it can be kept
 * out of every output.
 */
public final class Secrets {
    private static final long LARGEST = 64 << 10;

    private final Map<String, String> environment;
    private final Problems problems;
    private final List<Secret> given = new ArrayList<>();
    private final Set<String> asked = new LinkedHashSet<>();

    public Secrets(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    public Optional<Secret> find(String name) {
        asked.add(name);
        Optional<String> found = plain(name).or(() -> plain(name + "_FILE").flatMap(file -> read(name + "_FILE", Path.of(file)))).or(() -> credential(name));
        Optional<Secret> secret = found.filter(value -> !value.isBlank()).map(Secret::new);
        secret.ifPresent(given::add);
        return secret;
    }

    /** Not secret, but found beside secrets. */
    public Optional<String> plain(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    public List<Secret> given() {
        return List.copyOf(given);
    }

    /** The names of those that were looked for, found or not. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /** A secret in a file that a variable of another name points to. */
    Optional<Secret> file(String origin, Path file) {
        Optional<Secret> secret = read(origin, file).filter(value -> !value.isBlank()).map(Secret::new);
        secret.ifPresent(given::add);
        return secret;
    }

    /** A secret that stands in a URL of the user's. */
    public Secret noted(String value) {
        Secret secret = new Secret(value);
        given.add(secret);
        return secret;
    }

    private Optional<String> credential(String name) {
        return plain("CREDENTIALS_DIRECTORY").flatMap(directory -> {
            Path byName = Path.of(directory, name);
            Path byDashes = Path.of(directory, name.toLowerCase(Locale.ROOT).replace('_', '-'));
            Path file = Files.exists(byName) ? byName : byDashes;
            return Files.exists(file) ? read("credential " + file.getFileName(), file) : Optional.empty();
        });
    }

    private Optional<String> read(String origin, Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                problems.add(origin + " " + file + ": it is too large for a secret");
                return Optional.empty();
            }
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            problems.add(origin + " " + file + ": it can't be read (" + e.getClass().getSimpleName() + "); check the path and the permissions");
            return Optional.empty();
        }
    }
}
