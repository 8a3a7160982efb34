package dev.dewpoint.config;

import dev.dewpoint.notify.Channel;
import dev.dewpoint.proxy.Cidr;
import dev.dewpoint.proxy.Rule;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that an operator decided about {@code dewpoint proxy}, checked.
 *
 * @param bind empty for every address of the host
 * @param root where notices wait that could not be delivered; empty if nobody is told
 */
public record ProxySettings(
        List<Rule> rules,
        Optional<InetAddress> bind,
        Tls tls,
        List<Cidr> trusted,
        Pages pages,
        AccessLog accessLog,
        Limits limits,
        Duration drainTime,
        List<Channel> channels,
        Optional<Path> root,
        Settings.Logging logging) {

    /**
     * @param ports     which of the ports of routes speak TLS; none without certificates
     * @param redirects ports without routes that send everybody to {@code redirectTo}, one of {@code ports}
     */
    public record Tls(List<Certificate> certificates, Set<Integer> ports, Set<Integer> redirects, int redirectTo) {}

    /** Files in PEM; the chain begins with the certificate of the host. */
    public record Certificate(Path chain, Path key) {}

    /** What the proxy answers itself. {@code status} is a path, without a slash at its end. */
    public record Pages(Optional<String> status, boolean health, boolean clientIp) {}

    /** {@code file}: empty for standard output. */
    public record AccessLog(Format format, Optional<Path> file) {
        public enum Format { OFF, COMBINED, JSON }
    }

    /** {@code ioThreads}: 0 leaves it to the proxy. {@code header} in bytes. */
    public record Limits(int ioThreads, int connections, int header) {}
}
