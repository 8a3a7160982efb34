package dev.dewpoint.replica.docker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What would give a container the host. Paths are judged by where they lead, not by how they are written. */
final class Danger {
    private static final String UNLESS = "; if that is meant, start Dewpoint with --allow-dangerous-run-options";
    private static final List<Path> SOCKETS = Stream.of("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/var/run/podman/podman.sock", "/run/containerd/containerd.sock",
            "/run/crio/crio.sock", "/run/systemd/private", "/run/dbus/system_bus_socket").map(Path::of).toList();
    /** With all that is below them. */
    private static final List<Path> REALMS = Stream.of("/proc", "/sys", "/dev", "/run/docker", "/run/containerd", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers").map(Path::of).toList();
    /** Whole; single files of them are mounted by many. */
    private static final Set<Path> SYSTEM = Set.of(Path.of("/etc"), Path.of("/root"), Path.of("/boot"), Path.of("/usr"), Path.of("/bin"), Path.of("/sbin"), Path.of("/lib"), Path.of("/lib64"), Path.of("/var"), Path.of("/run"), Path.of("/home"));
    private static final Map<Option, Set<String>> HARMLESS = Map.of(Option.IPC, Set.of("none", "private", "shareable", ""), Option.CGROUPNS, Set.of("private", ""), Option.PID, Set.of("", "private"),
            Option.UTS, Set.of("", "private"), Option.USERNS, Set.of(""), Option.SECURITY_OPT, Set.of("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"));

    private final Surroundings surroundings;

    Danger(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Why an option that weakens the walls around a container can't pass; empty if it may. */
    Optional<String> of(Option option, String value) {
        if (surroundings.allowDangerous() || HARMLESS.getOrDefault(option, Set.of()).contains(value.toLowerCase(Locale.ROOT))) {
            return Optional.empty();
        }
        return Optional.of(option + " weakens what keeps a container apart from the host" + UNLESS);
    }

    /** Why a directory or file of the host can't be mounted. */
    Optional<String> ofSource(Option option, Path source) {
        if (surroundings.allowDangerous()) {
            return Optional.empty();
        }
        Path plain = source.normalize();
        return Stream.of(plain, real(plain)).distinct().filter(this::leadsToTheHost).findFirst()
                .map(path -> option + ": mounting " + path + " gives the container the host or its engine" + UNLESS);
    }

    Optional<String> ofVolumeDriver(Option option) {
        return surroundings.allowDangerous() ? Optional.empty() : Optional.of(option + ": options for a volume's driver can mount any directory of the host" + UNLESS);
    }

    private boolean leadsToTheHost(Path path) {
        return SYSTEM.contains(path) || REALMS.stream().anyMatch(realm -> path.startsWith(realm) || realm.startsWith(path))
                || Stream.concat(SOCKETS.stream(), surroundings.engineSockets().stream().flatMap(socket -> Stream.of(socket.normalize(), real(socket.normalize())))).anyMatch(socket -> socket.startsWith(path));
    }

    /** With links followed as far as the path exists. */
    private Path real(Path path) {
        for (Path there = path; there != null; there = there.getParent()) {
            try {
                return surroundings.disk().real(there).resolve(there.relativize(path)).normalize();
            } catch (IOException e) {
                // not there, or not ours to see: what is above it, then
            }
        }
        return path;
    }
}
