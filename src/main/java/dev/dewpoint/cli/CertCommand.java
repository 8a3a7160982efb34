package dev.dewpoint.cli;

import picocli.CommandLine;

final class CertCommand {
    private CertCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("cert", "Make a certificate for development, which this machine trusts.")
                .describeApart("Makes a certificate authority for this user, once, and signs a certificate for the hosts with it. With --install the system and the browsers of this user trust the authority, and pages open without a warning. For the public use a public authority: nobody else trusts this one.")
                .words("HOST", "Names (shop.test), a star for one part (*.shop.test) and IP addresses.")
                .flag("--install", "Have the system and the browsers of this user trust the authority. The system's store needs root; without it the command to run is printed.")
                .flag("--uninstall", "Take the authority out of all these stores again, and nothing else.")
                .one("--ca-dir", "DIR", "Where the authority is kept. Default: $XDG_DATA_HOME/dewpoint/ca or ~/.local/share/dewpoint/ca.")
                .one("--cert-file", "FILE", "Where the certificate goes. Default: HOST.pem, called after the first host.")
                .one("--key-file", "FILE", "Where its key goes. Default: HOST-key.pem.")
                .help()
                .footer(
                        "Called again, it makes nothing that is still good: same hosts, valid for another 30 days.",
                        "Browsers read their stores when they start: restart them after --install and --uninstall.",
                        "Keep ca-key.pem to yourself: who has it can pose as any site to whoever trusts the authority.",
                        "",
                        "Examples:",
                        "  dewpoint cert --install localhost 127.0.0.1 ::1",
                        "  dewpoint cert '*.shop.test' shop.test --cert-file shop.pem --key-file shop-key.pem",
                        "  dewpoint cert --uninstall")
                .does(given -> verbs.cert(Dewpoint.flags(given), given.words()));
    }
}
