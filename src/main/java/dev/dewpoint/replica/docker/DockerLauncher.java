package dev.dewpoint.replica.docker;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Images;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Replicas that are containers: published on 127.0.0.1 alone, and known again by their labels. */
public final class DockerLauncher implements Launcher, Images {
    private static final Duration SILENCE = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final int LINES = 50;
    private static final int MOST_NAMES = 8;
    private static final String NAME_TAKEN = "a container of that name exists already";
    private static final String LOCAL = "docker://";
    private static final String REMOTE = "img://";

    /**
     * How containers of one app are run.
     *
     * @param source        the registry that is followed, without its options
     * @param base          what their names begin with
     * @param command       instead of the image's
     * @param configuration tells these settings from others
     * @param agentUser     {@code uid:gid} for images that would run as root
     */
    public record Plan(Owner owner, String source, String base, RunOptions options, List<String> command, String configuration, String agentUser) {
        public Plan {
            command = List.copyOf(command);
        }
    }

    /** An image that is here. */
    private record Local(Image image, boolean checksItself) implements Prepared {
        @Override
        public String text() {
            return image.name().toString();
        }

        @Override
        public List<Integer> ports() {
            return image.tcpPorts();
        }
    }

    private final Docker docker;
    private final Plan plan;
    private final Function<String, Optional<Login>> logins;
    private final Pulls pulls;
    private final Time time;

    /** @param logins who we are at a registry, by its host */
    public DockerLauncher(Docker docker, Plan plan, Function<String, Optional<Login>> logins, Pulls pulls, Time time) {
        this.docker = docker;
        this.plan = plan;
        this.logins = logins;
        this.pulls = pulls;
        this.time = time;
    }

    @Override
    public String text(Artifact artifact) {
        return image(artifact).reference();
    }

    @Override
    public Prepared fetch(Artifact artifact, Progress progress) throws InterruptedException {
        Artifact.Image wanted = image(artifact);
        ImageName name = plan.source().startsWith(LOCAL) ? ImageName.local(wanted.manifest()) : ImageName.of(wanted.repository(), wanted.manifest());
        boolean here = docker.image(name).isPresent();
        String host = wanted.repository().substring(0, Math.max(0, wanted.repository().indexOf('/')));
        Image image = docker.pull(name, here ? Optional.empty() : logins.apply(host), SILENCE, at -> progress.at(at.doneBytes(), at.totalBytes()));
        if (!plan.source().startsWith(LOCAL)) {
            pulls.note(wanted.repository(), wanted.manifest(), !here, time.now());
        }
        return local(image);
    }

    private static Artifact.Image image(Artifact artifact) {
        return switch (artifact) {
            case Artifact.Image image -> image;
            case Artifact.Archive archive -> throw new Failure(Failure.Kind.MISCONFIGURED, "run " + archive.fileName(), "it is a file and no container image; `dewpoint server` and `dewpoint assets` deploy files");
        };
    }

    @Override
    public Optional<Prepared> here(String source, Digest digest, String release) throws InterruptedException {
        ImageName name = source.startsWith(REMOTE) ? ImageName.of(source.substring(REMOTE.length()), digest) : ImageName.local(digest);
        return docker.image(name).map(this::local);
    }

    private Prepared local(Image image) {
        RunOptions.Healthcheck check = plan.options().healthcheck();
        return new Local(image, !check.disabled() && (image.hasHealthcheck() || check.command().isPresent()));
    }

    @Override
    public String configuration() {
        return plan.configuration();
    }

    @Override
    public String name(Order order) {
        return plan.base() + "-" + order.deployedAt().getEpochSecond() + "-" + order.number();
    }

    /** Replicas of one second would have one name: later ones take the next. */
    @Override
    public Replica start(Order order) throws InterruptedException {
        Order named = order;
        for (int tries = 1; ; tries++) {
            try {
                return started(named);
            } catch (Failure failure) {
                if (tries == MOST_NAMES || !failure.why().contains(NAME_TAKEN)) {
                    throw failure;
                }
                named = new Order(order.prepared(), order.version(), order.digest(), order.attempt(), order.number(), order.ports(), order.deployedAt().plusSeconds(tries));
            }
        }
    }

    private Replica started(Order order) throws InterruptedException {
        Local local = (Local) order.prepared();
        Labels labels = new Labels(plan.owner(), plan.source(), order.version().text(), order.digest(), order.number(), order.attempt(), plan.configuration(), order.deployedAt());
        List<Creation.Published> ports = order.ports().stream().map(port -> new Creation.Published(port.inside(), port.here())).toList();
        Owned owned = docker.start(new Creation(name(order), labels, plan.options(), local.image(), plan.command(), ports, plan.agentUser()));
        Container started;
        try {
            started = docker.look(owned).orElseThrow(() -> new Failure(Failure.Kind.APP, "start " + owned.name(), "it is gone already; was it run with --rm, or removed by somebody?"));
        } catch (Failure failure) {
            docker.remove(owned);
            throw failure;
        }
        return replica(started);
    }

    private Replica replica(Container container) {
        Map<Integer, InetSocketAddress> doors = new HashMap<>();
        container.hostPorts().forEach((inside, here) -> doors.put(inside, new InetSocketAddress(InetAddress.getLoopbackAddress(), here)));
        Labels labels = container.labels();
        return new Replica(container.handle().id(), container.handle().name(), labels.replica(), labels.attempt(), labels.digest(), labels.config(), doors, container.state().isRunning(),
                container.startedAt().orElse(Instant.EPOCH));
    }

    @Override
    public List<Replica> all() throws InterruptedException {
        return docker.containers(plan.owner()).stream().map(this::replica).toList();
    }

    @Override
    public Says says(Replica replica) throws InterruptedException {
        return docker.container(plan.owner(), replica.id()).map(container -> switch (container.health()) {
            case NONE -> Says.NOTHING;
            case STARTING -> Says.STARTING;
            case HEALTHY -> Says.READY;
            case UNHEALTHY -> Says.UNREADY;
        }).orElse(Says.UNREADY);
    }

    @Override
    public Optional<String> end(Replica replica) throws InterruptedException {
        Optional<Container> now = docker.container(plan.owner(), replica.id());
        if (now.isEmpty()) {
            return Optional.of("its container is gone");
        }
        return now.filter(container -> !container.state().isRunning()).map(DockerLauncher::how);
    }

    private static String how(Container container) {
        if (!container.error().isEmpty()) {
            return container.error();
        }
        return container.outOfMemory() ? "it ran out of memory" : how(container.exitCode());
    }

    private static String how(int exitCode) {
        return "exit code " + exitCode + (exitCode > 128 && exitCode < 160 ? " (signal " + (exitCode - 128) + ")" : "");
    }

    /** The engine holds the port before the container starts. */
    @Override
    public boolean lostItsPort(Replica replica) {
        return false;
    }

    @Override
    public String lastOutput(Replica replica) throws InterruptedException {
        try {
            Optional<Container> container = docker.container(plan.owner(), replica.id());
            return container.isEmpty() ? "" : docker.lastOutput(container.get().handle(), LINES);
        } catch (Failure unreadable) {
            return "";
        }
    }

    @Override
    public void stop(Replica replica, Duration grace) throws InterruptedException {
        Optional<Container> container = docker.container(plan.owner(), replica.id());
        if (container.isEmpty()) {
            return;
        }
        Duration patience = plan.options().program().stopSeconds().isPresent() ? Duration.ofSeconds(plan.options().program().stopSeconds().getAsInt()) : grace;
        docker.stop(container.get().handle(), patience);
        docker.remove(container.get().handle());
    }

    /** Only what we pulled, of repositories that we deployed from, in the order in which we did; and never one that is used. */
    @Override
    public List<String> prune(int keep, Set<Digest> spare) throws InterruptedException {
        List<String> removed = new ArrayList<>();
        for (Pulls.Pulled pulled : pulls.beyond(keep, spare)) {
            ImageName name = ImageName.of(pulled.repository(), pulled.digest());
            if (docker.remove(name)) {
                pulls.forget(pulled);
                removed.add(name.toString());
            }
        }
        return removed;
    }

    @Override
    public Watching watch(Watch watch) {
        Thread watcher = Thread.ofVirtual().name("events of " + plan.owner().app()).start(() -> follow(watch));
        return watcher::interrupt;
    }

    /** Until interrupted. Whatever breaks the stream, it is taken up again where it was. */
    private void follow(Watch watch) {
        Listening listening = new Listening(watch);
        Duration pause = FIRST_PAUSE;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    docker.watch(plan.owner().root(), listening.last, listening);
                } catch (Failure broken) {
                    pause = listening.connected ? FIRST_PAUSE : pause;
                    listening.connected = false;
                    time.sleep(pause);
                    Duration twice = pause.plus(pause);
                    pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of the watcher's thread. */
    private final class Listening implements dev.dewpoint.replica.docker.Watch {
        private final Launcher.Watch watch;
        private Optional<Instant> last = Optional.empty();
        private boolean connected;

        Listening(Launcher.Watch watch) {
            this.watch = watch;
        }

        @Override
        public void connected() {
            connected = true;
            watch.missed();
        }

        @Override
        public void happened(ContainerEvent event) {
            last = Optional.of(event.at());
            if (!event.labels().owner().equals(plan.owner())) {
                return;
            }
            switch (event.action()) {
                case "die", "destroy" -> watch.ended(event.id(), event.exitCode().isPresent() ? how(event.exitCode().getAsInt()) : "it was removed");
                case "start", "restart" -> watch.missed();
                case String action when action.startsWith("health_status") -> watch.changed(event.id());
                default -> { }
            }
        }
    }
}
