package dev.dewpoint.cli;

import picocli.CommandLine;

final class Assets {
    private Assets() {}

    static CommandLine command(Verbs verbs) {
        return Command.configured("assets", "Keep static files equal to the newest release.")
                .describeApart("Follows a registry and unpacks each new release to ROOT/releases/<UTC>; the symlink ROOT/current is switched to it in one step. Serve ROOT/current with the web server of your choice.")
                .one("--registry", "URL", "Where releases are announced. Required.")
                .flag("--once", "Poll once, deploy if there is something newer, exit 0 or 1.")
                .many("--env", "NAME[=VALUE]", "Gives hooks a variable, or gives back one that is withheld. Repeatable.")
                .with(Following::registry)
                .with(Following::files)
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
