package dev.dewpoint.config;

import dev.dewpoint.health.Check;
import dev.dewpoint.host.Limits;
import dev.dewpoint.host.Secret;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.replica.docker.Disk;
import dev.dewpoint.replica.docker.RunOptions;
import dev.dewpoint.replica.docker.Surroundings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Reads and checks all flags of {@code dewpoint server}, and the command behind them. */
public final class ServerReader {
    private static final Check CONNECTS = new Check.Tcp();
    /** What only the proxy can do. */
    private static final List<String> OF_THE_PROXY = List.of("--balance", "--strategy", "--replica-port-start", "--bind", "--tls-cert", "--tls-key", "--tls-port", "--redirect-https", "--trusted-proxy", "--expose-status", "--access-log", "--access-log-file", "--health-interval");

    private enum HandoverName { SOCKETS, PROXY, STOP_FIRST, START_FIRST }

    private enum AppLogName { FILE, INHERIT }

    private final Flags flags;
    private final List<String> command;
    private final Problems problems;
    private final Secrets secrets;
    private final Path workingDirectory;
    private final Values values;
    private final ReplicaFlags replicaFlags;

    public ServerReader(Flags flags, List<String> command, Problems problems, Secrets secrets, Path workingDirectory) {
        this.flags = flags;
        this.command = List.copyOf(command);
        this.problems = problems;
        this.secrets = secrets;
        this.workingDirectory = workingDirectory;
        this.values = new Values(flags, problems);
        this.replicaFlags = new ReplicaFlags(values, problems);
    }

    /** Empty if there are problems. */
    public Optional<ServerSettings> read() {
        if (values.yes("--once")) {
            problems.add("--once is for `dewpoint assets`: nothing would look after the processes afterwards; leave it away");
        }
        if (command.isEmpty()) {
            problems.add("there is no command: say behind -- what is run, as in `dewpoint server … -- ./current/app`");
        }
        Optional<Settings> common = new SettingsReader(flags, problems, secrets, workingDirectory).readProcesses();
        String app = common.map(Settings::app).orElse("app");
        int replicas = replicaFlags.replicas();
        Duration ready = replicaFlags.ready();
        Duration grace = values.duration("--start-grace", Duration.ofSeconds(1), Duration.ZERO, Duration.ofMinutes(10));
        if (grace.compareTo(ready) >= 0) {
            problems.add("--start-grace " + Values.words(grace) + ": it is part of --health-timeout " + Values.words(ready) + ", which has to be longer");
        }
        Duration drain = values.duration("--drain-time", RouteOptions.USUAL.drainTime(), Duration.ZERO, Duration.ofDays(1));
        HandoverName name = handoverName();
        List<DoorText> doors = name == HandoverName.PROXY ? DoorText.all(values) : List.of();
        OptionalInt first = replicaFlags.first(replicas, doors, doors.size());
        Rollouts.Strategy strategy = name == HandoverName.STOP_FIRST ? Rollouts.Strategy.HOLD : replicaFlags.strategy();
        Optional<ServerSettings.Handover> handover = handover(name, app, doors);
        Limits limits = limits();
        Map<String, Secret> environment = environmentFiles();
        AppLogName log = values.choice("--app-log", flags.environment().containsKey("JOURNAL_STREAM") ? AppLogName.INHERIT : AppLogName.FILE, AppLogName.class);
        boolean goesBack = values.yes("--rollback-on-crash", true);
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ServerSettings(common.orElseThrow(), handover.orElseThrow(), new Rollouts(replicas, strategy, ready, drain, first, goesBack), command, environment, grace, limits, log == AppLogName.INHERIT));
    }

    private HandoverName handoverName() {
        boolean ports = !flags.all("--port").isEmpty();
        HandoverName usual = !ports ? HandoverName.STOP_FIRST : flags.one("--replicas").isPresent() ? HandoverName.PROXY : HandoverName.SOCKETS;
        HandoverName name = values.read("--handover", usual, ServerReader::handoverName);
        boolean forPorts = name == HandoverName.SOCKETS || name == HandoverName.PROXY;
        if (ports != forPorts) {
            problems.add("--handover " + word(name) + ": " + (ports ? "it is for apps without a port; with --port it is sockets or proxy" : "it needs a --port to hand over; without one it is stop-first or start-first"));
            return usual;
        }
        if (name == HandoverName.SOCKETS && flags.one("--replicas").isPresent()) {
            problems.add("--replicas: several processes stand behind the proxy; say --handover proxy, or leave --handover away");
        }
        if (name != HandoverName.PROXY) {
            OF_THE_PROXY.stream().filter(flag -> !flags.all(flag).isEmpty()).forEach(flag -> problems.add(flag + ": it takes the proxy; add --handover proxy, or --replicas"));
        }
        if (!ports && flags.one("--health-path").isPresent()) {
            problems.add("--health-path: an app without a --port can't be asked; leave it away");
        }
        return name;
    }

    private static HandoverName handoverName(String text) {
        return Stream.of(HandoverName.values()).filter(name -> word(name).equals(text)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("it is sockets or proxy, and stop-first or start-first for what has no port" + Problems.didYouMean(text, Stream.of(HandoverName.values()).map(ServerReader::word).toList())));
    }

    private static String word(HandoverName name) {
        return switch (name) {
            case SOCKETS -> "sockets";
            case PROXY -> "proxy";
            case STOP_FIRST -> "stop-first";
            case START_FIRST -> "start-first";
        };
    }

    private Optional<ServerSettings.Handover> handover(HandoverName name, String app, List<DoorText> doors) {
        return switch (name) {
            case STOP_FIRST, START_FIRST -> Optional.of(new ServerSettings.Handover.Workers());
            case SOCKETS -> Optional.of(new ServerSettings.Handover.Sockets(ports(), replicaFlags.healthPath()));
            case PROXY -> {
                Balance balance = replicaFlags.balance();
                List<DoorText> led = doors.stream().map(this::leadingToItself).toList();
                yield new ProxySettingsReader(flags, problems, secrets, workingDirectory).read(usual -> {
                    RouteOptions options = replicaFlags.options(usual, CONNECTS);
                    RouteOptions ofStreams = replicaFlags.streamOptions(usual, CONNECTS);
                    return RouteFlags.of(led.stream().map(door -> door.route(app, balance, door.stream() ? ofStreams : options)).toList(), problems);
                }).map(ServerSettings.Handover.Proxy::new);
            }
        };
    }

    /** A process knows its ports by the public ones that they stand for. */
    private DoorText leadingToItself(DoorText door) {
        if (door.inside().isPresent()) {
            problems.add(door.given().origin() + " " + door.given().text() + ": a process is told its port, in PORT; leave away what stands behind the colon");
        }
        return new DoorText(door.given(), door.port(), OptionalInt.of(door.port()), door.stream());
    }

    private List<ServerSettings.Port> ports() {
        List<ServerSettings.Port> ports = new ArrayList<>();
        for (Flags.Value value : flags.all("--port")) {
            for (String element : Values.elements(value.text())) {
                values.read(new Flags.Value(value.origin(), element), PortText::parse).ifPresent(ports::addAll);
            }
        }
        ports.stream().filter(port -> ports.indexOf(port) != ports.lastIndexOf(port)).distinct().forEach(port -> problems.add("--port " + port.number() + ": it is given twice; leave one away"));
        return ports;
    }

    private Limits limits() {
        Optional<Long> memory = values.optional("--memory", text -> {
            long bytes = Values.bytes(text);
            if (bytes < 1 << 20) {
                throw new IllegalArgumentException("nothing runs in less than 1M");
            }
            return bytes;
        });
        OptionalInt files = flags.one("--nofile").isEmpty() ? OptionalInt.empty() : OptionalInt.of(values.number("--nofile", 1024, 16, 1 << 20));
        OptionalInt nice = flags.one("--nice").isEmpty() ? OptionalInt.empty() : OptionalInt.of(values.number("--nice", 0, -20, 19));
        return new Limits(memory.map(OptionalLong::of).orElse(OptionalLong.empty()), files, nice);
    }

    /** By the rules of docker's --env-file, as everywhere. */
    private Map<String, Secret> environmentFiles() {
        List<String> words = flags.all("--env-file").stream().flatMap(value -> Stream.of("--env-file", value.text())).toList();
        RunOptions.Parsed parsed = RunOptions.parse(words, new Surroundings(flags.environment(), workingDirectory, List.of(), false, Disk.local()));
        parsed.problems().forEach(problems::add);
        parsed.options().environment().values().forEach(secret -> secrets.noted(secret.value()));
        return parsed.options().environment();
    }
}
