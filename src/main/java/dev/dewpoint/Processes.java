package dev.dewpoint;

import dev.dewpoint.config.ServerSettings;
import dev.dewpoint.deploy.Door;
import dev.dewpoint.deploy.Running;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.health.Check;
import dev.dewpoint.health.Prober;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.health.Verdict;
import dev.dewpoint.host.Listener;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Membership;
import dev.dewpoint.proxy.ProxyObserver;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.process.AppLog;
import dev.dewpoint.replica.process.FreePorts;
import dev.dewpoint.replica.process.ProcessLauncher;
import dev.dewpoint.replica.process.Reach;
import dev.dewpoint.replica.process.ReleaseDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** The objects of an app that runs as processes of the agent. */
final class Processes implements Runner {
    private static final String GENERATION = "Dewpoint-Generation";

    private final ServerSettings settings;
    private final Optional<DataPlane> plane;
    private final List<Listener> listeners;
    private final AppLog output;
    private final ProcessLauncher launcher;
    private final List<Door> doors;
    private final Prober prober;

    /** What an earlier agent left is ended before anything is bound: it may hold the very ports. */
    Processes(ServerSettings settings, Map<String, String> own, Map<String, String> environment, ReleaseDirectory releases, ProxyObserver observer, Log log, Time time) {
        this.settings = settings;
        this.prober = new Prober(time);
        Path root = settings.common().root();
        String mark = mark(settings);
        endOrphans(mark, log, time);
        this.listeners = switch (settings.handover()) {
            case ServerSettings.Handover.Sockets sockets -> bound(sockets.ports(), inherited(own), log);
            case ServerSettings.Handover.Proxy _, ServerSettings.Handover.Workers _ -> List.of();
        };
        this.plane = switch (settings.handover()) {
            case ServerSettings.Handover.Proxy proxy -> Optional.of(new DataPlane(proxy.settings(), observer, log, time));
            case ServerSettings.Handover.Sockets _, ServerSettings.Handover.Workers _ -> Optional.empty();
        };
        this.doors = plane.map(Processes::doors).orElse(List.of());
        this.output = opened(root, settings, time);
        Reach reach = switch (settings.handover()) {
            case ServerSettings.Handover.Sockets sockets -> new Reach.Sockets(listeners, sockets.healthPath().map(this::inquiry));
            case ServerSettings.Handover.Proxy _ -> new Reach.Ports();
            case ServerSettings.Handover.Workers _ -> new Reach.Nothing();
        };
        ProcessLauncher.Plan plan = new ProcessLauncher.Plan(root, settings.common().app(), settings.command(), environment, mark, reach, settings.grace(), settings.limits());
        this.launcher = new ProcessLauncher(plan, releases, output, new FreePorts(RandomGenerator.getDefault()), time);
    }

    private static AppLog opened(Path root, ServerSettings settings, Time time) {
        Path directory = root.resolve(".dewpoint").resolve("log");
        String app = settings.common().app();
        try {
            return settings.inheritLog() ? AppLog.passingOn(directory, app, time) : AppLog.open(directory, app, settings.common().logging().format(), time);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "keep what the app prints in " + directory, "this host could not: " + e, e);
        }
    }

    /** One app's mark is never the beginning of another's. */
    private static String mark(ServerSettings settings) {
        try {
            MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
            hasher.update((settings.common().root().toRealPath() + "\n" + settings.common().app()).getBytes(StandardCharsets.UTF_8));
            return "app-" + Digest.of(Digest.Algorithm.SHA256, hasher).hex().substring(0, 24) + "-";
        } catch (IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "use --root " + settings.common().root(), "its real path can't be had: " + e, e);
        }
    }

    private static void endOrphans(String mark, Log log, Time time) {
        try {
            int ended = ProcessLauncher.endOrphans(mark, time);
            if (ended > 0) {
                log.warn("Ended what an earlier agent left running", "processes", ended);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Listener> inherited(Map<String, String> own) {
        try {
            return Listener.inherited(own);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "take over the sockets of LISTEN_FDS", e.getMessage(), e);
        }
    }

    /** Sockets that systemd holds for us outlive us; the others are our own. */
    private static List<Listener> bound(List<ServerSettings.Port> ports, List<Listener> inherited, Log log) {
        List<Listener> all = new ArrayList<>();
        for (ServerSettings.Port port : ports) {
            Optional<Listener> given = inherited.stream().filter(listener -> listener.address().getPort() == port.number() && port.address().map(address -> address.equals(listener.address().getAddress())).orElse(listener.address().getAddress().isAnyLocalAddress())).findFirst();
            all.add(given.orElseGet(() -> bind(port)));
            log.info("Listening", "port", port.number(), "protocol", "handed on", "from", given.isPresent() ? "systemd" : "here");
        }
        inherited.stream().filter(listener -> !all.contains(listener)).forEach(listener -> log.warn("A socket of systemd's fits no --port, and is left alone", "address", listener.key()));
        return all;
    }

    private static Listener bind(ServerSettings.Port port) {
        try {
            return Listener.bind(port.address(), port.number());
        } catch (IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "listen on port " + port.number(), e.getMessage(), e);
        }
    }

    private static List<Door> doors(DataPlane plane) {
        List<Membership> memberships = plane.memberships();
        List<Route> routes = plane.routes();
        return IntStream.range(0, routes.size()).mapToObj(i -> new Door(routes.get(i), memberships.get(i), OptionalInt.of(routes.get(i).rule().match().port()))).toList();
    }

    /** At the first port, where whoever takes the connection answers. */
    private Reach.Inquiry inquiry(String path) {
        InetSocketAddress at = listeners.getFirst().address();
        InetSocketAddress address = at.getAddress().isAnyLocalAddress() ? new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), at.getPort()) : at;
        Check.Http check = new Check.Http(path, 200, 299, Optional.empty());
        return () -> {
            Prober.Heard heard = prober.hear(check, address, Rhythm.USUAL.timeout(), GENERATION);
            return new Reach.Inquiry.Answer(heard.verdict() instanceof Verdict.Ready, heard.value());
        };
    }

    @Override
    public Optional<DataPlane> plane() {
        return plane;
    }

    @Override
    public Running running() {
        return new Running(launcher, doors, settings.rollouts(), prober, settings.handover() instanceof ServerSettings.Handover.Sockets);
    }

    /** They are children of the agent, and hold its sockets. */
    @Override
    public boolean endsWithAgent() {
        return true;
    }

    @Override
    public void hasten() {
        launcher.hasten();
    }

    @Override
    public void close() {
        plane.ifPresent(DataPlane::close);
        listeners.forEach(Listener::close);
        output.close();
    }
}
