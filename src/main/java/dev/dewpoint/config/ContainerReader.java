package dev.dewpoint.config;

import dev.dewpoint.health.Check;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.replica.docker.Disk;
import dev.dewpoint.replica.docker.Endpoint;
import dev.dewpoint.replica.docker.RunOptions;
import dev.dewpoint.replica.docker.Surroundings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads and checks all flags of {@code dewpoint container}, and the run options behind them. */
public final class ContainerReader {
    /** Whatever stands before a container accepts a connection, so that alone proves nothing. */
    private static final Check HELD = new Check.Held(Duration.ofMillis(100));

    private final Flags flags;
    private final List<String> runOptions;
    private final Problems problems;
    private final Secrets secrets;
    private final Path workingDirectory;
    private final Values values;

    public ContainerReader(Flags flags, List<String> runOptions, Problems problems, Secrets secrets, Path workingDirectory) {
        this.flags = flags;
        this.runOptions = runOptions;
        this.problems = problems;
        this.secrets = secrets;
        this.workingDirectory = workingDirectory;
        this.values = new Values(flags, problems);
    }

    /** Empty if there are problems. */
    public Optional<ContainerSettings> read(Path home) {
        if (values.yes("--once")) {
            problems.add("--once is for `dewpoint assets`: nothing would look after the containers afterwards; leave it away");
        }
        Optional<Settings> common = new SettingsReader(flags, problems, secrets, workingDirectory).readImages();
        String app = common.map(Settings::app).orElse("app");
        ReplicaFlags replicaFlags = new ReplicaFlags(values, problems);
        int replicas = replicaFlags.replicas();
        Rollouts.Strategy strategy = replicaFlags.strategy();
        Duration ready = replicaFlags.ready();
        List<DoorText> doors = doors();
        OptionalInt first = replicaFlags.first(replicas, doors, doors.stream().map(DoorText::inside).distinct().count());
        Balance balance = replicaFlags.balance();
        Optional<ProxySettings> proxy = new ProxySettingsReader(flags, problems, secrets, workingDirectory).read(usual -> {
            RouteOptions options = replicaFlags.options(usual, HELD);
            RouteOptions ofStreams = replicaFlags.streamOptions(usual, HELD);
            return RouteFlags.of(doors.stream().map(door -> door.route(app, balance, door.stream() ? ofStreams : options)).toList(), problems);
        });
        Optional<Endpoint> engine = engine(home);
        RunOptions options = runOptions(engine);
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        Rollouts rollouts = new Rollouts(replicas, strategy, ready, proxy.orElseThrow().drainTime(), first, values.yes("--rollback-on-crash", true));
        List<String> command = flags.all("--cmd").stream().map(Flags.Value::text).toList();
        return Optional.of(new ContainerSettings(common.orElseThrow(), proxy.orElseThrow(), doors.stream().map(DoorText::inside).toList(), rollouts, engine.orElseThrow(), options, command,
                values.yes("--follow-moved-tags"), values.yes("--stop-apps")));
    }

    private List<DoorText> doors() {
        List<DoorText> doors = DoorText.all(values);
        OptionalInt container = values.optional("--container-port", HostText::port).map(OptionalInt::of).orElse(OptionalInt.empty());
        if (flags.all("--port").isEmpty()) {
            problems.add("--port is not set: name the port that takes requests, such as --port 8000, or --port 8000:8080 if the image exposes several");
        }
        List<DoorText> led = new ArrayList<>();
        for (DoorText door : doors) {
            if (container.isPresent() && door.inside().isPresent() && door.inside().getAsInt() != container.getAsInt()) {
                problems.add(door.given().origin() + " " + door.given().text() + ": it leads to the port " + door.inside().getAsInt() + " in the container, and --container-port says " + container.getAsInt() + "; leave one of them away");
            }
            led.add(door.leadingTo(container));
        }
        return led;
    }

    private Optional<Endpoint> engine(Path home) {
        Endpoint.Kind kind = values.choice("--runtime", Endpoint.Kind.DOCKER, Endpoint.Kind.class);
        try {
            return Optional.of(Endpoint.resolve(kind, flags.environment(), home));
        } catch (RuntimeException e) {
            problems.add(e.getMessage());
            return Optional.empty();
        }
    }

    private RunOptions runOptions(Optional<Endpoint> engine) {
        Map<String, String> environment = flags.environment();
        Surroundings surroundings = new Surroundings(environment, workingDirectory, engine.map(Endpoint::sockets).orElse(List.of()), values.yes("--allow-dangerous-run-options"), Disk.local());
        RunOptions.Parsed parsed = RunOptions.parse(runOptions, surroundings);
        parsed.problems().forEach(problems::add);
        parsed.options().environment().values().forEach(secret -> secrets.noted(secret.value()));
        return parsed.options();
    }
}
