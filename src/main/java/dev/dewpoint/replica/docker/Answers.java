package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.command.HealthState;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.NetworkSettings;
import com.github.dockerjava.api.model.Ports.Binding;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** The engine's answers as our records. Every field may be missing: engines differ. */
final class Answers {
    /** Podman's words, and Docker's for the same. */
    private static final Map<String, String> ACTIONS = Map.of("died", "die", "remove", "destroy");

    private Answers() {}

    /** Empty for what doesn't carry our labels. */
    static Optional<Container> container(InspectContainerResponse answer) {
        Map<String, String> labels = answer.getConfig() == null || answer.getConfig().getLabels() == null ? Map.of() : answer.getConfig().getLabels();
        return Labels.parse(labels).map(ours -> {
            InspectContainerResponse.ContainerState state = answer.getState();
            String name = answer.getName() == null ? "" : answer.getName().replaceFirst("^/", "");
            return new Container(new Owned(answer.getId(), name, ours), state(state.getStatus()), state.getExitCodeLong() == null ? 0 : state.getExitCodeLong().intValue(), Boolean.TRUE.equals(state.getOOMKilled()),
                    health(state.getHealth()), ports(answer.getNetworkSettings()), instant(state.getStartedAt()), instant(state.getFinishedAt()), String.valueOf(answer.getImageId()), state.getError() == null ? "" : state.getError());
        });
    }

    private static Container.State state(String word) {
        return switch (String.valueOf(word).toLowerCase(Locale.ROOT)) {
            case "running" -> Container.State.RUNNING;
            case "paused" -> Container.State.PAUSED;
            case "restarting" -> Container.State.RESTARTING;
            case "removing", "stopping" -> Container.State.REMOVING;
            case "exited", "stopped" -> Container.State.EXITED;
            case "dead" -> Container.State.DEAD;
            default -> Container.State.CREATED;
        };
    }

    private static Container.Health health(HealthState health) {
        return switch (health == null || health.getStatus() == null ? "" : health.getStatus()) {
            case "starting" -> Container.Health.STARTING;
            case "healthy" -> Container.Health.HEALTHY;
            case "unhealthy" -> Container.Health.UNHEALTHY;
            default -> Container.Health.NONE;
        };
    }

    private static Map<Integer, Integer> ports(NetworkSettings settings) {
        Map<Integer, Integer> ports = new HashMap<>();
        if (settings != null && settings.getPorts() != null) {
            settings.getPorts().getBindings().forEach((inside, bindings) -> Stream.ofNullable(bindings).flatMap(Arrays::stream).map(Binding::getHostPortSpec)
                    .filter(spec -> spec != null && spec.matches("[1-9]\\d*")).findFirst().ifPresent(spec -> ports.put(inside.getPort(), Integer.parseInt(spec))));
        }
        return ports;
    }

    static Image image(ImageName name, InspectImageResponse answer) {
        ContainerConfig config = answer.getConfig() == null ? new ContainerConfig() : answer.getConfig();
        List<Image.Port> exposed = config.getExposedPorts() == null ? List.of() : Arrays.stream(config.getExposedPorts()).map(port -> new Image.Port(port.getPort(), port.getProtocol().toString())).toList();
        List<String> check = Optional.ofNullable(config.getHealthcheck()).map(HealthCheck::getTest).orElse(List.of());
        // docker-java has no name for it
        Object signal = answer.getRawValues().get("Config") instanceof Map<?, ?> raw ? raw.get("StopSignal") : null;
        return new Image(name, answer.getId().startsWith("sha256:") ? answer.getId() : "sha256:" + answer.getId(), Platform.of(String.valueOf(answer.getOs()), String.valueOf(answer.getArch())), exposed, config.getUser() == null ? "" : config.getUser(),
                !check.isEmpty() && !check.getFirst().equals("NONE"), check, Optional.ofNullable(signal).map(Object::toString).filter(text -> !text.isBlank()),
                words(config.getEntrypoint()), words(config.getCmd()), answer.getSize() == null ? 0 : answer.getSize());
    }

    private static List<String> words(String[] array) {
        return array == null ? List.of() : List.of(array);
    }

    static Optional<LocalImage> localImage(String repository, com.github.dockerjava.api.model.Image answer) {
        String familiar = ImageName.familiar(repository);
        List<String> tags = words(answer.getRepoTags()).stream().filter(name -> name.lastIndexOf(':') > name.lastIndexOf('/') && ImageName.familiar(name.substring(0, name.lastIndexOf(':'))).equals(familiar)).map(name -> name.substring(name.lastIndexOf(':') + 1)).toList();
        List<Digest> digests = words(answer.getRepoDigests()).stream().filter(name -> name.contains("@") && ImageName.familiar(name.split("@", 2)[0]).equals(familiar)).map(name -> Digest.parse(name.split("@", 2)[1])).flatMap(Optional::stream).toList();
        Optional<Digest> id = Digest.parse(answer.getId());
        return id.isEmpty() || tags.isEmpty() && digests.isEmpty() ? Optional.empty() : Optional.of(new LocalImage(id.get(), tags, digests, answer.getSize() == null ? 0 : answer.getSize()));
    }

    /** Labels come among an event's attributes. */
    static Optional<ContainerEvent> event(Event answer) {
        if (answer.getActor() == null || answer.getActor().getAttributes() == null || answer.getAction() == null) {
            return Optional.empty();
        }
        Map<String, String> attributes = answer.getActor().getAttributes();
        long nanos = answer.getTimeNano() != null ? answer.getTimeNano() : answer.getTime() != null ? answer.getTime() * 1_000_000_000L : 0;
        String exit = attributes.getOrDefault("exitCode", attributes.getOrDefault("containerExitCode", ""));
        OptionalInt exitCode = exit.matches("-?\\d{1,9}") ? OptionalInt.of(Integer.parseInt(exit)) : OptionalInt.empty();
        return Labels.parse(attributes).map(labels -> new ContainerEvent(answer.getActor().getId(), attributes.getOrDefault("name", ""), labels, ACTIONS.getOrDefault(answer.getAction(), answer.getAction()), exitCode, Instant.ofEpochSecond(nanos / 1_000_000_000L, nanos % 1_000_000_000L)));
    }

    /** Engines write year 1 for never. */
    private static Optional<Instant> instant(String text) {
        try {
            return Optional.ofNullable(text).map(OffsetDateTime::parse).map(OffsetDateTime::toInstant).filter(instant -> instant.isAfter(Instant.EPOCH));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
