package dev.dewpoint.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "assets",
        sortOptions = false,
        header = "Keep static files equal to the newest release.",
        description = {"", "Follows a registry and unpacks each new release to ROOT/releases/<UTC>; the symlink ROOT/current is switched to it in one step. Serve ROOT/current with the web server of your choice.", ""},
        footer = {
            "",
            "Registries:",
            "  ghr://OWNER/REPO      GitHub Releases (GITHUB_TOKEN or a GitHub App; none for a public repository)",
            "  file:///DIR           DIR/<version>/<artifact>",
            "  options: ?pre-release=true  ?artifact=NAME-OR-GLOB  ?constraint=^1.4",
            "Notifiers:",
            "  slack://CHANNEL?title=&url=&quiet=&thread=   SLACK_TOKEN",
            "  slack+webhook://      SLACK_WEBHOOK_URL",
            "  mail://HOST:PORT/TO   MAIL_USERNAME, MAIL_PASSWORD, MAIL_FROM",
            "  webhook+https://…     signed with WEBHOOK_SECRET",
            "Secrets may stand in files: GITHUB_TOKEN_FILE, SLACK_TOKEN_FILE, … or be systemd credentials."
        })
final class Assets implements Callable<Integer> {
    @Option(names = "--registry", paramLabel = "URL", description = "Where releases are announced. Required.")
    String registry;

    @Option(names = "--root", paramLabel = "DIR", description = "Everything Dewpoint writes is below it. Default: the working directory.")
    String root;

    @Option(names = {"-n", "--name"}, paramLabel = "NAME", description = "What the app is called. Default: the last segment of the registry's path.")
    String name;

    @Option(names = {"-i", "--interval"}, paramLabel = "TIME", description = "Time between polls: 10, 10s, 5m. Default: 10s.")
    String interval;

    @Option(names = "--once", description = "Poll once, deploy if there is something newer, exit 0 or 1.")
    boolean once;

    @Option(names = {"-s", "--slot"}, paramLabel = "SLOT", description = "Follow only releases with this build metadata (v1.2.0+blue is in slot blue).")
    String slot;

    @Option(names = "--calver", paramLabel = "FORMAT", description = "Versions are calendar versions, such as YYYY.0M.MICRO. Default: SemVer.")
    String calver;

    @Option(names = "--verify", paramLabel = "HOW", description = "auto: what is offered must match, else the first digest is remembered; require: something must be offered; off. Default: auto.")
    String verify;

    @Option(names = "--before-deploy-hook", paramLabel = "COMMAND", description = "Run by /bin/sh before a release is unpacked.")
    String beforeDeployHook;

    @Option(names = "--after-deploy-hook", paramLabel = "COMMAND", description = "Run by /bin/sh once the release serves.")
    String afterDeployHook;

    @Option(names = "--hook-timeout", paramLabel = "TIME", description = "After this a hook is ended, with all it started. Default: 10m.")
    String hookTimeout;

    @Option(names = "--before-hook-failure", paramLabel = "WHAT", description = "continue or abort. Default: continue.")
    String beforeHookFailure;

    @Option(names = "--env", paramLabel = "NAME[=VALUE]", description = "Gives hooks a variable, or gives back one that is withheld. Repeatable.")
    List<String> env;

    @Option(names = "--notifier", paramLabel = "URL", description = "Who is told. Repeatable.")
    List<String> notifier;

    @Option(names = {"-c", "--cache"}, paramLabel = "URL", description = "Where verified artifacts are kept. Default: file://ROOT/.dewpoint/cache.")
    String cache;

    @Option(names = "--cache-size", paramLabel = "SIZE", description = "Beyond it the longest unused are removed. Default: 2G.")
    String cacheSize;

    @Option(names = "--keep", paramLabel = "N", description = "Releases kept on disk. Default: 7.")
    String keep;

    @Option(names = "--report", description = "Leave a note of each deployment at the release (needs a token that may write).")
    boolean report;

    @Option(names = "--admin-port", paramLabel = "PORT", description = "Loopback port for `dewpoint status` and the others. Default: 17539, or the next free of ten.")
    String adminPort;

    @Mixin
    LogOptions log;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    Assets(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return verbs.assets(Dewpoint.flags(spec.commandLine()));
    }
}
