package dev.dewpoint.cli;

import dev.dewpoint.config.Flags;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

final class ServerCommand {
    private static final String WHERE = "the command stands behind --, as in `dewpoint server … -- ./current/app`";

    private ServerCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.configured("server", "Keep a program equal to the newest release, without losing a connection.")
                .describeApart("Follows a registry, unpacks each new release to ROOT/releases/<UTC>, points the symlink ROOT/current to it and starts the command from there. The new process starts first, and has to prove itself; then the old one is asked to end, and gets the time to. Sockets are held by the agent and inherited by the processes, or a built-in proxy stands before them.")
                .one("--registry", "URL", "Where releases are announced. Required.")
                .many("-p --port", "PORT", "8000, 8000-8005 or ADDR:8000: listened on here, and handed on. None for a worker. Repeatable, or by commas.")
                .one("--handover", "HOW", "sockets: processes inherit them; proxy: each has a port of its own behind the proxy, told in PORT. Without --port: stop-first or start-first. Default: sockets, and proxy with --replicas; stop-first.")
                .one("--replicas", "N", "Processes of a release, behind the proxy. Default: 1.")
                .one("--strategy", "HOW", "Behind the proxy: swap: all at once; rolling: one by one; hold: requests wait while the old one ends. Default: swap.")
                .one("--balance", "HOW", "Behind the proxy: round-robin, least-requests, ip-hash or cookie. Default: round-robin.")
                .one("--replica-port-start", "PORT", "Replica 1 is at this port of 127.0.0.1, replica 2 at the next, …; the next release at those behind. Default: free ports.")
                .one("--health-path", "PATH", "A GET of it is answered with 2xx by what is ready. Default: it stays up, or accepts connections.")
                .one("--health-timeout", "TIME", "How long a process may take to become ready. Default: 30s.")
                .one("--health-interval", "TIME", "Behind the proxy: time between checks. Default: 1s.")
                .one("--start-grace", "TIME", "How long a process has to stay up before the old one is asked to end. Default: 1s.")
                .one("--drain-time", "TIME", "How long an old process may take to end before it is killed. Default: 30s.")
                .one("--rollback-on-crash", "YES", "Whether a release that crashes again and again within 60 s of its start gives way to the one before. Default: true.")
                .one("--memory", "SIZE", "Address space that a process may have, such as 2G. Default: no limit.")
                .one("--nofile", "N", "Files and sockets that a process may have open. Default: the agent's.")
                .one("--nice", "N", "From -20, the most urgent, to 19. Default: the agent's.")
                .many("--env", "NAME[=VALUE]", "Gives processes and hooks a variable, or gives back one that is withheld. Repeatable.")
                .many("--env-file", "FILE", "Variables for the processes, one NAME=VALUE a line. Repeatable.")
                .one("--app-log", "WHERE", "file: ROOT/.dewpoint/log/NAME.log; inherit: the agent's own output. Default: file, and inherit under systemd.")
                .one("--root", "DIR", "Everything Dewpoint writes is below it, and processes run in it. Default: the working directory.")
                .one("-n --name", "NAME", "What the app is called. Default: the last segment of the registry's path.")
                .one("-i --interval", "TIME", "Time between polls: 10, 10s, 5m. Default: 10s.")
                .one("-s --slot", "SLOT", "Follow only releases with this build metadata (v1.2.0+blue is in slot blue).")
                .one("--calver", "FORMAT", "Versions are calendar versions, such as YYYY.0M.MICRO. Default: SemVer.")
                .one("--verify", "HOW", "auto: what is offered must match, else the first digest is remembered; require: something must be offered; off. Default: auto.")
                .one("--before-deploy-hook", "COMMAND", "Run by /bin/sh before a release is unpacked.")
                .one("--after-deploy-hook", "COMMAND", "Run by /bin/sh once the release serves.")
                .one("--hook-timeout", "TIME", "After this a hook is ended, with all it started. Default: 10m.")
                .one("--before-hook-failure", "WHAT", "continue or abort. Default: continue.")
                .many("--notifier", "URL", "Who is told; as with `dewpoint assets`. Repeatable.")
                .one("-c --cache", "URL", "Where verified artifacts are kept. Default: file://ROOT/.dewpoint/cache.")
                .one("--cache-size", "SIZE", "Beyond it the longest unused are removed. Default: 2G.")
                .one("--keep", "N", "Releases kept on disk. Default: 7.")
                .flag("--report", "Leave a note of each deployment at the release (needs a token that may write).")
                .one("--bind", "ADDRESS", "Behind the proxy: take requests on this address only. Default: all.")
                .many("--tls-cert", "FILE", "Behind the proxy: certificate with its chain, in PEM. Repeatable.")
                .many("--tls-key", "FILE", "Its private key, in PEM. As often as --tls-cert, in the same order.")
                .many("--tls-port", "PORT", "Which ports speak TLS. Repeatable. Default: 443 and 8443, or all if there is none of these.")
                .many("--redirect-https", "PORT", "Answers plain HTTP on this port with the same address under https. Repeatable.")
                .many("--trusted-proxy", "CIDR", "Whose X-Forwarded-For is believed. Repeatable. Default: nobody.")
                .one("--expose-status", "PATH", "Page with the state of the processes at PATH, JSON at PATH/status.")
                .one("--access-log", "FORMAT", "off, combined or json. Default: off.")
                .one("--access-log-file", "FILE", "Where these lines go. Default: standard output.")
                .one("--admin-port", "PORT", "Loopback port for `dewpoint status` and the others. Default: 17539, or the next free of ten.")
                .flag("--once", "Refused: nothing would look after the processes.")
                .log()
                .words("COMMAND", "Behind --: what is run, in ROOT. What stands below current/ is taken from the release that is started; {port} becomes the process's own port.")
                .footer(
                        "A program that takes its listening sockets from us (LISTEN_FDS, SERVER_STARTER_PORT):",
                        "  dewpoint server --registry ghr://acme/shop --port 8000 -- ./current/shop",
                        "Any program, five times, on one port:",
                        "  dewpoint server --registry ghr://acme/shop --port 8000 --replicas 5 \\",
                        "      --health-path /health -- ./current/shop --listen 127.0.0.1:{port}",
                        "A worker without a port:",
                        "  dewpoint server --registry ghr://acme/shop -- ./current/worker",
                        "SIGHUP restarts the processes as a deployment does; a second SIGTERM ends what still drains.")
                .does(given -> verbs.server(flags(given), given.wordsBehind()));
    }

    private static Flags flags(Command.Given given) {
        Flags typed = Dewpoint.flags(given);
        List<String> unknown = new ArrayList<>(typed.unknown());
        given.wordsBefore().forEach(word -> unknown.add(word + ": " + WHERE));
        return new Flags(typed.given(), typed.environment(), unknown);
    }
}
