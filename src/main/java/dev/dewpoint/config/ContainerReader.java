package dev.dewpoint.config;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Rhythm;
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
    /** Whoever asks while the last replica is being replaced, or the engine restarts, waits rather than being turned away. */
    private static final RouteOptions.Hold HOLD = new RouteOptions.Hold(1_000, Duration.ofSeconds(10));
    private static final Duration HELD = Duration.ofMillis(100);

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
        int replicas = values.number("--replicas", 1, 1, 100);
        Rollouts.Strategy strategy = values.choice("--strategy", Rollouts.Strategy.SWAP, Rollouts.Strategy.class);
        Duration ready = values.duration("--health-timeout", Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofHours(1));
        List<DoorText> doors = doors();
        OptionalInt first = values.optional("--replica-port-start", HostText::port).map(OptionalInt::of).orElse(OptionalInt.empty());
        refuseOverlap(first, replicas, doors);
        Balance balance = values.read("--balance", Balance.ROUND_ROBIN, ContainerReader::balance);
        Optional<ProxySettings> proxy = new ProxySettingsReader(flags, problems, secrets, workingDirectory).read(usual -> {
            RouteOptions options = options(usual);
            return RouteFlags.of(doors.stream().map(door -> door.route(app, balance, door.stream() ? held(options) : options)).toList(), problems);
        });
        Optional<Endpoint> engine = engine(home);
        RunOptions options = runOptions(engine);
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        Rollouts rollouts = new Rollouts(replicas, strategy, ready, proxy.orElseThrow().drainTime(), first);
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

    private void refuseOverlap(OptionalInt first, int replicas, List<DoorText> doors) {
        if (first.isEmpty()) {
            return;
        }
        long inside = Math.max(1, doors.stream().map(DoorText::inside).distinct().count());
        long last = first.getAsInt() + 2L * replicas * inside - 1;
        if (last > 65535) {
            problems.add("--replica-port-start " + first.getAsInt() + ": two generations of " + replicas + " replicas need the ports up to " + last + ", and there are none above 65535");
        }
        doors.stream().filter(door -> door.port() >= first.getAsInt() && door.port() <= last).forEach(door ->
                problems.add("--replica-port-start " + first.getAsInt() + ": the replicas take the ports up to " + last + ", and " + door.port() + " of " + door.given().origin() + " is among them"));
    }

    /** Of an app's replicas: whatever stands before a container accepts a connection, so that alone proves nothing. */
    private RouteOptions options(RouteOptions usual) {
        Optional<String> path = values.optional("--health-path", text -> {
            if (!text.startsWith("/") || text.chars().anyMatch(letter -> letter <= ' ' || letter > '~')) {
                throw new IllegalArgumentException("it is a path, such as /health");
            }
            return text;
        });
        Duration interval = values.duration("--health-interval", Rhythm.USUAL.interval(), Duration.ofMillis(100), Duration.ofHours(1));
        Check check = path.<Check>map(text -> new Check.Http(text, 200, 299, Optional.empty())).orElseGet(() -> new Check.Held(HELD));
        Rhythm rhythm = new Rhythm(interval, Rhythm.USUAL.timeout(), Rhythm.USUAL.rise(), Rhythm.USUAL.fall());
        return new RouteOptions(usual.strip(), usual.host(), usual.h2c(), new RouteOptions.Health(check, rhythm, true), usual.names(), usual.limits(), HOLD, usual.drainTime());
    }

    /** Who speaks no HTTP has no path to ask for. */
    private static RouteOptions held(RouteOptions options) {
        RouteOptions.Health health = options.health();
        return new RouteOptions(options.strip(), options.host(), options.h2c(), new RouteOptions.Health(new Check.Held(HELD), health.rhythm(), health.eject()), options.names(), options.limits(), options.hold(), options.drainTime());
    }

    private static Balance balance(String text) {
        return UpstreamText.balance(text + ":").orElseThrow(() -> new IllegalArgumentException("it is one of round-robin, least-requests, ip-hash, cookie"));
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
