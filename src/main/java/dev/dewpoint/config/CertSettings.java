package dev.dewpoint.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What `dewpoint cert` was asked for; the hosts as they were typed. */
public record CertSettings(List<String> hosts, Path authority, Optional<Path> certificate, Optional<Path> key, boolean install, boolean uninstall) {
    public CertSettings {
        hosts = List.copyOf(hosts);
    }

    /**
     * Empty if there are problems.
     *
     * @param usual where the authority is kept unless said, if the environment tells
     */
    public static Optional<CertSettings> read(Flags flags, List<String> hosts, Optional<Path> usual, Path workingDirectory, Problems problems) {
        Values values = new Values(flags, problems);
        Function<String, Path> path = text -> path(workingDirectory, text);
        Optional<Path> authority = values.optional("--ca-dir", path).or(() -> usual);
        Optional<Path> certificate = values.optional("--cert-file", path);
        Optional<Path> key = values.optional("--key-file", path);
        boolean install = values.yes("--install");
        boolean uninstall = values.yes("--uninstall");
        if (authority.isEmpty() && problems.isEmpty()) {
            problems.add("neither HOME nor XDG_DATA_HOME is set; say with --ca-dir where the authority is kept");
        }
        if (install && uninstall) {
            problems.add("--install and --uninstall contradict each other");
        }
        if (uninstall && !hosts.isEmpty()) {
            problems.add("--uninstall takes the authority out of the stores and makes no certificate; leave out " + String.join(" ", hosts));
        }
        if (hosts.isEmpty() && !install && !uninstall) {
            problems.add("for which host? `dewpoint cert localhost 127.0.0.1 ::1`, for example");
        }
        if (hosts.isEmpty() && (certificate.isPresent() || key.isPresent())) {
            problems.add("--cert-file and --key-file say where a certificate goes, but no host is given to make one for");
        }
        if (certificate.isPresent() && certificate.equals(key)) {
            problems.add("--cert-file and --key-file are the same file; everybody may read the one, nobody else the other");
        }
        return problems.isEmpty() ? Optional.of(new CertSettings(hosts, authority.orElseThrow(), certificate, key, install, uninstall)) : Optional.empty();
    }

    private static Path path(Path workingDirectory, String text) {
        try {
            return workingDirectory.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("no path can be called that");
        }
    }
}
