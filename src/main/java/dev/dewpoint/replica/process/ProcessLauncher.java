package dev.dewpoint.replica.process;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Child;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.ExitStatus;
import dev.dewpoint.host.Family;
import dev.dewpoint.host.Launch;
import dev.dewpoint.host.Limits;
import dev.dewpoint.host.Listener;
import dev.dewpoint.host.Posix;
import dev.dewpoint.host.Signal;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Replicas that are processes of this agent: each in a group of its own, started from its release's directory, ended with all that it started. */
public final class ProcessLauncher implements Launcher {
    private static final int LINES = 50;
    private static final int FIRST_SOCKET = 3;
    private static final Duration AFTER_KILL = Duration.ofSeconds(10);
    private static final Pattern IN_USE = Pattern.compile("(?i)address (is )?already in use|address in use|EADDRINUSE|port \\d+ is (already )?(in use|taken|occupied)");
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

    /**
     * How processes of one app are run.
     *
     * @param root    where they are run
     * @param command with what stands below {@code current/} as it was given
     * @param mark    what tells processes of this app from others, whoever started them
     * @param grace   how long one has to stay up before it counts as started
     */
    public record Plan(Path root, String app, List<String> command, Map<String, String> environment, String mark, Reach reach, Duration grace, Limits limits) {
        public Plan {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    /** A release that is unpacked. */
    private record Unpacked(String release, boolean checksItself) implements Prepared {
        @Override
        public String text() {
            return release;
        }

        @Override
        public List<Integer> ports() {
            return List.of();
        }
    }

    /** {@code gone}: how it ended, once nothing of it is left. */
    private record Running(Replica replica, int generation, Child child, Output output, String mark, long startNanos, CompletableFuture<String> gone) {}

    private final Plan plan;
    private final CommandLine command;
    private final ReleaseDirectory releases;
    private final AppLog log;
    private final FreePorts ports;
    private final Time time;
    private final AtomicInteger generations = new AtomicInteger();
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    public ProcessLauncher(Plan plan, ReleaseDirectory releases, AppLog log, FreePorts ports, Time time) {
        this.plan = plan;
        this.command = new CommandLine(plan.root(), plan.command(), plan.environment());
        this.releases = releases;
        this.log = log;
        this.ports = ports;
        this.time = time;
    }

    /** Ends what an earlier agent left running of the app with this mark; how many there were. */
    public static int endOrphans(String mark, Time time) throws InterruptedException {
        return new Commands(time).endMarked(Commands.MARK, mark);
    }

    @Override
    public Optional<Prepared> here(String source, Digest digest, String release) {
        if (!releases.exists(release)) {
            return Optional.empty();
        }
        command.program(release);
        return Optional.of(new Unpacked(release, !(plan.reach() instanceof Reach.Ports)));
    }

    @Override
    public String configuration() {
        return "";
    }

    @Override
    public String name(Order order) {
        String base = plan.app() + "-" + order.deployedAt().getEpochSecond() + "-" + order.number();
        Set<String> taken = Set.copyOf(running.values().stream().map(one -> one.replica().name()).toList());
        return IntStream.iterate(1, n -> n + 1).mapToObj(n -> n == 1 ? base : base + "." + n).filter(name -> !taken.contains(name)).findFirst().orElseThrow();
    }

    @Override
    public Replica start(Order order) {
        int generation = generations.incrementAndGet();
        String name = name(order);
        Map<Integer, Integer> own = new HashMap<>();
        order.ports().forEach(port -> own.put(port.inside(), port.here() == 0 ? ports.take() : port.here()));
        List<Integer> inOrder = order.ports().stream().map(port -> own.get(port.inside())).toList();
        String mark = plan.mark() + generation + ".";
        String release = order.prepared().text();
        List<String> words = command.of(release, inOrder);
        Optional<Output> opened = Optional.empty();
        Output output;
        Child child;
        try {
            output = log.begin(name);
            opened = Optional.of(output);
            child = Posix.start(new Launch(words, environment(order, own, generation, mark), plan.root(), output.stdout(), output.stderr(), sockets(), plan.limits()));
        } catch (IOException e) {
            opened.ifPresent(Output::ended);
            own.values().forEach(ports::give);
            throw new Failure(Failure.Kind.APP, "start " + plan.command().getFirst(), e.getMessage(), e);
        }
        Map<Integer, InetSocketAddress> doors = new HashMap<>();
        own.forEach((inside, here) -> doors.put(inside, new InetSocketAddress(HERE, here)));
        Replica replica = new Replica(child.pid() + "." + generation, name, order.number(), order.attempt(), order.digest(), configuration(), doors, true, time.now());
        Running one = new Running(replica, generation, child, output, mark, time.nanos(), new CompletableFuture<>());
        running.put(replica.id(), one);
        child.whenEnded(() -> Thread.ofVirtual().name("end of " + name).start(() -> bury(one)));
        return replica;
    }

    private List<Listener> sockets() {
        return plan.reach() instanceof Reach.Sockets sockets ? sockets.listeners() : List.of();
    }

    private Map<String, String> environment(Order order, Map<Integer, Integer> own, int generation, String mark) {
        Map<String, String> all = new HashMap<>(plan.environment());
        all.put(Commands.MARK, mark);
        all.put("SERVER_STARTER_GENERATION", Integer.toString(generation));
        all.put("REPLICA", Integer.toString(order.number()));
        List<Listener> sockets = sockets();
        if (!sockets.isEmpty()) {
            all.put("SERVER_STARTER_PORT", String.join(";", IntStream.range(0, sockets.size()).mapToObj(i -> sockets.get(i).key() + "=" + (FIRST_SOCKET + i)).toList()));
            all.put("LISTEN_FDS", Integer.toString(sockets.size()));
            all.put("LISTEN_FDNAMES", String.join(":", sockets.stream().map(socket -> socket.key().replace(':', '_')).toList()));
        }
        for (int i = 0; i < order.ports().size(); i++) {
            int inside = order.ports().get(i).inside();
            all.put(i == 0 ? "PORT" : "PORT_" + inside, own.get(inside).toString());
        }
        return all;
    }

    /** What it started goes with it. */
    private void bury(Running one) {
        String how = "it has ended";
        try {
            how = words(new Family(one.child(), one.mark(), time).end(Duration.ZERO).status());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        one.output().ended();
        one.replica().doors().values().forEach(door -> ports.give(door.getPort()));
        one.gone().complete(how);
        for (Watch watch : watches) {
            watch.ended(one.replica().id(), how);
        }
    }

    private static String words(ExitStatus status) {
        return switch (status) {
            case ExitStatus.Exited exited -> "exit code " + exited.code();
            case ExitStatus.Killed killed -> "killed by signal " + killed.signal();
        };
    }

    @Override
    public List<Replica> all() {
        return running.values().stream().map(one -> one.child().hasEnded() ? ended(one.replica()) : one.replica()).toList();
    }

    private static Replica ended(Replica replica) {
        return new Replica(replica.id(), replica.name(), replica.number(), replica.attempt(), replica.digest(), replica.configuration(), replica.doors(), false, replica.startedAt());
    }

    /** One that shares its sockets with others has to answer by its own number, if it tells one. */
    @Override
    public Says says(Replica replica) {
        Running one = running.get(replica.id());
        if (one == null || one.child().hasEnded()) {
            return Says.UNREADY;
        }
        return switch (plan.reach()) {
            case Reach.Ports _ -> Says.NOTHING;
            case Reach.Nothing _ -> isUp(one) ? Says.READY : Says.STARTING;
            case Reach.Sockets sockets -> isUp(one) && sockets.inquiry().map(inquiry -> answers(inquiry, one)).orElse(true) ? Says.READY : Says.STARTING;
        };
    }

    private boolean isUp(Running one) {
        return time.since(one.startNanos()).compareTo(plan.grace()) >= 0;
    }

    private static boolean answers(Reach.Inquiry inquiry, Running one) {
        Reach.Inquiry.Answer answer = inquiry.ask();
        return answer.good() && answer.generation().map(generation -> generation.equals(Integer.toString(one.generation()))).orElse(true);
    }

    @Override
    public Optional<String> end(Replica replica) throws InterruptedException {
        Running one = running.get(replica.id());
        if (one == null) {
            return Optional.of("it is gone");
        }
        return one.child().hasEnded() ? Optional.of(gone(one)) : Optional.empty();
    }

    private static String gone(Running one) throws InterruptedException {
        try {
            return one.gone().get(AFTER_KILL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException stuck) {
            return "it has ended, and what it started does not end";
        }
    }

    @Override
    public boolean lostItsPort(Replica replica) {
        boolean taken = replica.doors().values().stream().anyMatch(door -> !ports.isFree(door.getPort()));
        Running one = running.get(replica.id());
        return !replica.doors().isEmpty() && one != null && one.child().hasEnded() && (taken || IN_USE.matcher(lastOutput(replica)).find());
    }

    @Override
    public String lastOutput(Replica replica) {
        Running one = running.get(replica.id());
        return one == null ? "" : one.output().tail(LINES);
    }

    @Override
    public void stop(Replica replica, Duration grace) throws InterruptedException {
        Running one = running.get(replica.id());
        if (one == null) {
            return;
        }
        one.child().signal(Signal.TERM);
        if (!one.child().awaitEnd(grace)) {
            one.child().signalGroup(Signal.KILL);
            if (!one.child().awaitEnd(AFTER_KILL)) {
                throw new Failure(Failure.Kind.TIMED_OUT, "end " + replica.name(), "its process " + one.child().pid() + " doesn't end, not even killed");
            }
        }
        gone(one);
        running.remove(replica.id());
    }

    /** Whoever is on the way out, or still there, ends now. */
    public void hasten() {
        running.values().forEach(one -> one.child().signalGroup(Signal.KILL));
    }

    @Override
    public Watching watch(Watch watch) {
        watches.add(watch);
        return () -> watches.remove(watch);
    }
}
