package dev.dewpoint.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the unit of `dewpoint server` has to know of its flags.
 *
 * @param listen ports, or addresses with a port
 */
public record ServerWords(String name, Duration hook, Duration ready, Duration drain, Optional<Path> cache, List<String> listen) {
    private static final Pattern PORTS = Pattern.compile("(?:(.+):)?(\\d{1,5})(?:-(\\d{1,5}))?");

    public static ServerWords read(Flags flags, Problems problems, Secrets secrets) {
        Values values = new Values(flags, problems);
        new CommonFlags(values, problems, secrets, Path.of("/")).channels();
        Optional<RegistryUrl> registry = values.optional("--registry", RegistryUrl::parse);
        if (flags.one("--registry").isEmpty()) {
            problems.add("--registry is not set: name where releases are announced, such as --registry ghr://OWNER/REPO or --registry file:///DIR");
        }
        registry.filter(RegistryUrl.GitHub.class::isInstance).ifPresent(_ -> GitHubSecrets.read(secrets, problems));
        String name = values.read("--name", registry.map(RegistryUrl::name).orElse("app"), text -> text);
        Duration day = Duration.ofDays(1);
        List<String> listen = new ArrayList<>();
        values.list("--port", ServerWords::ports).forEach(listen::addAll);
        return new ServerWords(name, values.duration("--hook-timeout", Duration.ofMinutes(10), Duration.ofSeconds(1), day), values.duration("--health-timeout", Duration.ofSeconds(30), Duration.ofSeconds(1), day),
                values.duration("--drain-time", Duration.ofSeconds(30), Duration.ZERO, day), values.optional("--cache", text -> Path.of(Url.parse(text).rest())).filter(Path::isAbsolute), List.copyOf(listen));
    }

    private static List<String> ports(String text) {
        Matcher match = PORTS.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("ports have the form 8000, 8000-8005 or ADDRESS:8000");
        }
        int first = HostText.port(match.group(2));
        int last = match.group(3) == null ? first : HostText.port(match.group(3));
        String host = match.group(1) == null ? "" : match.group(1) + ":";
        List<String> ports = new ArrayList<>();
        for (int port = first; port <= last; port++) {
            ports.add(host + port);
        }
        return ports;
    }
}
