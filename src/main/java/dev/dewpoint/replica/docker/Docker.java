package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.Version;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Platform;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The container engine, as far as replicas need it. For any thread; every call ends by its deadline with an answer or
 * a {@link Failure}. Only containers with our labels are seen, and only they can be touched.
 */
public final class Docker implements AutoCloseable {
    private static final Duration QUICK = Duration.ofSeconds(30);
    /** Making a container may have to wait for a disk; starting one for networks and devices. */
    private static final Duration SLOW = Duration.ofMinutes(2);
    private static final int MOST_OUTPUT = 64 * 1024;

    private final Connection connection;
    private final Time time;
    private final Duration quick;

    private Docker(Endpoint endpoint, Time time, Duration quick) {
        connection = new Connection(endpoint);
        this.time = time;
        this.quick = quick;
    }

    /** Nothing is asked yet: an engine that is away fails the first call, and may be back at the next. */
    public static Docker at(Endpoint endpoint, Time time) {
        return new Docker(endpoint, time, QUICK);
    }

    /** @param quick the deadline of calls that an engine answers at once */
    static Docker at(Endpoint endpoint, Time time, Duration quick) {
        return new Docker(endpoint, time, quick);
    }

    /** Asks it, so that it is known to answer. */
    public Engine engine() throws InterruptedException {
        String tried = "ask the container engine for its version";
        Version version = connection.call(tried, quick, client -> client.versionCmd().exec());
        return new Engine(String.valueOf(version.getVersion()), connection.spoken(tried).version().getVersion(), Platform.of(String.valueOf(version.getOperatingSystem()), String.valueOf(version.getArch())));
    }

    /** Empty if it isn't here. */
    public Optional<Image> image(ImageName name) throws InterruptedException {
        return connection.call("look for the image " + name, quick, client -> {
            try {
                return Optional.of(Answers.image(name, client.inspectImageCmd(name.toString()).exec()));
            } catch (NotFoundException e) {
                return Optional.empty();
            }
        });
    }

    /**
     * Nothing is pulled if it is here already.
     *
     * @param silence how long nothing may arrive; the whole may take any time
     */
    public Image pull(ImageName name, Optional<Login> login, Duration silence, Consumer<PullProgress> progress) throws InterruptedException {
        Optional<Image> here = image(name);
        if (here.isPresent()) {
            return here.get();
        }
        String tried = "pull " + name;
        if (name.repository().isEmpty()) {
            throw new Failure(Failure.Kind.MISSING, tried, "it is an image of this host's engine and isn't there any more");
        }
        try (Connection.Streaming stream = connection.streaming(tried)) {
            new Pulling(name, login, progress, connection.failures()).run(stream, silence, time);
        }
        return image(name).orElseThrow(() -> new Failure(Failure.Kind.MISSING, tried, "the engine said it had done so, and the image isn't there"));
    }

    /** Images of a repository, its host included. */
    public List<LocalImage> images(String repository) throws InterruptedException {
        return connection.call("list the images of " + repository, quick, client -> client.listImagesCmd().exec().stream().map(image -> Answers.localImage(repository, image)).flatMap(Optional::stream).toList());
    }

    /** Never by force: false if a container, whoever's, or another name still uses it. True if it is gone. */
    public boolean remove(ImageName name) throws InterruptedException {
        return connection.call("remove the image " + name, SLOW, client -> {
            try {
                client.removeImageCmd(name.toString()).withForce(false).exec();
                return true;
            } catch (NotFoundException e) {
                return true;
            } catch (ConflictException e) {
                return false;
            } catch (DockerException e) {
                if (String.valueOf(e.getMessage()).matches("(?s).*(in use|force removal).*")) {
                    return false;
                }
                throw e;
            }
        });
    }

    /** Creates and starts it. One that can't be started is removed again before the failure is thrown. */
    public Owned start(Creation creation) throws InterruptedException {
        String tried = "start the container " + creation.name();
        UnaryOperator<String> redaction = new Redaction(creation.options().environment().values());
        Owned created = connection.call(tried, SLOW, redaction, client -> new Owned(new CreateCall(creation).on(client).exec().getId(), creation.name(), creation.labels()));
        try {
            List<RunOptions.Attachment> networks = creation.options().networking().networks();
            for (RunOptions.Attachment network : networks.subList(Math.min(1, networks.size()), networks.size())) {
                connection.call(tried, quick, redaction, client -> client.connectToNetworkCmd().withNetworkId(network.network()).withContainerId(created.id()).withContainerNetwork(new ContainerNetwork().withAliases(network.aliases())).exec());
            }
            connection.call(tried, SLOW, redaction, client -> client.startContainerCmd(created.id()).exec());
            return created;
        } catch (Failure failure) {
            throw removed(created, failure);
        }
    }

    private Failure removed(Owned container, Failure failure) throws InterruptedException {
        try {
            remove(container);
        } catch (Failure second) {
            failure.addSuppressed(second);
        }
        return failure;
    }

    /** All of an app, running or not, by replica. */
    public List<Container> containers(Owner owner) throws InterruptedException {
        List<String> ids = connection.call("list the containers of " + owner.app(), quick, client -> client.listContainersCmd().withShowAll(true).withLabelFilter(owner.filter()).exec().stream()
                .filter(container -> container.getLabels() != null && container.getLabels().entrySet().containsAll(owner.filter().entrySet())).map(com.github.dockerjava.api.model.Container::getId).toList());
        List<Container> found = new ArrayList<>();
        for (String id : ids) {
            container(owner, id).ifPresent(found::add);
        }
        return found.stream().sorted((a, b) -> Integer.compare(a.labels().replica(), b.labels().replica())).toList();
    }

    /** One that an event told of. Empty if it is gone, or isn't that owner's. */
    public Optional<Container> container(Owner owner, String id) throws InterruptedException {
        return connection.call("look at the container " + id, quick, client -> inspect(client, id)).filter(container -> container.labels().owner().equals(owner));
    }

    /** As it is now; empty if it is gone. */
    public Optional<Container> look(Owned container) throws InterruptedException {
        return connection.call("look at the container " + container, quick, client -> inspect(client, container.id()));
    }

    private static Optional<Container> inspect(DockerClient client, String id) {
        try {
            return Answers.container(client.inspectContainerCmd(id).exec());
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    /** Its stop signal (--stop-signal, else the image's, else TERM), and KILL after the grace. Already stopped or gone is as good. */
    public void stop(Owned container, Duration grace) throws InterruptedException {
        connection.call("stop the container " + container, grace.plus(QUICK), client -> {
            try {
                return client.stopContainerCmd(container.id()).withTimeout((int) Math.min(Integer.MAX_VALUE, grace.plusMillis(999).toSeconds())).exec();
            } catch (NotModifiedException | NotFoundException e) {
                return null;
            }
        });
    }

    /** With KILL if it still runs, and with the volumes that have no name. Already gone is as good. */
    public void remove(Owned container) throws InterruptedException {
        connection.call("remove the container " + container, SLOW, client -> {
            try {
                return client.removeContainerCmd(container.id()).withForce(true).withRemoveVolumes(true).exec();
            } catch (NotFoundException e) {
                return null;
            } catch (ConflictException e) {
                if (String.valueOf(e.getMessage()).contains("already in progress")) {
                    return null;
                }
                throw e;
            }
        });
    }

    /** The end of both streams as they came, without control characters; not more than 64 KiB. */
    public String lastOutput(Owned container, int lines) throws InterruptedException {
        String tried = "read the output of the container " + container;
        Output output = new Output(MOST_OUTPUT);
        try (Connection.Streaming stream = connection.streaming(tried); Feed<Frame> feed = new Feed<>(time)) {
            stream.client().logContainerCmd(container.id()).withStdOut(true).withStdErr(true).withTail(lines).exec(feed);
            feed.read(quick, Optional.of(quick), () -> {}, frame -> output.add(frame.getPayload()));
        } catch (TimeoutException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "the engine did not answer within " + quick.toSeconds() + " s", e);
        } catch (Feed.Broken e) {
            if (String.valueOf(e.getCause().getMessage()).contains("does not support reading")) {
                return "";
            }
            throw connection.failures().of(tried, e.getCause(), UnaryOperator.identity());
        }
        return output.lastLines(lines);
    }

    /** Runs a command inside. At the deadline we stop waiting; the engine has no way to end it. */
    public Ran run(Owned container, List<String> command, Duration deadline) throws InterruptedException {
        String tried = "run a command in the container " + container;
        Output output = new Output(MOST_OUTPUT);
        String id = connection.call(tried, quick, client -> client.execCreateCmd(container.id()).withCmd(command.toArray(String[]::new)).withAttachStdout(true).withAttachStderr(true).exec().getId());
        long start = time.nanos();
        try (Connection.Streaming stream = connection.streaming(tried); Feed<Frame> feed = new Feed<>(time)) {
            stream.client().execStartCmd(id).exec(feed);
            feed.read(deadline, Optional.of(deadline), () -> {}, frame -> {
                output.add(frame.getPayload());
                if (time.since(start).compareTo(deadline) > 0) {
                    throw new Failure(Failure.Kind.TIMED_OUT, tried, "it takes longer than " + deadline.toSeconds() + " s");
                }
            });
        } catch (TimeoutException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "it takes longer than " + deadline.toSeconds() + " s", e);
        } catch (Feed.Broken e) {
            throw connection.failures().of(tried, e.getCause(), UnaryOperator.identity());
        }
        Long exit = connection.call(tried, quick, client -> client.inspectExecCmd(id).exec().getExitCodeLong());
        return new Ran(exit == null ? -1 : exit.intValue(), output.lastLines(Integer.MAX_VALUE));
    }

    /**
     * What happens to the containers of a root, until the stream breaks (a failure, after which one connects again) or
     * the thread is interrupted. It does not end otherwise.
     *
     * @param since the time of the last event seen; those of that very instant come again
     */
    public void watch(String root, Optional<Instant> since, Watch watch) throws InterruptedException {
        String tried = "watch the container engine's events";
        try (Connection.Streaming stream = connection.streaming(tried); Feed<Event> feed = new Feed<>(time)) {
            var events = stream.client().eventsCmd().withEventTypeFilter(EventType.CONTAINER).withLabelFilter(Map.of(Labels.MANAGED, "true", Labels.ROOT, root));
            since.ifPresent(instant -> events.withSince(instant.getEpochSecond() + "." + String.format(Locale.ROOT, "%09d", instant.getNano())));
            events.exec(feed);
            feed.read(quick, Optional.empty(), watch::connected, event -> Answers.event(event).filter(ours -> ours.labels().owner().root().equals(root)).ifPresent(watch::happened));
        } catch (TimeoutException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "the engine did not answer within " + quick.toSeconds() + " s", e);
        } catch (Feed.Broken e) {
            throw connection.failures().of(tried, e.getCause(), UnaryOperator.identity());
        }
        throw new Failure(Failure.Kind.UNREACHABLE, tried, "the engine ended the stream");
    }

    @Override
    public void close() {
        connection.close();
    }
}
