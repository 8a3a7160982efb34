package dev.dewpoint;

import dev.dewpoint.config.ContainerSettings;
import dev.dewpoint.deploy.Door;
import dev.dewpoint.deploy.Running;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Prober;
import dev.dewpoint.host.Durable;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Membership;
import dev.dewpoint.proxy.ProxyObserver;
import dev.dewpoint.registry.LocalImages;
import dev.dewpoint.registry.RegistryCredential;
import dev.dewpoint.registry.RegistryCredentials;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Images;
import dev.dewpoint.replica.docker.Docker;
import dev.dewpoint.replica.docker.DockerLauncher;
import dev.dewpoint.replica.docker.Image;
import dev.dewpoint.replica.docker.ImageName;
import dev.dewpoint.replica.docker.Login;
import dev.dewpoint.replica.docker.Owner;
import dev.dewpoint.replica.docker.Pulls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The objects of an app that runs in containers behind the proxy. */
final class Containers implements Runner, LocalImages.Engine {
    private static final int KEY_BYTES = 32;

    private final ContainerSettings settings;
    private final DataPlane plane;
    private final DockerLauncher launcher;
    private final List<Door> doors;
    private final Docker docker;
    private final Time time;

    Containers(ContainerSettings settings, Map<String, String> own, RegistryCredentials credentials, ProxyObserver observer, Log log, Time time) {
        this.settings = settings;
        this.time = time;
        this.plane = new DataPlane(settings.proxy(), HeldSockets.of(own), observer, log, time);
        this.docker = Docker.at(settings.engine(), time);
        List<Membership> memberships = plane.memberships();
        this.doors = IntStream.range(0, memberships.size()).mapToObj(i -> new Door(plane.routes().get(i), memberships.get(i), settings.inside().get(i))).toList();
        Path records = settings.common().root().resolve(".dewpoint");
        String base = settings.options().name().orElse(settings.common().app());
        DockerLauncher.Plan plan = new DockerLauncher.Plan(owner(settings), settings.common().registry().source(), base, settings.options(), settings.command(), configuration(settings, records), agentUser());
        this.launcher = new DockerLauncher(docker, plan, host -> credentials.forHost(host).map(credential -> login(host, credential)), new Pulls(records.resolve("images")), time);
    }

    @Override
    public Optional<DataPlane> plane() {
        return Optional.of(plane);
    }

    @Override
    public Running running() {
        return new Running(launcher, doors, settings.rollouts(), new Prober(time), false);
    }

    Images images() {
        return launcher;
    }

    @Override
    public boolean endsWithAgent() {
        return settings.stopApps();
    }

    /** The engine ends them, in the time that they were promised. */
    @Override
    public void hasten() {}

    private static Owner owner(ContainerSettings settings) {
        try {
            return new Owner(settings.common().root().toRealPath().toString(), settings.common().app());
        } catch (IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "use --root " + settings.common().root(), "its real path can't be had: " + e, e);
        }
    }

    private static Login login(String host, RegistryCredential credential) {
        return switch (credential) {
            case RegistryCredential.Password password -> new Login(host, Optional.of(password.user()), password.secret());
            case RegistryCredential.IdentityToken token -> new Login(host, Optional.empty(), token.secret());
        };
    }

    /** Whatever a container is made of besides its image. The key keeps labels from telling what is in it. */
    private static String configuration(ContainerSettings settings, Path records) {
        byte[] key = key(records.resolve("key"));
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(key);
        for (String part : List.of(settings.options().configHash(key), settings.command().toString(), settings.inside().toString(), agentUser())) {
            hasher.update((part.length() + ":" + part).getBytes(StandardCharsets.UTF_8));
        }
        return Digest.of(Digest.Algorithm.SHA256, hasher).hex().substring(0, 32);
    }

    private static byte[] key(Path file) {
        try {
            if (!Files.exists(file) || Files.size(file) != KEY_BYTES) {
                byte[] fresh = new byte[KEY_BYTES];
                new SecureRandom().nextBytes(fresh);
                Durable.write(file, fresh, "rw-------");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "keep " + file, "this host could not: " + e, e);
        }
    }

    private static String agentUser() {
        try {
            Path self = Path.of("/proc/self");
            return Files.getAttribute(self, "unix:uid") + ":" + Files.getAttribute(self, "unix:gid");
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "find out who runs this agent", "it can't be read: " + e, e);
        }
    }

    @Override
    public Map<Tag, Digest> tags(String image) {
        return uncut("list the images of " + image, () -> {
            Map<Tag, Digest> tags = new HashMap<>();
            docker.images(image).forEach(local -> local.tags().forEach(text -> Tag.parse(text).ifPresent(tag -> tags.put(tag, local.id()))));
            return tags;
        });
    }

    @Override
    public Optional<Platform> platform(Digest id) {
        return uncut("look at the image " + id, () -> docker.image(ImageName.local(id)).map(Image::platform));
    }

    private interface Step<T> {
        T run() throws InterruptedException;
    }

    /** An interrupt is the agent's end; whoever judges the failure sees the mark. */
    private static <T> T uncut(String tried, Step<T> step) {
        try {
            return step.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the agent is ending", e);
        }
    }

    @Override
    public void close() {
        plane.close();
        docker.close();
    }
}
