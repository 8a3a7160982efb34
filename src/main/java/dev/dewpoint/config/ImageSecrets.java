package dev.dewpoint.config;

import dev.dewpoint.host.Secret;
import dev.dewpoint.registry.RegistryCredential;
import dev.dewpoint.registry.RegistryCredentials;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** {@code DOCKER_*}, and GitHub's token for its registry of images. */
public final class ImageSecrets {
    private ImageSecrets() {}

    /** @param environment of this process, for credential helpers and to find Docker's directory */
    public static RegistryCredentials.Given read(Secrets secrets, Problems problems, Map<String, String> environment) {
        Optional<Path> docker = secrets.plain("DOCKER_CONFIG").map(Path::of).or(() -> secrets.plain("HOME").map(home -> Path.of(home, ".docker")));
        Optional<Secret> gitHub = secrets.find("GH_TOKEN").or(() -> secrets.find("GITHUB_TOKEN"));
        return new RegistryCredentials.Given(docker, login(secrets, problems), gitHub, environment);
    }

    private static Optional<RegistryCredential.Password> login(Secrets secrets, Problems problems) {
        Optional<String> user = secrets.plain("DOCKER_USERNAME");
        Optional<Secret> password = secrets.find("DOCKER_PASSWORD");
        if (user.isPresent() != password.isPresent()) {
            problems.add(user.isPresent() ? "DOCKER_PASSWORD is not set: DOCKER_USERNAME is, and a registry wants both" : "DOCKER_USERNAME is not set: DOCKER_PASSWORD is, and a registry wants both");
            return Optional.empty();
        }
        return user.flatMap(name -> password.map(secret -> new RegistryCredential.Password(name.strip(), secret)));
    }
}
