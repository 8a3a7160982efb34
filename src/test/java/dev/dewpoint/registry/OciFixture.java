package dev.dewpoint.registry;

import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import dev.dewpoint.release.VersionOrder;
import dev.dewpoint.testing.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A client as Main would put it together, whose clock the test sets. */
final class OciFixture implements AutoCloseable {
    static final Platform LINUX = new Platform("linux", "amd64");
    static final RegistryCredential.Password LOGIN = new RegistryCredential.Password("dew", new Secret("p0int-secret"));

    final ManualTime time = new ManualTime();
    final Http http = new Http(time, Credentials.none(), "dewpoint/test", Duration.ofSeconds(10));

    OciRegistry anonymous(String place) {
        return registry(OciRepository.parse(place, Optional.empty(), Set.of()), RegistryCredentials.Given.nothing());
    }

    OciRegistry withLogin(String place) {
        return withLogin(OciRepository.parse(place, Optional.empty(), Set.of()));
    }

    OciRegistry withLogin(OciRepository repository) {
        return registry(repository, new RegistryCredentials.Given(Optional.empty(), Optional.of(LOGIN), Optional.empty(), Map.of()));
    }

    OciRegistry registry(OciRepository repository, RegistryCredentials.Given given) {
        return new OciRegistry(http, repository, new RegistryCredentials(given, new Commands(Time.system())), LINUX, time);
    }

    static List<String> tags(Registry registry) {
        return registry.tags().stream().map(candidate -> candidate.tag().text()).toList();
    }

    static Version version(String tag) {
        return VersionOrder.semver().inImageTags(Optional.empty()).parse(new Tag(tag)).orElseThrow();
    }

    static Artifact.Image image(Registry registry, String tag) {
        Resolution resolution = registry.resolve(version(tag));
        if (resolution instanceof Resolution.Found found && found.release().artifact() instanceof Artifact.Image image) {
            return image;
        }
        throw new AssertionError(resolution);
    }

    static Resolution.NotYet notYet(Registry registry, String tag) {
        if (registry.resolve(version(tag)) instanceof Resolution.NotYet pending) {
            return pending;
        }
        throw new AssertionError(tag + " was found");
    }

    @Override
    public void close() {
        http.close();
    }
}
