package dev.dewpoint.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "cert",
        sortOptions = false,
        header = "Make a certificate for development, which this machine trusts.",
        description = {
            "",
            "Makes a certificate authority for this user, once, and signs a certificate for the hosts with it. With --install the system and the browsers of this user trust the authority, and pages open without a warning. For the public use a public authority: nobody else trusts this one.",
            ""
        },
        footer = {
            "",
            "Called again, it makes nothing that is still good: same hosts, valid for another 30 days.",
            "Browsers read their stores when they start: restart them after --install and --uninstall.",
            "Keep ca-key.pem to yourself: who has it can pose as any site to whoever trusts the authority.",
            "",
            "Examples:",
            "  dewpoint cert --install localhost 127.0.0.1 ::1",
            "  dewpoint cert '*.shop.test' shop.test --cert-file shop.pem --key-file shop-key.pem",
            "  dewpoint cert --uninstall"
        })
final class CertCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "HOST", description = "Names (shop.test), a star for one part (*.shop.test) and IP addresses.")
    List<String> hosts = List.of();

    @Option(names = "--install", description = "Have the system and the browsers of this user trust the authority. The system's store needs root; without it the command to run is printed.")
    boolean install;

    @Option(names = "--uninstall", description = "Take the authority out of all these stores again, and nothing else.")
    boolean uninstall;

    @Option(names = "--ca-dir", paramLabel = "DIR", description = "Where the authority is kept. Default: $XDG_DATA_HOME/dewpoint/ca or ~/.local/share/dewpoint/ca.")
    String caDirectory;

    @Option(names = "--cert-file", paramLabel = "FILE", description = "Where the certificate goes. Default: HOST.pem, called after the first host.")
    String certificateFile;

    @Option(names = "--key-file", paramLabel = "FILE", description = "Where its key goes. Default: HOST-key.pem.")
    String keyFile;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    CertCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return verbs.cert(Dewpoint.flags(spec.commandLine()), List.copyOf(hosts));
    }
}
