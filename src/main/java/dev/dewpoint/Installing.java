package dev.dewpoint;

import dev.dewpoint.cli.Verbs;
import dev.dewpoint.config.ContainerReader;
import dev.dewpoint.config.ContainerSettings;
import dev.dewpoint.config.Flags;
import dev.dewpoint.config.Problems;
import dev.dewpoint.config.ProxySettings;
import dev.dewpoint.config.ProxySettingsReader;
import dev.dewpoint.config.RegistryUrl;
import dev.dewpoint.config.Secrets;
import dev.dewpoint.config.ServerReader;
import dev.dewpoint.config.ServerSettings;
import dev.dewpoint.config.Settings;
import dev.dewpoint.config.SettingsReader;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.replica.docker.Endpoint;
import dev.dewpoint.unit.Reach;
import dev.dewpoint.unit.SocketUnit;
import dev.dewpoint.unit.Unit;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What a command line needs of the host that is to run it, told as a unit. */
final class Installing {
    private static final String STAND_IN = "stands-in-for-a-secret";
    /** What a flag demands: here it is enough that it will be there. */
    private static final Map<String, String> STAND_INS = Map.of("SLACK_TOKEN", STAND_IN, "SLACK_WEBHOOK_URL", "https://example.com/" + STAND_IN, "MAIL_USERNAME", STAND_IN, "MAIL_PASSWORD", STAND_IN, "MAIL_FROM", STAND_IN + "@example.com",
            "WEBHOOK_SECRET", STAND_IN);
    private static final List<String> PATHS = List.of("--root", "--tls-cert", "--tls-key", "--access-log-file");
    private static final List<String> MAY_HOLD_SECRETS = List.of("--notifier", "--registry");
    private static final int FIRST_FREE_PORT = 1024;
    private static final String PROXY = "proxy";

    private final Verbs.Wanted wanted;
    private final Flags given;
    /** As the readers are to see them. */
    private final Flags flags;
    private final List<String> behind;
    private final Path home;
    private final Path scratch;
    private final Problems problems;
    private final Secrets secrets;

    /**
     * @param home    of the distribution
     * @param scratch any directory that this process may write to
     */
    Installing(Verbs.Wanted wanted, Flags given, List<String> behind, Map<String, String> environment, Path home, Path scratch, Problems problems) {
        this.wanted = wanted;
        this.given = given;
        this.behind = behind;
        this.home = home;
        this.scratch = scratch;
        this.problems = problems;
        Map<String, String> there = new TreeMap<>(environment);
        // the unit has its own
        there.keySet().removeIf(name -> name.startsWith("DEWPOINT_") || name.equals("CREDENTIALS_DIRECTORY"));
        there.putAll(STAND_INS);
        this.secrets = new Secrets(there, problems);
        Map<String, List<String>> read = new HashMap<>(given.given());
        // it is the unit's user who has to be able to write to the root, not whoever has the unit printed
        read.put("--root", List.of(scratch.toString()));
        this.flags = new Flags(read, there, given.unknown());
    }

    /** Empty if there are problems. */
    Optional<String> text() {
        PATHS.forEach(flag -> given.all(flag).forEach(this::refuseWhatIsNoWholePath));
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        Optional<Needs> needs = switch (Unit.Kind.valueOf(wanted.command().toUpperCase(Locale.ROOT))) {
            case ASSETS -> assets();
            case CONTAINER -> container();
            case PROXY -> proxy();
            case SERVER -> server();
        };
        Redaction redaction = new Redaction(secrets.given());
        MAY_HOLD_SECRETS.stream().flatMap(flag -> given.all(flag).stream()).filter(value -> !redaction.apply(value.text()).equals(value.text())).forEach(value -> problems.add(value.origin()
                + ": it holds what may be a secret, and everybody may read a unit; give it as DEWPOINT_" + value.origin().substring(2).toUpperCase(Locale.ROOT) + "=… in a file of EnvironmentFile= that root alone may read"));
        return problems.isEmpty() ? needs.flatMap(this::text) : Optional.empty();
    }

    private void refuseWhatIsNoWholePath(Flags.Value value) {
        if (!value.text().startsWith("/")) {
            problems.add(value.origin() + " " + value.text() + ": a unit starts elsewhere; write the path out, from / on");
        } else if (value.text().chars().anyMatch(Character::isISOControl)) {
            problems.add(value.origin() + ": a path in a unit holds no control characters");
        }
    }

    /** What the flags mean for the unit. */
    private record Needs(Unit.Kind kind, String name, Duration hook, Duration ready, Duration drain, List<Path> written, List<Path> read, List<String> listen, boolean lowPorts, boolean podman) {}

    private Optional<Needs> assets() {
        Optional<Settings> settings = new SettingsReader(flags, problems, secrets, scratch).read();
        if (flags.one("--once").isPresent()) {
            problems.add("--once ends by itself, and a unit would start it again and again; leave it away");
        }
        return settings.map(assets -> new Needs(Unit.Kind.ASSETS, assets.app(), assets.hooks().limit(), Duration.ZERO, Duration.ZERO, written(assets.app(), Optional.of(assets.storage().cache())), registry(assets), List.of(), false, false));
    }

    private Optional<Needs> container() {
        Optional<ContainerSettings> settings = new ContainerReader(flags, behind, problems, secrets, scratch).read(scratch);
        return settings.map(container -> {
            ProxySettings proxy = container.proxy();
            List<Integer> ports = ports(proxy);
            String app = container.common().app();
            return new Needs(Unit.Kind.CONTAINER, app, container.common().hooks().limit(), Duration.ZERO, container.rollouts().drain(), written(app, proxy.accessLog().file()), certificates(), addresses(proxy.bind(), ports), isLow(ports),
                    container.engine().kind() == Endpoint.Kind.PODMAN);
        });
    }

    private Optional<Needs> proxy() {
        Optional<ProxySettings> settings = new ProxySettingsReader(flags, problems, secrets, scratch).read();
        return settings.map(proxy -> {
            List<Integer> ports = ports(proxy);
            return new Needs(Unit.Kind.PROXY, PROXY, Duration.ZERO, Duration.ZERO, proxy.drainTime(), written(PROXY, proxy.accessLog().file()), certificates(), addresses(proxy.bind(), ports), isLow(ports), false);
        });
    }

    private Optional<Needs> server() {
        Optional<ServerSettings> settings = new ServerReader(flags, behind, problems, secrets, scratch).read();
        return settings.map(server -> {
            Settings common = server.common();
            List<String> listen = switch (server.handover()) {
                case ServerSettings.Handover.Sockets sockets -> sockets.ports().stream().flatMap(port -> addresses(port.address(), List.of(port.number())).stream()).toList();
                case ServerSettings.Handover.Proxy proxy -> addresses(proxy.settings().bind(), ports(proxy.settings()));
                case ServerSettings.Handover.Workers _ -> List.of();
            };
            List<Path> read = Stream.concat(registry(common).stream(), certificates().stream()).toList();
            return new Needs(Unit.Kind.SERVER, common.app(), common.hooks().limit(), server.rollouts().ready(), server.rollouts().drain(), written(common.app(), Optional.of(common.storage().cache())), read, listen, listen.stream().anyMatch(Installing::isLow), false);
        });
    }

    private Optional<String> text(Needs needs) {
        Path directory = root(needs.name());
        Unit unit = new Unit(needs.kind(), needs.name(), home, Unit.command(words()), new Reach(directory, needs.written(), needs.read()), Unit.Patience.of(needs.kind(), needs.hook(), needs.ready(), needs.drain()), asked(), needs.lowPorts(), needs.podman());
        if (!wanted.socket()) {
            return Optional.of(unit.text());
        }
        if (needs.listen().isEmpty()) {
            problems.add("`dewpoint " + wanted.command() + "` with these flags listens at no port: there is no socket to hold");
            return Optional.empty();
        }
        return Optional.of(new SocketUnit(unit.service(), needs.listen()).text());
    }

    private List<String> words() {
        return Stream.concat(Stream.of(home.resolve("bin/dewpoint").toString()), wanted.words().stream()).toList();
    }

    private Path root(String app) {
        return given.one("--root").map(value -> Path.of(value.text()).normalize()).orElseGet(() -> Reach.usual(app));
    }

    /** {@code more}: what is written besides the root, if it isn't below it. */
    private List<Path> written(String app, Optional<Path> more) {
        Path root = root(app);
        List<Path> all = new ArrayList<>(List.of(root));
        more.map(path -> given.one("--access-log-file").isPresent() ? path.getParent() : path).filter(path -> !path.startsWith(root) && !path.startsWith(scratch.resolve(".dewpoint"))).ifPresent(all::add);
        return all;
    }

    private List<Path> registry(Settings settings) {
        return settings.registry() instanceof RegistryUrl.Directory files ? List.of(files.directory()) : List.of();
    }

    private List<Path> certificates() {
        return Stream.of("--tls-cert", "--tls-key").flatMap(flag -> given.all(flag).stream()).map(value -> Path.of(value.text()).normalize()).distinct().toList();
    }

    /** One that goes by two names is told once. */
    private List<String> asked() {
        boolean isGitHubsImage = given.one("--registry").filter(value -> value.text().startsWith("img://") && !value.text().startsWith("img://ghcr.io/")).isEmpty();
        return secrets.asked().stream().filter(name -> !name.equals("GH_TOKEN") && (isGitHubsImage || !name.equals("GITHUB_TOKEN"))).toList();
    }

    private static List<Integer> ports(ProxySettings proxy) {
        TreeSet<Integer> ports = new TreeSet<>(proxy.tls().redirects());
        proxy.rules().forEach(rule -> ports.add(rule.match().port()));
        return List.copyOf(ports);
    }

    private static List<String> addresses(Optional<InetAddress> bind, List<Integer> ports) {
        String host = bind.map(address -> address instanceof Inet6Address ? "[" + address.getHostAddress() + "]:" : address.getHostAddress() + ":").orElse("");
        return ports.stream().map(port -> host + port).toList();
    }

    private static boolean isLow(List<Integer> ports) {
        return ports.stream().anyMatch(port -> port < FIRST_FREE_PORT);
    }

    private static boolean isLow(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)) < FIRST_FREE_PORT;
    }
}
