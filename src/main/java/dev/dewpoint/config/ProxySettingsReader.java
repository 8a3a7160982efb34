package dev.dewpoint.config;

import dev.dewpoint.notify.Channel;
import dev.dewpoint.proxy.Cidr;
import dev.dewpoint.proxy.RouteOptions;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads and checks all flags of {@code dewpoint proxy}; what is wrong is noted and the reading goes on. */
public final class ProxySettingsReader {
    private static final Pattern PAGE = Pattern.compile("(/[0-9A-Za-z._~-]+)+/?");
    private static final int SMALLEST_HEADER = 1 << 10;
    private static final int LARGEST_HEADER = 1 << 20;

    private final Values values;
    private final Problems problems;
    private final CommonFlags common;

    public ProxySettingsReader(Flags flags, Problems problems, Secrets secrets, Path workingDirectory) {
        this.values = new Values(flags, problems);
        this.problems = problems;
        this.common = new CommonFlags(values, problems, secrets, workingDirectory);
    }

    /** Empty if there are problems. */
    public Optional<ProxySettings> read() {
        return read(usual -> RouteFlags.read(values.flags(), usual, problems));
    }

    /** The same with other routes than those that are flags. {@code routing}: makes them of what is meant where nothing is said. */
    Optional<ProxySettings> read(Function<RouteOptions, RouteFlags> routing) {
        values.flags().unknown().forEach(problems::add);
        Duration drain = values.duration("--drain-time", RouteOptions.USUAL.drainTime(), Duration.ZERO, Duration.ofDays(1));
        RouteFlags routes = routing.apply(usual(drain));
        Optional<InetAddress> bind = values.optional("--bind", ProxySettingsReader::bind);
        ProxySettings.Tls tls = new TlsFlags(values, problems, common).read(routes);
        List<Cidr> trusted = values.list("--trusted-proxy", Cidr::parse);
        ProxySettings.Pages pages = new ProxySettings.Pages(values.optional("--expose-status", ProxySettingsReader::page), values.yes("--health-page"), values.yes("--client-ip-page"));
        ProxySettings.AccessLog accessLog = accessLog();
        ProxySettings.Limits limits = new ProxySettings.Limits(values.number("--io-threads", 0, 0, 256), values.number("--max-connections", 10_000, 1, 1_000_000), values.read("--max-header", 64 << 10, ProxySettingsReader::header));
        List<Channel> channels = common.channels();
        Optional<Path> root = values.flags().all("--notifier").isEmpty() && values.flags().one("--root").isEmpty() ? Optional.empty() : Optional.of(common.root());
        Settings.Logging logging = common.logging();
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ProxySettings(routes.rules(), bind, tls, trusted, pages, accessLog, limits, drain, channels, root, logging));
    }

    /** What is meant where a route says nothing. */
    private RouteOptions usual(Duration drain) {
        RouteOptions usual = RouteOptions.USUAL;
        Duration refresh = values.duration("--dns-interval", usual.names().refresh(), Duration.ofSeconds(1), Duration.ofDays(1));
        RouteOptions.Names names = new RouteOptions.Names(refresh, usual.names().server(), usual.names().valid());
        return new RouteOptions(usual.strip(), usual.host(), usual.h2c(), usual.health(), names, usual.limits(), usual.hold(), drain);
    }

    private ProxySettings.AccessLog accessLog() {
        ProxySettings.AccessLog.Format format = values.choice("--access-log", ProxySettings.AccessLog.Format.OFF, ProxySettings.AccessLog.Format.class);
        Optional<Path> file = values.optional("--access-log-file", text -> {
            Path path = common.path(text);
            if (!Files.isDirectory(path.getParent())) {
                throw new IllegalArgumentException(path.getParent() + " is no directory; make it first");
            }
            if (Files.isDirectory(path)) {
                throw new IllegalArgumentException("it is a directory; name a file in it");
            }
            return path;
        });
        if (file.isPresent() && format == ProxySettings.AccessLog.Format.OFF) {
            values.flags().one("--access-log-file").ifPresent(given -> problems.add(given.origin() + " " + given.text() + ": there is no access log; add --access-log combined or --access-log json"));
        }
        return new ProxySettings.AccessLog(format, file);
    }

    private static InetAddress bind(String text) {
        return HostText.address(text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text);
    }

    private static String page(String text) {
        if (!PAGE.matcher(text).matches()) {
            throw new IllegalArgumentException("it is a path below /, such as /lb");
        }
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    private static int header(String text) {
        long bytes = Values.bytes(text);
        if (bytes < SMALLEST_HEADER || bytes > LARGEST_HEADER) {
            throw new IllegalArgumentException("it must be between 1k and 1M");
        }
        return (int) bytes;
    }
}
