package dev.dewpoint.replica.docker;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every option of docker's {@code run}: even one that we don't take has to be read with its value, or the rest would be read wrongly. */
enum Option {
    ENV("env", 'e'), ENV_FILE("env-file"), VOLUME("volume", 'v'), MOUNT("mount"), TMPFS("tmpfs"), CPUS("cpus"), MEMORY("memory", 'm'), MEMORY_SWAP("memory-swap"),
    ENTRYPOINT("entrypoint"), USER("user", 'u'), WORKDIR("workdir", 'w'), NAME("name"), LABEL("label", 'l'), NETWORK("network"), NETWORK_ALIAS("network-alias"),
    ADD_HOST("add-host"), DNS("dns"), ULIMIT("ulimit"), SYSCTL("sysctl"), SHM_SIZE("shm-size"), READ_ONLY("read-only", Form.SWITCH), INIT("init", Form.SWITCH),
    HOSTNAME("hostname", 'h'), LOG_DRIVER("log-driver"), LOG_OPT("log-opt"), STOP_SIGNAL("stop-signal"), STOP_TIMEOUT("stop-timeout"),
    HEALTH_CMD("health-cmd"), HEALTH_INTERVAL("health-interval"), HEALTH_TIMEOUT("health-timeout"), HEALTH_RETRIES("health-retries"), HEALTH_START_PERIOD("health-start-period"),
    NO_HEALTHCHECK("no-healthcheck", Form.SWITCH), GPUS("gpus"), GROUP_ADD("group-add"), OOM_SCORE_ADJ("oom-score-adj"), PIDS_LIMIT("pids-limit"), CAP_DROP("cap-drop"),

    DETACH("detach", 'd', "replicas always run in the background; leave it out"),
    INTERACTIVE("interactive", 'i', "nobody sits in front of a replica; leave it out"),
    TTY("tty", 't', "nobody sits in front of a replica; leave it out"),
    PUBLISH("publish", 'p', Form.VALUE, "replicas are published on 127.0.0.1 only, behind the proxy; say -p PROXY:CONTAINER before the --"),
    PUBLISH_ALL("publish-all", 'P', "replicas are published on 127.0.0.1 only, behind the proxy; say -p PROXY:CONTAINER before the --"),
    RM("rm", '\0', "Dewpoint removes its containers itself, after it has read their last output; leave it out"),
    RESTART("restart", '\0', Form.VALUE, "Dewpoint replaces a replica that dies, and a container that the engine restarts comes back on another port; leave it out"),
    LABEL_FILE("label-file", '\0', Form.VALUE, "labels have to be visible here; write them as --label NAME=VALUE"),
    CIDFILE("cidfile", '\0', Form.VALUE, "several replicas can't share one file; `dewpoint status` lists the containers"),

    PRIVILEGED("privileged", Form.SWITCH), PID("pid"), IPC("ipc"), UTS("uts"), USERNS("userns"), CGROUPNS("cgroupns"), DEVICE("device"), CAP_ADD("cap-add"), SECURITY_OPT("security-opt"), VOLUMES_FROM("volumes-from"),

    PLATFORM("platform", '\0', Stance.FOREIGN), ATTACH("attach", 'a', Stance.FOREIGN), CPU_SHARES("cpu-shares", 'c', Stance.FOREIGN), LINK("link", '\0', Stance.FOREIGN), EXPOSE("expose", '\0', Stance.FOREIGN),
    ANNOTATION("annotation", '\0', Stance.FOREIGN), BLKIO_WEIGHT("blkio-weight", '\0', Stance.FOREIGN), BLKIO_WEIGHT_DEVICE("blkio-weight-device", '\0', Stance.FOREIGN),
    CGROUP_PARENT("cgroup-parent", '\0', Stance.FOREIGN), CPU_COUNT("cpu-count", '\0', Stance.FOREIGN), CPU_PERCENT("cpu-percent", '\0', Stance.FOREIGN),
    CPU_PERIOD("cpu-period", '\0', Stance.FOREIGN), CPU_QUOTA("cpu-quota", '\0', Stance.FOREIGN), CPU_RT_PERIOD("cpu-rt-period", '\0', Stance.FOREIGN),
    CPU_RT_RUNTIME("cpu-rt-runtime", '\0', Stance.FOREIGN), CPUSET_CPUS("cpuset-cpus", '\0', Stance.FOREIGN), CPUSET_MEMS("cpuset-mems", '\0', Stance.FOREIGN),
    DETACH_KEYS("detach-keys", '\0', Stance.FOREIGN), DEVICE_CGROUP_RULE("device-cgroup-rule", '\0', Stance.FOREIGN), DEVICE_READ_BPS("device-read-bps", '\0', Stance.FOREIGN),
    DEVICE_READ_IOPS("device-read-iops", '\0', Stance.FOREIGN), DEVICE_WRITE_BPS("device-write-bps", '\0', Stance.FOREIGN), DEVICE_WRITE_IOPS("device-write-iops", '\0', Stance.FOREIGN),
    DNS_OPTION("dns-option", '\0', Stance.FOREIGN), DNS_OPT("dns-opt", '\0', Stance.FOREIGN), DNS_SEARCH("dns-search", '\0', Stance.FOREIGN), DOMAINNAME("domainname", '\0', Stance.FOREIGN),
    HEALTH_START_INTERVAL("health-start-interval", '\0', Stance.FOREIGN), IO_MAXBANDWIDTH("io-maxbandwidth", '\0', Stance.FOREIGN), IO_MAXIOPS("io-maxiops", '\0', Stance.FOREIGN),
    IP("ip", '\0', Stance.FOREIGN), IP6("ip6", '\0', Stance.FOREIGN), ISOLATION("isolation", '\0', Stance.FOREIGN), KERNEL_MEMORY("kernel-memory", '\0', Stance.FOREIGN),
    LINK_LOCAL_IP("link-local-ip", '\0', Stance.FOREIGN), MAC_ADDRESS("mac-address", '\0', Stance.FOREIGN), MEMORY_RESERVATION("memory-reservation", '\0', Stance.FOREIGN),
    MEMORY_SWAPPINESS("memory-swappiness", '\0', Stance.FOREIGN), PULL("pull", '\0', Stance.FOREIGN), RUNTIME("runtime", '\0', Stance.FOREIGN),
    STORAGE_OPT("storage-opt", '\0', Stance.FOREIGN), VOLUME_DRIVER("volume-driver", '\0', Stance.FOREIGN),
    OOM_KILL_DISABLE("oom-kill-disable", Form.SWITCH, Stance.FOREIGN), SIG_PROXY("sig-proxy", Form.SWITCH, Stance.FOREIGN), DISABLE_CONTENT_TRUST("disable-content-trust", Form.SWITCH, Stance.FOREIGN),
    QUIET("quiet", Form.SWITCH, Stance.FOREIGN), USE_API_SOCKET("use-api-socket", Form.SWITCH, Stance.FOREIGN);

    /** Whether a value follows, or the name alone says it. */
    enum Form { VALUE, SWITCH }

    enum Stance { TAKEN, REFUSED, FOREIGN }

    private static final Map<String, Option> BY_NAME = Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(option -> option.name, Function.identity()));
    private static final Map<Character, Option> BY_LETTER = Arrays.stream(values()).filter(option -> option.letter != '\0').collect(Collectors.toUnmodifiableMap(option -> option.letter, Function.identity()));
    /** Names that docker still understands and no longer shows. */
    private static final Map<String, Option> HIDDEN = Map.of("net", NETWORK, "net-alias", NETWORK_ALIAS);

    private final String name;
    private final char letter;
    private final Form form;
    private final Stance stance;
    private final String reason;

    Option(String name) {
        this(name, '\0', Form.VALUE, Stance.TAKEN, "");
    }

    Option(String name, char letter) {
        this(name, letter, Form.VALUE, Stance.TAKEN, "");
    }

    Option(String name, Form form) {
        this(name, '\0', form, Stance.TAKEN, "");
    }

    Option(String name, char letter, String refused) {
        this(name, letter, Form.SWITCH, Stance.REFUSED, refused);
    }

    Option(String name, char letter, Form form, String refused) {
        this(name, letter, form, Stance.REFUSED, refused);
    }

    Option(String name, char letter, Stance stance) {
        this(name, letter, Form.VALUE, stance, "");
    }

    Option(String name, Form form, Stance stance) {
        this(name, '\0', form, stance, "");
    }

    Option(String name, char letter, Form form, Stance stance, String reason) {
        this.name = name;
        this.letter = letter;
        this.form = form;
        this.stance = stance;
        this.reason = reason;
    }

    static Optional<Option> named(String name) {
        return Optional.ofNullable(BY_NAME.getOrDefault(name, HIDDEN.get(name)));
    }

    static Optional<Option> lettered(char letter) {
        return Optional.ofNullable(BY_LETTER.get(letter));
    }

    boolean isSwitch() {
        return form == Form.SWITCH;
    }

    Stance stance() {
        return stance;
    }

    String reason() {
        return reason;
    }

    @Override
    public String toString() {
        return letter == '\0' ? "--" + name : "-" + letter + "/--" + name;
    }
}
