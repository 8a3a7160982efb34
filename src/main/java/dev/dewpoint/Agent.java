package dev.dewpoint;

import dev.dewpoint.admin.AdminServer;
import dev.dewpoint.artifact.Budget;
import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.config.RegistryUrl;
import dev.dewpoint.config.ServerSettings;
import dev.dewpoint.config.Settings;
import dev.dewpoint.deploy.DeployLoop;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Observer;
import dev.dewpoint.deploy.Policy;
import dev.dewpoint.deploy.Request;
import dev.dewpoint.deploy.Served;
import dev.dewpoint.deploy.Stations;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Systemd;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import dev.dewpoint.notify.Outbox;
import dev.dewpoint.proxy.ProxyObserver;
import dev.dewpoint.registry.DirectoryRegistry;
import dev.dewpoint.registry.GitHubAuthorization;
import dev.dewpoint.registry.GitHubRegistry;
import dev.dewpoint.registry.LocalImages;
import dev.dewpoint.registry.OciRegistry;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.RegistryCredentials;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.replica.process.ReleaseDirectory;
import dev.dewpoint.telemetry.LibraryLog;
import dev.dewpoint.telemetry.ProgressLine;
import dev.dewpoint.telemetry.ProxyLog;
import dev.dewpoint.telemetry.StoryLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The objects of one running agent, and the order in which they start and stop. */
final class Agent implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration GRACE_FOR_ARTIFACTS = Duration.ofMinutes(30);
    private static final Duration GRACE_AT_STOP = Duration.ofSeconds(60);
    private static final Duration LAST_NOTICES = Duration.ofSeconds(5);
    private static final long LARGEST_ARTIFACT = 64L << 30;
    private static final int POLLS_BETWEEN_COLLECTIONS = 500;

    private final Settings settings;
    private final Work work;
    private final Build build;
    private final Time time = Time.system();
    private final Redaction redaction;
    private final Log log;
    private final Systemd systemd;
    private final Http http;
    private final Http anonymous;
    private final Outbox outbox;
    private final Observer observer;
    private final Optional<Runner> runner;
    private final Duration drainTime;
    private final DeployLoop loop;
    private final Signals signals;
    private final AtomicLong polls = new AtomicLong();

    private Agent(Work work, Map<String, String> environment, List<Secret> secrets, Build build) {
        this.work = work;
        this.settings = work.common();
        this.build = build;
        this.redaction = new Redaction(secrets);
        this.log = new Log(time, System.err, settings.logging().level(), settings.logging().format(), redaction);
        LibraryLog.into(log);
        this.systemd = Systemd.from(environment);
        this.anonymous = new Http(time, Credentials.none(), userAgent(), SILENCE);
        this.http = anonymous.with(credentials());
        String host = host();
        Path records = settings.root().resolve(".dewpoint");
        this.outbox = Outbox.open(records.resolve("outbox"), settings.channels(), anonymous, time, log, host, redaction);
        boolean terminal = System.console() != null && settings.logging().format() == Log.Format.TEXT;
        StoryLog story = new StoryLog(log, time, terminal ? Optional.of(new ProgressLine(System.err)) : Optional.empty(), build.commit(), redaction);
        this.observer = event -> {
            story.saw(event);
            outbox.saw(event);
            giveMemoryBack(event);
        };
        ChildEnvironment forHooks = ChildEnvironment.of(environment, settings.hooks().environment());
        Hooks hooks = new Hooks(new Commands(time), forHooks, settings.hooks().limit());
        RegistryCredentials credentials = new RegistryCredentials(settings.images(), new Commands(time));
        this.signals = Signals.heard(work instanceof Work.Processes, log, systemd, time, redaction);
        Stations stations;
        switch (work) {
            case Work.Assets _ -> {
                HeldSockets.of(environment).tellOfTheRest(log);
                this.runner = Optional.empty();
                stations = files(registry(credentials, Optional.empty()), hooks);
            }
            case Work.Containers of -> {
                Containers containers = new Containers(of.settings(), environment, credentials, proxyObserver(), log, time);
                this.runner = Optional.of(containers);
                stations = new Stations.Images(registry(credentials, Optional.of(containers)), hooks, containers.images(), containers.running());
            }
            case Work.Processes of -> {
                Processes processes = new Processes(of.settings(), environment, forApps(of.settings(), environment), new ReleaseDirectory(settings.root(), time), proxyObserver(), log, time);
                this.runner = Optional.of(processes);
                stations = new Stations.Processes(files(registry(credentials, Optional.empty()), hooks), processes.running());
            }
        }
        this.drainTime = runner.map(running -> running.running().rollouts().drain()).orElse(Duration.ZERO);
        runner.ifPresent(signals::runs);
        runner.flatMap(Runner::plane).ifPresent(DataPlane::start);
        endLeftovers(stations.hooks(), forHooks);
        RandomGenerator random = RandomGenerator.getDefault();
        this.loop = DeployLoop.open(policy(), stations, settings.root(), records, observer, time, random, host, redaction);
        signals.recovers(loop);
        if (signals.areToldToEnd()) {
            loop.stop(); // nothing is started for an agent that ends
        } else {
            recover();
        }
        signals.turns(loop);
    }

    private void recover() {
        try {
            loop.recovered();
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    static Agent assemble(Work work, Map<String, String> environment, List<Secret> secrets, Build build) {
        return new Agent(work, environment, secrets, build);
    }

    /** What hooks see, and what its files say; what --env says counts most. */
    private static Map<String, String> forApps(ServerSettings given, Map<String, String> environment) {
        List<String> entries = Stream.concat(given.environment().entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue().value()), given.common().hooks().environment().stream()).toList();
        return ChildEnvironment.of(environment, entries).variables();
    }

    /** Until told to stop, or once. Whether it went well. */
    boolean run() {
        observer.saw(new Event.AgentStarted(settings.app(), time.now(), work.kind(), build.version(), loop.status().ledger().serving().map(Served::tag)));
        return settings.once() ? once() : forever();
    }

    private boolean once() {
        AtomicReference<Request.Reply> reply = new AtomicReference<>(new Request.Reply(false, "stopped"));
        Thread turning = Thread.ofVirtual().name("app " + settings.app()).start(() -> {
            try {
                reply.set(loop.once());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            signals.done();
        });
        try {
            signals.awaitEnd();
            stop(turning);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.info("Done", "result", reply.get().message());
        return reply.get().achieved();
    }

    private boolean forever() {
        if (!signals.areToldToEnd()) {
            serve();
        }
        loop.stop();
        endReplicas();
        observer.saw(new Event.AgentStopped(settings.app(), time.now(), signals.why()));
        return true;
    }

    /** Until told to stop. Whoever connects afterwards waits for the next agent, if somebody holds the sockets. */
    private void serve() {
        runner.flatMap(Runner::plane).ifPresent(DataPlane::listen);
        Thread turning = Thread.ofVirtual().name("app " + settings.app()).start(loop::run);
        try (AdminServer admin = admin(turning)) {
            log.info("Admin API listening", "url", admin.url());
            systemd.ready("following " + loop.status().source());
            feedWatchdog();
            signals.awaitEnd();
            systemd.stopping();
            log.info("Stopping", "reason", signals.why());
            stop(turning);
            if (runner.flatMap(Runner::plane).isPresent()) {
                runner.flatMap(Runner::plane).get().end(drainTime);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** However the agent ends, once the loop doesn't turn: containers go on, processes don't. */
    private void endReplicas() {
        if (runner.map(Runner::endsWithAgent).orElse(false)) {
            loop.endReplicas();
        }
    }

    /** The loop turns already. If there is no port it ends in order, while the root is still ours. */
    private AdminServer admin(Thread turning) throws InterruptedException {
        try {
            return AdminServer.start(Map.of(settings.app(), loop), build.version(), settings.root(), settings.adminPort(), redaction);
        } catch (Failure taken) {
            stop(turning);
            throw taken;
        }
    }

    /** A fetch is cut short at once; a hook gets the time to end by itself. */
    private void stop(Thread turning) throws InterruptedException {
        loop.stop();
        if (!turning.join(Duration.ofMillis(100))) {
            loop.cutShort(turning);
        }
        if (!turning.join(GRACE_AT_STOP)) {
            turning.interrupt();
            turning.join(Duration.ofSeconds(20));
        }
    }

    private void feedWatchdog() {
        systemd.watchdogInterval().ifPresent(interval -> Thread.ofVirtual().name("watchdog").start(() -> {
            try {
                while (!signals.awaitEnd(interval)) {
                    if (!loop.pulse().isLate()) {
                        systemd.watchdog();
                        systemd.status(redaction.apply(loop.status().state() + " " + loop.status().doing()));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    /** What the proxy sees belongs into the log; what it means for the replicas their loop says. */
    private ProxyObserver proxyObserver() {
        ProxyLog story = new ProxyLog(log);
        return event -> {
            story.saw(event);
            signals.loop().ifPresent(heard -> heard.saw(event));
        };
    }

    private Policy policy() {
        boolean followMovedTags = work instanceof Work.Containers of && of.settings().followMovedTags();
        return new Policy(settings.app(), work.kind(), settings.registry().source(), settings.selection(), settings.interval(), GRACE_FOR_ARTIFACTS, settings.storage().keep(),
                settings.hooks().commands(), settings.report(), followMovedTags);
    }

    private Stations.Files files(Registry registry, Hooks hooks) {
        Cache cache = new Cache(settings.storage().cache(), owner(settings.root()), settings.storage().cacheBytes());
        Download download = new Download(http, cache, settings.verify(), LARGEST_ARTIFACT);
        Unpack unpack = new Unpack(Budget.standard(Runtime.getRuntime().maxMemory()));
        return new Stations.Files(registry, download, unpack, cache, new ReleaseDirectory(settings.root(), time), hooks);
    }

    private Registry registry(RegistryCredentials credentials, Optional<Containers> containers) {
        Platform platform = Platform.of(System.getProperty("os.name"), System.getProperty("os.arch"));
        return switch (settings.registry()) {
            case RegistryUrl.GitHub github -> new GitHubRegistry(http, settings.gitHub(), github.owner(), github.repository(), platform, github.options().artifact(), time);
            case RegistryUrl.Directory directory -> new DirectoryRegistry(directory.directory(), platform, directory.options().artifact(), time);
            case RegistryUrl.Local local -> new LocalImages(local.image(), containers.orElseThrow(), platform, time);
            case RegistryUrl.Image image -> new OciRegistry(image.authorities().isEmpty() ? anonymous : anonymous.trusting(image.authorities()), image.repository(), credentials, platform, time);
        };
    }

    private Credentials credentials() {
        Credentials.Authorization gitHub = GitHubAuthorization.of(settings.gitHub(), anonymous, time);
        Credentials credentials = Credentials.none();
        for (Origin origin : GitHubAuthorization.origins(settings.gitHub())) {
            credentials = credentials.with(origin, gitHub);
        }
        return credentials;
    }

    /** The collector grows the heap before it cleans up. What a deployment or many polls have left is given back at a quiet moment. */
    private void giveMemoryBack(Event event) {
        boolean quiet = event instanceof Event.AttemptEnded || event instanceof Event.DeploySkipped && polls.incrementAndGet() % POLLS_BETWEEN_COLLECTIONS == 0;
        if (quiet && !settings.once()) {
            Thread.ofVirtual().start(System::gc);
        }
    }

    private void endLeftovers(Hooks hooks, ChildEnvironment forHooks) {
        if (settings.hooks().commands().isEmpty()) {
            return;
        }
        log.info("Hooks don't see these variables", "withheld", String.join(" ", forHooks.withheld()));
        try {
            int ended = hooks.endLeftovers(settings.root());
            if (ended > 0) {
                log.warn("Ended what hooks of an earlier agent left running", "processes", ended);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String userAgent() {
        return "Dewpoint/" + build.version();
    }

    /** Tells this root from others that share a cache. */
    private static String owner(Path root) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(root.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8));
        return Digest.of(Digest.Algorithm.SHA256, hasher).hex().substring(0, 12);
    }

    /** As the kernel has it: a resolver could keep us waiting for an answer that we don't need. */
    static String host() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "unknown-host";
        }
    }

    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        endReplicas();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        runner.ifPresent(Runner::close);
        outbox.close(LAST_NOTICES);
        http.close();
    }
}
