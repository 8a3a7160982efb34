package dev.dewpoint;

import dev.dewpoint.cert.HostName;
import dev.dewpoint.cert.LocalAuthority;
import dev.dewpoint.cert.TrustStores;
import dev.dewpoint.config.CertSettings;
import dev.dewpoint.config.Problems;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Time;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The steps of `dewpoint cert`, and what it says of each. */
final class Certify {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final CertSettings settings;
    private final List<HostName> hosts;
    private final Path workingDirectory;
    private final Map<String, String> environment;
    private final PrintStream out;

    private Certify(CertSettings settings, List<HostName> hosts, Path workingDirectory, Map<String, String> environment, PrintStream out) {
        this.settings = settings;
        this.hosts = hosts;
        this.workingDirectory = workingDirectory;
        this.environment = environment;
        this.out = out;
    }

    /** Empty if a host is none. */
    static Optional<Certify> of(CertSettings settings, Path workingDirectory, Map<String, String> environment, PrintStream out, Problems problems) {
        List<HostName> hosts = new ArrayList<>();
        for (String host : settings.hosts()) {
            try {
                HostName name = HostName.parse(host);
                if (!hosts.contains(name)) {
                    hosts.add(name);
                }
            } catch (IllegalArgumentException e) {
                problems.add(host + ": " + e.getMessage());
            }
        }
        return problems.isEmpty() ? Optional.of(new Certify(settings, hosts, workingDirectory, environment, out)) : Optional.empty();
    }

    /** The user's own directory for data, as the XDG specification has it. */
    static Optional<Path> usualDirectory(Map<String, String> environment) {
        Optional<Path> shared = absolute(environment.get("XDG_DATA_HOME"));
        return shared.or(() -> absolute(environment.get("HOME")).map(home -> home.resolve(".local/share"))).map(data -> data.resolve("dewpoint/ca"));
    }

    private static Optional<Path> absolute(String text) {
        return Optional.ofNullable(text).filter(path -> path.startsWith("/")).map(Path::of);
    }

    /** Whether everything was done. */
    boolean run() throws InterruptedException {
        if (settings.uninstall()) {
            return uninstall();
        }
        LocalAuthority authority = LocalAuthority.open(settings.authority(), Time.system());
        out.println((authority.isNew() ? "Made a certificate authority: " : "The certificate authority: ") + authority.certificate() + ", valid until " + DAY.format(authority.expires()));
        Optional<LocalAuthority.Issued> issued = hosts.isEmpty() ? Optional.empty() : Optional.of(issue(authority));
        boolean installed = !settings.install() || told(stores().install(authority.certificate()), "trusts the authority", "trusted it before");
        issued.ifPresent(this::tellHowToUse);
        if (!settings.install() && authority.isNew()) {
            out.println("Nobody trusts the authority yet; `dewpoint cert --install` has this machine trust it.");
        }
        return installed;
    }

    private boolean uninstall() throws InterruptedException {
        Path certificate = LocalAuthority.certificateIn(settings.authority());
        if (!Files.exists(certificate)) {
            throw new Failure(Failure.Kind.MISSING, "take the certificate authority out of the stores", "there is none in " + settings.authority() + "; say where it is with --ca-dir");
        }
        boolean done = told(stores().uninstall(certificate), "no longer trusts the authority", "did not trust it");
        out.println("The authority itself stays in " + settings.authority() + "; remove the directory if you don't need it any more.");
        return done;
    }

    private LocalAuthority.Issued issue(LocalAuthority authority) {
        String name = hosts.getFirst().fileName();
        Path certificate = settings.certificate().orElseGet(() -> workingDirectory.resolve(name + ".pem"));
        Path key = settings.key().orElseGet(() -> workingDirectory.resolve(name + "-key.pem"));
        LocalAuthority.Issued issued = authority.issue(hosts, certificate, key);
        out.println((issued.made() ? "Made a certificate for " : "The certificate is still good for ") + String.join(", ", issued.hosts().stream().map(HostName::toString).toList()) + ", valid until " + DAY.format(issued.expires()));
        out.println("  certificate  " + issued.certificate());
        out.println("  key          " + issued.key());
        return issued;
    }

    private void tellHowToUse(LocalAuthority.Issued issued) {
        out.println("Use it:  dewpoint proxy --route 8443=127.0.0.1:3000 --tls-cert " + relative(issued.certificate()) + " --tls-key " + relative(issued.key()));
    }

    private Path relative(Path file) {
        return file.startsWith(workingDirectory) ? workingDirectory.relativize(file) : file;
    }

    private TrustStores stores() {
        Path home = absolute(environment.get("HOME")).orElseThrow(() -> new Failure(Failure.Kind.MISCONFIGURED, "find the browsers' stores", "HOME is not set"));
        return new TrustStores(new Commands(Time.system()), Path.of("/"), home, environment);
    }

    private boolean told(List<TrustStores.Outcome> outcomes, String done, String already) {
        for (TrustStores.Outcome outcome : outcomes) {
            out.println(switch (outcome.state()) {
                case DONE -> outcome.store() + " " + done;
                case ALREADY -> outcome.store() + " " + already;
                case FAILED -> "NOT DONE: " + outcome.store() + ": " + outcome.note();
            });
        }
        return outcomes.stream().noneMatch(outcome -> outcome.state() == TrustStores.State.FAILED);
    }
}
