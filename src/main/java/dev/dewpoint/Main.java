package dev.dewpoint;

import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.cli.Dewpoint;
import dev.dewpoint.cli.Verbs;
import dev.dewpoint.config.CertSettings;
import dev.dewpoint.config.ContainerReader;
import dev.dewpoint.config.ContainerSettings;
import dev.dewpoint.config.Flags;
import dev.dewpoint.config.Problems;
import dev.dewpoint.config.ProxyFile;
import dev.dewpoint.config.ProxySettings;
import dev.dewpoint.config.ProxySettingsReader;
import dev.dewpoint.config.Secrets;
import dev.dewpoint.config.ServerReader;
import dev.dewpoint.config.ServerSettings;
import dev.dewpoint.config.Settings;
import dev.dewpoint.config.SettingsReader;
import dev.dewpoint.demo.ContainerDemo;
import dev.dewpoint.demo.Demo;
import dev.dewpoint.demo.Keyboard;
import dev.dewpoint.demo.SampleApp;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.RootLock;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.docker.Endpoint;
import dev.dewpoint.telemetry.LibraryLog;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** Arguments and environment in, exit code out. */
public final class Main implements Verbs {
    private static final int FAILED = 1;
    private static final int WRONG_CONFIGURATION = 2;
    private static final int ANOTHER_AGENT = 3;

    private final Map<String, String> environment;
    private final PrintStream err;

    private Main(Map<String, String> environment, PrintStream err) {
        this.environment = environment;
        this.err = err;
    }

    public static void main(String... arguments) {
        System.exit(Dewpoint.run(new Main(environment(), System.err), arguments));
    }

    /** The launcher may have had to choose a locale so that file names are read as UTF-8; nobody else is to see that. */
    private static Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>(System.getenv());
        String before = environment.remove("DEWPOINT_LOCALE");
        if (before != null && before.isEmpty()) {
            environment.remove("LC_ALL");
        } else if (before != null) {
            environment.put("LC_ALL", before);
        }
        return environment;
    }

    @Override
    public int assets(Flags flags) {
        Problems problems = new Problems();
        Secrets secrets = new Secrets(environment, problems);
        Optional<Settings> settings = new SettingsReader(flags.in(environment), problems, secrets, workingDirectory()).read();
        if (settings.isEmpty()) {
            return wrongConfiguration("assets", problems, secrets);
        }
        return follow(new Work.Assets(settings.get()), secrets);
    }

    @Override
    public int container(Flags flags, List<String> runOptions) {
        Problems problems = new Problems();
        Secrets secrets = new Secrets(environment, problems);
        Path home = Path.of(environment.getOrDefault("HOME", "/"));
        Optional<ContainerSettings> settings = new ContainerReader(flags.in(environment), runOptions, problems, secrets, workingDirectory()).read(home);
        return settings.isEmpty() ? wrongConfiguration("container", problems, secrets) : follow(new Work.Containers(settings.get()), secrets);
    }

    @Override
    public int server(Flags flags, List<String> command) {
        Problems problems = new Problems();
        Secrets secrets = new Secrets(environment, problems);
        Optional<ServerSettings> settings = new ServerReader(flags.in(environment), command, problems, secrets, workingDirectory()).read();
        return settings.isEmpty() ? wrongConfiguration("server", problems, secrets) : follow(new Work.Processes(settings.get()), secrets);
    }

    private int follow(Work work, Secrets secrets) {
        Settings settings = work.common();
        Path records = settings.root().resolve(".dewpoint");
        try {
            makePrivate(records);
            Optional<RootLock> lock = RootLock.take(records.resolve("lock"));
            if (lock.isEmpty()) {
                err.println("dewpoint: another agent owns " + settings.root() + " (" + RootLock.holder(records.resolve("lock")) + "); stop it, or give this one another --root");
                return ANOTHER_AGENT;
            }
            try (RootLock _ = lock.get(); Agent agent = Agent.assemble(work, environment, secrets.given(), Build.read())) {
                return agent.run() ? 0 : FAILED;
            }
        } catch (Failure failure) {
            return failed(failure);
        } catch (IOException e) {
            err.println("dewpoint: " + records + " can't be used: " + e + "; check --root and its permissions");
            return FAILED;
        }
    }

    @Override
    public int proxy(Flags flags) {
        return proxy("proxy", flags, new Problems());
    }

    @Override
    public int run(Flags flags, Path file, Set<String> proxyFlags) {
        Problems problems = new Problems();
        Map<String, List<Flags.Value>> written = ProxyFile.read(file, proxyFlags, problems);
        Map<String, List<String>> given = new HashMap<>(flags.given());
        given.remove("--file");
        return proxy("run", new Flags(given, written, Map.of(), flags.unknown()), problems);
    }

    private int proxy(String command, Flags flags, Problems problems) {
        Secrets secrets = new Secrets(environment, problems);
        Optional<ProxySettings> settings = new ProxySettingsReader(flags.in(environment), problems, secrets, workingDirectory()).read();
        if (settings.isEmpty()) {
            return wrongConfiguration(command, problems, secrets);
        }
        try {
            Proxying.run(settings.get(), environment, secrets.given(), Build.read());
            return 0;
        } catch (Failure failure) {
            return failed(failure);
        }
    }

    private int wrongConfiguration(String command, Problems problems, Secrets secrets) {
        Redaction redaction = new Redaction(secrets.given());
        problems.list().forEach(problem -> err.println("dewpoint: " + redaction.apply(problem)));
        err.println("Nothing was started. `dewpoint " + command + " --help` explains every flag.");
        return WRONG_CONFIGURATION;
    }

    private int failed(Failure failure) {
        err.println("dewpoint: " + failure.getMessage() + ". " + failure.remedy());
        return FAILED;
    }

    /** What it holds is nobody else's business: notices that wait, why something failed. One that is there stays as it is. */
    private static void makePrivate(Path records) throws IOException {
        Files.createDirectories(records.getParent());
        if (!Files.isDirectory(records)) {
            Files.createDirectory(records, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    @Override
    public int cert(Flags flags, List<String> hosts) {
        Problems problems = new Problems();
        Optional<Certify> certify = CertSettings.read(flags.in(environment), hosts, Certify.usualDirectory(environment), workingDirectory(), problems)
                .flatMap(settings -> Certify.of(settings, workingDirectory(), environment, System.out, problems));
        if (certify.isEmpty()) {
            problems.list().forEach(problem -> err.println("dewpoint: " + problem));
            err.println("Run `dewpoint cert --help` to see what it takes.");
            return WRONG_CONFIGURATION;
        }
        try {
            return certify.get().run() ? 0 : FAILED;
        } catch (Failure failure) {
            err.println("dewpoint: " + failure.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            return FAILED;
        }
    }

    @Override
    public int service(Verbs.Wanted wanted, Flags flags, List<String> behind) {
        Problems problems = new Problems();
        Path home = Path.of(System.getProperty("dewpoint.home", "/opt/dewpoint"));
        Optional<String> unit = new Installing(wanted, flags, behind, environment, home, Path.of(System.getProperty("java.io.tmpdir")), problems).text();
        if (unit.isEmpty()) {
            return wrongConfiguration(wanted.command(), problems, new Secrets(environment, problems));
        }
        System.out.print(unit.get());
        System.out.flush();
        return 0;
    }

    @Override
    public int demo(boolean containers) {
        try {
            Path launcher = Path.of(System.getProperty("dewpoint.home", "."), "bin", "dewpoint");
            if (!Files.isExecutable(launcher)) {
                err.println("dewpoint: the demo runs the packaged launcher, and " + launcher + " is none; start it by bin/dewpoint (`make demo`)");
                return FAILED;
            }
            if (!containers) {
                return Demo.run(launcher, isWatched() ? Optional.of(Keyboard.of(System.in)) : Optional.empty(), System.out, Time.system()::sleep) ? 0 : FAILED;
            }
            quiet();
            Endpoint engine = Endpoint.resolve(Endpoint.Kind.DOCKER, environment, Path.of(environment.getOrDefault("HOME", "/")));
            return ContainerDemo.run(launcher, engine.socket(), engine.toString(), System.out, Time.system()::sleep) ? 0 : FAILED;
        } catch (Failure failure) {
            return failed(failure);
        } catch (IOException e) {
            err.println("dewpoint: the demo could not be set up: " + e);
            return FAILED;
        } catch (InterruptedException e) {
            return FAILED;
        }
    }

    private static boolean isWatched() {
        return System.console() != null && System.console().isTerminal();
    }

    /** A server of the demo would introduce itself. */
    private void quiet() {
        LibraryLog.into(new Log(Time.system(), err, Log.Level.WARN, Log.Format.TEXT, UnaryOperator.identity()));
    }

    @Override
    public int demoApp(int port, String release, String replica) {
        quiet();
        try {
            SampleApp app = SampleApp.start(port, release, replica, Time.system()::now);
            Runtime.getRuntime().addShutdownHook(new Thread(app::close));
            new CountDownLatch(1).await();
            return 0;
        } catch (IOException | RuntimeException e) {
            err.println("dewpoint: the demo's app could not serve at port " + port + ": " + e);
            return FAILED;
        } catch (InterruptedException e) {
            return FAILED;
        }
    }

    @Override
    public int logs(Verbs.Printed wanted) {
        try {
            Optional<String> wrong = new Printing(wanted, System.out, Time.system()).run();
            wrong.ifPresent(why -> err.println("dewpoint: " + why));
            return wrong.isEmpty() ? 0 : FAILED;
        } catch (InterruptedException e) {
            return FAILED;
        }
    }

    @Override
    public AdminClient agent(Path root) {
        return new AdminClient(root.toAbsolutePath());
    }

    @Override
    public Path workingDirectory() {
        return Path.of(System.getProperty("user.dir"));
    }

    @Override
    public String version() {
        return Build.read().toString();
    }
}
