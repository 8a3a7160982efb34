package dev.dewpoint.replica.docker;

import dev.dewpoint.host.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * What stands after {@code --}: how every replica of an app is run.
 *
 * @param name        the base of the containers' names
 * @param environment values are shown nowhere
 */
public record RunOptions(Optional<String> name, Map<String, Secret> environment, Map<String, String> labels, Program program, Storage storage, Resources resources,
        Networking networking, Logging logging, Healthcheck healthcheck, Privileges privileges) {

    /** @param entrypoint empty text: none, the command alone */
    public record Program(Optional<String> entrypoint, Optional<String> user, Optional<String> directory, Optional<String> hostname, boolean init,
            Optional<String> stopSignal, OptionalInt stopSeconds, List<String> groups) {
        public Program {
            groups = List.copyOf(groups);
        }
    }

    /**
     * @param source a path for a bind, a name for a volume; empty: a volume of the container's own
     * @param mode   what stood after the last colon: {@code ro}, {@code z}, …; empty if nothing
     */
    public record Volume(String source, String target, String mode) {}

    public enum MountKind { BIND, VOLUME, TMPFS }

    /** One {@code --mount}, its keys under docker's first name for them. */
    public record Mounted(MountKind kind, String source, String target, boolean readOnly, Map<String, String> options) {
        public Mounted {
            options = Map.copyOf(options);
        }
    }

    /** @param tmpfs options by path */
    public record Storage(List<Volume> volumes, List<Mounted> mounts, Map<String, String> tmpfs, boolean readOnly, OptionalLong sharedBytes) {
        public Storage {
            volumes = List.copyOf(volumes);
            mounts = List.copyOf(mounts);
            tmpfs = Map.copyOf(tmpfs);
        }
    }

    public record Limit(long soft, long hard) {}

    /** @param count -1: all; 0: those of the ids */
    public record Gpus(String driver, int count, List<String> ids, List<String> capabilities) {
        public Gpus {
            ids = List.copyOf(ids);
            capabilities = List.copyOf(capabilities);
        }
    }

    /** @param swapBytes memory and swap together; -1: no limit */
    public record Resources(OptionalLong nanoCpus, OptionalLong memoryBytes, OptionalLong swapBytes, OptionalInt processes, OptionalInt oomScore,
            Map<String, Limit> limits, Map<String, String> kernel, Optional<Gpus> gpus) {
        public Resources {
            limits = Map.copyOf(limits);
            kernel = Map.copyOf(kernel);
        }
    }

    public record Attachment(String network, List<String> aliases) {
        public Attachment {
            aliases = List.copyOf(aliases);
        }
    }

    /** @param networks the first is the one that the replica's port is published from */
    public record Networking(List<Attachment> networks, List<String> hosts, List<String> nameservers) {
        public Networking {
            networks = List.copyOf(networks);
            hosts = List.copyOf(hosts);
            nameservers = List.copyOf(nameservers);
        }
    }

    public record Logging(Optional<String> driver, Map<String, String> options) {
        public Logging {
            options = Map.copyOf(options);
        }
    }

    /** What is said here replaces that part of the image's own. */
    public record Healthcheck(boolean disabled, Optional<String> command, Optional<Duration> interval, Optional<Duration> timeout, Optional<Duration> startPeriod, OptionalInt retries) {
        public boolean isEmpty() {
            return !disabled && command.isEmpty() && interval.isEmpty() && timeout.isEmpty() && startPeriod.isEmpty() && retries.isEmpty();
        }
    }

    /** What only --allow-dangerous-run-options lets pass, and what takes rights away. */
    public record Privileges(boolean privileged, Map<String, String> namespaces, List<String> devices, List<String> capabilitiesAdded, List<String> capabilitiesDropped,
            List<String> security, List<String> volumesFrom) {
        public Privileges {
            namespaces = Map.copyOf(namespaces);
            devices = List.copyOf(devices);
            capabilitiesAdded = List.copyOf(capabilitiesAdded);
            capabilitiesDropped = List.copyOf(capabilitiesDropped);
            security = List.copyOf(security);
            volumesFrom = List.copyOf(volumesFrom);
        }
    }

    public RunOptions {
        environment = Map.copyOf(environment);
        labels = Map.copyOf(labels);
    }

    /** Every problem names its option and what to do; where there is one, the options are not to be used. */
    public record Parsed(RunOptions options, List<String> problems) {
        public Parsed {
            problems = List.copyOf(problems);
        }
    }

    public static Parsed parse(List<String> words, Surroundings surroundings) {
        List<String> problems = new ArrayList<>();
        Map<Option, List<String>> given = Arguments.read(words, problems);
        RunOptions options = new OptionReader(given, surroundings, problems).options();
        return new Parsed(options, problems);
    }

    public static RunOptions none() {
        return new OptionReader(Map.of(), new Surroundings(Map.of(), Path.of("/"), List.of(), false, Disk.local()), new ArrayList<>()).options();
    }

    /** The names alone: values may be secrets, in the environment as in labels or the options of a log driver. */
    @Override
    public String toString() {
        return "RunOptions[environment=" + new TreeSet<>(environment.keySet()) + "]";
    }

    /** The same for the same settings, in whatever order they were given; it tells nothing of them to who lacks the key. */
    public String configHash(byte[] key) {
        return ConfigHash.of(this, key);
    }
}
