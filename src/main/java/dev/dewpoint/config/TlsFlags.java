package dev.dewpoint.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** {@code --tls-cert}, {@code --tls-key}, {@code --tls-port} and {@code --redirect-https}. */
final class TlsFlags {
    private static final Set<Integer> CUSTOMARY = Set.of(443, 8443);
    private static final long LARGEST = 1 << 20;

    private final Values values;
    private final Problems problems;
    private final CommonFlags common;

    TlsFlags(Values values, Problems problems, CommonFlags common) {
        this.values = values;
        this.problems = problems;
        this.common = common;
    }

    ProxySettings.Tls read(RouteFlags routes) {
        List<ProxySettings.Certificate> certificates = certificates();
        boolean wanted = !values.flags().all("--tls-cert").isEmpty();
        Set<Integer> ports = ports(routes, wanted);
        Set<Integer> redirects = redirects(routes, wanted);
        return new ProxySettings.Tls(certificates, ports, redirects, ports.contains(443) ? 443 : ports.stream().findFirst().orElse(443));
    }

    private List<ProxySettings.Certificate> certificates() {
        List<Flags.Value> chains = values.flags().all("--tls-cert");
        List<Flags.Value> keys = values.flags().all("--tls-key");
        if (chains.size() != keys.size()) {
            problems.add("--tls-cert is given " + times(chains.size()) + " and --tls-key " + times(keys.size()) + ": they go in pairs, the first key belongs to the first certificate");
        }
        List<ProxySettings.Certificate> pairs = new ArrayList<>();
        List<Optional<Path>> files = chains.stream().map(value -> values.read(value, this::chain)).toList();
        List<Optional<Path>> keyFiles = keys.stream().map(value -> values.read(value, this::key)).toList();
        for (int i = 0; i < Math.min(files.size(), keyFiles.size()); i++) {
            int at = i;
            files.get(i).ifPresent(chain -> keyFiles.get(at).ifPresent(key -> pairs.add(new ProxySettings.Certificate(chain, key))));
        }
        return List.copyOf(pairs);
    }

    private static String times(int number) {
        return number == 0 ? "not at all" : number == 1 ? "once" : number + " times";
    }

    private Path chain(String text) {
        Path file = common.path(text);
        if (!content(file).contains("-----BEGIN CERTIFICATE-----")) {
            throw new IllegalArgumentException("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
        }
        return file;
    }

    private Path key(String text) {
        Path file = common.path(text);
        String content = content(file);
        if (content.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || content.contains("Proc-Type: 4,ENCRYPTED")) {
            throw new IllegalArgumentException("its key is encrypted; write it without a passphrase (`openssl pkey`) and let only this user read it");
        }
        if (!content.contains("PRIVATE KEY-----")) {
            throw new IllegalArgumentException("it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
        }
        return file;
    }

    private static String content(Path file) {
        try {
            if (Files.isRegularFile(file) && Files.size(file) > LARGEST) {
                throw new IllegalArgumentException("it is too large for that");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException("it can't be read (" + e.getClass().getSimpleName() + "); check the path and the permissions", e);
        }
    }

    private Set<Integer> ports(RouteFlags routes, boolean wanted) {
        if (values.flags().all("--tls-port").isEmpty()) {
            Set<Integer> ports = new TreeSet<>(wanted ? routes.httpPorts() : Set.of());
            if (ports.stream().anyMatch(CUSTOMARY::contains)) {
                ports.retainAll(CUSTOMARY);
            }
            return ports;
        }
        return new TreeSet<>(values.list("--tls-port", text -> {
            int port = HostText.port(text);
            if (!wanted) {
                throw new IllegalArgumentException("there is no certificate; add --tls-cert and --tls-key");
            }
            if (routes.isStream(port)) {
                throw new IllegalArgumentException("the port belongs to " + routes.takenBy(port).orElseThrow() + ", and a tcp route passes bytes on as they are; leave TLS to its upstreams, or leave tcp: away");
            }
            if (!routes.httpPorts().contains(port)) {
                throw new IllegalArgumentException("no route has this port; add one, --route " + port + "=UPSTREAM");
            }
            return port;
        }));
    }

    private Set<Integer> redirects(RouteFlags routes, boolean wanted) {
        return new TreeSet<>(values.list("--redirect-https", text -> {
            int port = HostText.port(text);
            if (!wanted) {
                throw new IllegalArgumentException("there is no https to go to; add --tls-cert and --tls-key");
            }
            routes.takenBy(port).ifPresent(route -> {
                throw new IllegalArgumentException("the port belongs to " + route + ", and every request there would be sent away; remove one of the two");
            });
            return port;
        }));
    }
}
