package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.BindOptions;
import com.github.dockerjava.api.model.BindPropagation;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.DeviceRequest;
import com.github.dockerjava.api.model.Driver;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.LogConfig.LoggingType;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import com.github.dockerjava.api.model.TmpfsOptions;
import com.github.dockerjava.api.model.Ulimit;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.api.model.VolumeOptions;
import com.github.dockerjava.api.model.VolumesFrom;
import dev.dewpoint.replica.docker.RunOptions.Mounted;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A replica to be, in the words of the engine's API. */
final class CreateCall {
    private static final String LOOPBACK = "127.0.0.1";
    /** On Linux. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("cached", "delegated", "consistent");

    private final Creation creation;
    private final RunOptions options;

    CreateCall(Creation creation) {
        this.creation = creation;
        options = creation.options();
    }

    CreateContainerCmd on(DockerClient client) {
        RunOptions.Program program = options.program();
        Map<String, String> labels = new HashMap<>(options.labels());
        labels.putAll(creation.labels().print());
        CreateContainerCmd call = client.createContainerCmd(creation.image().name().toString()).withName(creation.name()).withLabels(labels).withHostConfig(host())
                .withExposedPorts(creation.ports().stream().map(port -> ExposedPort.tcp(port.container())).distinct().toList())
                .withEnv(options.environment().entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue().value()).sorted().toList())
                .withUser(user()).withVolumes(options.storage().volumes().stream().filter(volume -> volume.source().isEmpty()).map(volume -> new Volume(volume.target())).toList());
        program.entrypoint().ifPresent(entrypoint -> call.withEntrypoint(entrypoint.isEmpty() ? List.of("") : List.of(entrypoint)));
        if (!creation.command().isEmpty()) {
            call.withCmd(creation.command());
        }
        program.directory().ifPresent(call::withWorkingDir);
        program.hostname().ifPresent(call::withHostName);
        program.stopSignal().ifPresent(call::withStopSignal);
        program.stopSeconds().ifPresent(call::withStopTimeout);
        options.networking().networks().stream().findFirst().filter(network -> !network.aliases().isEmpty()).ifPresent(network -> call.withAliases(network.aliases()));
        if (!options.healthcheck().isEmpty()) {
            call.withHealthcheck(health(options.healthcheck()));
        }
        return call;
    }

    /** -u decides; an image that chose a user of its own keeps it; none runs as root by itself unless the agent does. */
    private String user() {
        return options.program().user().orElse(creation.image().isRoot() ? creation.agentUser() : creation.image().user());
    }

    private static HealthCheck health(RunOptions.Healthcheck options) {
        HealthCheck check = new HealthCheck();
        if (options.disabled()) {
            return check.withTest(List.of("NONE"));
        }
        options.command().ifPresent(command -> check.withTest(List.of("CMD-SHELL", command)));
        options.interval().map(Duration::toNanos).ifPresent(check::withInterval);
        options.timeout().map(Duration::toNanos).ifPresent(check::withTimeout);
        options.startPeriod().map(Duration::toNanos).ifPresent(check::withStartPeriod);
        options.retries().ifPresent(check::withRetries);
        return check;
    }

    private HostConfig host() {
        HostConfig host = HostConfig.newHostConfig().withPortBindings(creation.ports().stream().map(CreateCall::binding).toList());
        storage(host, options.storage());
        resources(host, options.resources());
        networking(host, options.networking());
        privileges(host, options.privileges());
        if (options.program().init()) {
            host.withInit(true);
        }
        if (!options.program().groups().isEmpty()) {
            host.withGroupAdd(options.program().groups());
        }
        RunOptions.Logging logging = options.logging();
        if (logging.driver().isPresent() || !logging.options().isEmpty()) {
            host.withLogConfig(new LogConfig(logging.driver().map(LoggingType::fromValue).orElse(LoggingType.DEFAULT), logging.options()));
        }
        return host;
    }

    private static PortBinding binding(Creation.Published port) {
        return new PortBinding(port.host() == 0 ? Binding.bindIp(LOOPBACK) : Binding.bindIpAndPort(LOOPBACK, port.host()), ExposedPort.tcp(port.container()));
    }

    private static void storage(HostConfig host, RunOptions.Storage storage) {
        List<Bind> binds = storage.volumes().stream().filter(volume -> !volume.source().isEmpty()).map(CreateCall::bind).toList();
        if (!binds.isEmpty()) {
            host.withBinds(binds);
        }
        if (!storage.mounts().isEmpty()) {
            host.withMounts(storage.mounts().stream().map(CreateCall::mount).toList());
        }
        if (!storage.tmpfs().isEmpty()) {
            host.withTmpFs(storage.tmpfs());
        }
        if (storage.readOnly()) {
            host.withReadonlyRootfs(true);
        }
        storage.sharedBytes().ifPresent(host::withShmSize);
    }

    private static Bind bind(RunOptions.Volume volume) {
        String mode = Stream.of(volume.mode().split(",")).filter(word -> !word.isEmpty() && !WITHOUT_EFFECT.contains(word)).collect(Collectors.joining(","));
        return Bind.parse(volume.source() + ":" + volume.target() + (mode.isEmpty() ? "" : ":" + mode));
    }

    private static Mount mount(Mounted mounted) {
        Map<String, String> options = mounted.options();
        Mount mount = new Mount().withTarget(mounted.target()).withReadOnly(mounted.readOnly());
        switch (mounted.kind()) {
            case BIND -> {
                mount.withType(MountType.BIND).withSource(mounted.source());
                Optional.ofNullable(options.get("bind-propagation")).ifPresent(word -> mount.withBindOptions(new BindOptions().withPropagation(BindPropagation.valueOf(word.startsWith("r") ? "R_" + word.substring(1).toUpperCase(Locale.ROOT) : word.toUpperCase(Locale.ROOT)))));
            }
            case VOLUME -> mount.withType(MountType.VOLUME).withSource(mounted.source()).withVolumeOptions(volume(options));
            case TMPFS -> mount.withType(MountType.TMPFS).withTmpfsOptions(tmpfs(options));
        }
        return mount;
    }

    private static VolumeOptions volume(Map<String, String> options) {
        VolumeOptions volume = new VolumeOptions().withNoCopy(Boolean.parseBoolean(options.getOrDefault("volume-nocopy", "false"))).withLabels(pairs(options.get("volume-label")));
        return options.containsKey("volume-driver") || options.containsKey("volume-opt") ? volume.withDriverConfig(new Driver().withName(options.getOrDefault("volume-driver", "")).withOptions(pairs(options.get("volume-opt")))) : volume;
    }

    private static TmpfsOptions tmpfs(Map<String, String> options) {
        TmpfsOptions tmpfs = new TmpfsOptions();
        OptionalLong size = options.containsKey("tmpfs-size") ? Amount.bytes(options.get("tmpfs-size")) : OptionalLong.empty();
        size.ifPresent(tmpfs::withSizeBytes);
        Optional.ofNullable(options.get("tmpfs-mode")).map(mode -> Integer.parseInt(mode, 8)).ifPresent(tmpfs::withMode);
        return tmpfs;
    }

    /** Given several times, a key's values stand one a line. */
    private static Map<String, String> pairs(String lines) {
        Map<String, String> read = new HashMap<>();
        if (lines != null) {
            lines.lines().forEach(line -> read.put(line.split("=", 2)[0], line.contains("=") ? line.split("=", 2)[1] : ""));
        }
        return read;
    }

    private static void resources(HostConfig host, RunOptions.Resources resources) {
        resources.nanoCpus().ifPresent(host::withNanoCPUs);
        resources.memoryBytes().ifPresent(host::withMemory);
        resources.swapBytes().ifPresent(host::withMemorySwap);
        resources.processes().ifPresent(most -> host.withPidsLimit((long) most));
        resources.oomScore().ifPresent(host::withOomScoreAdj);
        if (!resources.limits().isEmpty()) {
            host.withUlimits(resources.limits().entrySet().stream().map(limit -> new Ulimit(limit.getKey(), limit.getValue().soft(), limit.getValue().hard())).toList());
        }
        if (!resources.kernel().isEmpty()) {
            host.withSysctls(resources.kernel());
        }
        resources.gpus().ifPresent(gpus -> host.withDeviceRequests(List.of(new DeviceRequest().withDriver(gpus.driver()).withCount(gpus.count()).withDeviceIds(gpus.ids().isEmpty() ? null : gpus.ids()).withCapabilities(List.of(gpus.capabilities())))));
    }

    private static void networking(HostConfig host, RunOptions.Networking networking) {
        networking.networks().stream().findFirst().ifPresent(network -> host.withNetworkMode(network.network()));
        if (!networking.hosts().isEmpty()) {
            host.withExtraHosts(networking.hosts().toArray(String[]::new));
        }
        if (!networking.nameservers().isEmpty()) {
            host.withDns(networking.nameservers());
        }
    }

    private static void privileges(HostConfig host, RunOptions.Privileges privileges) {
        Map<String, String> namespaces = privileges.namespaces();
        Optional.ofNullable(namespaces.get("pid")).ifPresent(host::withPidMode);
        Optional.ofNullable(namespaces.get("ipc")).ifPresent(host::withIpcMode);
        Optional.ofNullable(namespaces.get("uts")).ifPresent(host::withUtSMode);
        Optional.ofNullable(namespaces.get("userns")).ifPresent(host::withUsernsMode);
        Optional.ofNullable(namespaces.get("cgroupns")).ifPresent(host::withCgroupnsMode);
        if (privileges.privileged()) {
            host.withPrivileged(true);
        }
        if (!privileges.devices().isEmpty()) {
            host.withDevices(privileges.devices().stream().map(Device::parse).toList());
        }
        if (!privileges.capabilitiesAdded().isEmpty()) {
            host.withCapAdd(privileges.capabilitiesAdded().stream().map(Capability::valueOf).toArray(Capability[]::new));
        }
        if (!privileges.capabilitiesDropped().isEmpty()) {
            host.withCapDrop(privileges.capabilitiesDropped().stream().map(Capability::valueOf).toArray(Capability[]::new));
        }
        if (!privileges.security().isEmpty()) {
            host.withSecurityOpts(privileges.security());
        }
        if (!privileges.volumesFrom().isEmpty()) {
            host.withVolumesFrom(privileges.volumesFrom().stream().map(VolumesFrom::parse).toList());
        }
    }
}
