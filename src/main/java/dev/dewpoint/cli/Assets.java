package dev.dewpoint.cli;

import picocli.CommandLine;

final class Assets {
    private Assets() {}

    static CommandLine command(Verbs verbs) {
        return Command.configured("assets", "Keep static files equal to the newest release.")
                .describeApart("Follows a registry and unpacks each new release to ROOT/releases/<UTC>; the symlink ROOT/current is switched to it in one step. Serve ROOT/current with the web server of your choice.")
                .one("--registry", "URL", "Where releases are announced. Required.")
                .one("--root", "DIR", "Everything Dewpoint writes is below it. Default: the working directory.")
                .one("-n --name", "NAME", "What the app is called. Default: the last segment of the registry's path.")
                .one("-i --interval", "TIME", "Time between polls: 10, 10s, 5m. Default: 10s.")
                .flag("--once", "Poll once, deploy if there is something newer, exit 0 or 1.")
                .one("-s --slot", "SLOT", "Follow only releases with this build metadata (v1.2.0+blue is in slot blue).")
                .one("--calver", "FORMAT", "Versions are calendar versions, such as YYYY.0M.MICRO. Default: SemVer.")
                .one("--verify", "HOW", "auto: what is offered must match, else the first digest is remembered; require: something must be offered; off. Default: auto.")
                .one("--before-deploy-hook", "COMMAND", "Run by /bin/sh before a release is unpacked.")
                .one("--after-deploy-hook", "COMMAND", "Run by /bin/sh once the release serves.")
                .one("--hook-timeout", "TIME", "After this a hook is ended, with all it started. Default: 10m.")
                .one("--before-hook-failure", "WHAT", "continue or abort. Default: continue.")
                .many("--env", "NAME[=VALUE]", "Gives hooks a variable, or gives back one that is withheld. Repeatable.")
                .many("--notifier", "URL", "Who is told. Repeatable.")
                .one("-c --cache", "URL", "Where verified artifacts are kept. Default: file://ROOT/.dewpoint/cache.")
                .one("--cache-size", "SIZE", "Beyond it the longest unused are removed. Default: 2G.")
                .one("--keep", "N", "Releases kept on disk. Default: 7.")
                .flag("--report", "Leave a note of each deployment at the release (needs a token that may write).")
                .one("--admin-port", "PORT", "Loopback port for `dewpoint status` and the others. Default: 17539, or the next free of ten.")
                .log()
                .footer(
                        "Registries:",
                        "  ghr://OWNER/REPO      GitHub Releases (GITHUB_TOKEN or a GitHub App; none for a public repository)",
                        "  file:///DIR           DIR/<version>/<artifact>",
                        "  options: ?pre-release=true  ?artifact=NAME-OR-GLOB  ?constraint=^1.4",
                        "Notifiers:",
                        "  slack://CHANNEL?title=&url=&quiet=&thread=   SLACK_TOKEN",
                        "  slack+webhook://      SLACK_WEBHOOK_URL",
                        "  mail://HOST:PORT/TO   MAIL_USERNAME, MAIL_PASSWORD, MAIL_FROM",
                        "  webhook+https://…     signed with WEBHOOK_SECRET",
                        "Secrets may stand in files: GITHUB_TOKEN_FILE, SLACK_TOKEN_FILE, … or be systemd credentials.")
                .does(given -> verbs.assets(Dewpoint.flags(given)));
    }
}
