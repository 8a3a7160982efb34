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
                .one("--health-path", "PATH", "A GET of it is answered with 2xx by what is ready. Default: it stays up, or accepts connections.")
                .one("--start-grace", "TIME", "How long a process has to stay up before the old one is asked to end. Default: 1s.")
                .one("--drain-time", "TIME", "How long an old process may take to end before it is killed. Default: 30s.")
                .one("--memory", "SIZE", "Address space that a process may have, such as 2G. Default: no limit.")
                .one("--nofile", "N", "Files and sockets that a process may have open. Default: the agent's.")
                .one("--nice", "N", "From -20, the most urgent, to 19. Default: the agent's.")
                .many("--env", "NAME[=VALUE]", "Gives processes and hooks a variable, or gives back one that is withheld. Repeatable.")
                .many("--env-file", "FILE", "Variables for the processes, one NAME=VALUE a line. Repeatable.")
                .one("--app-log", "WHERE", "file: ROOT/.dewpoint/log/NAME.log; inherit: the agent's own output. Default: file, and inherit under systemd.")
                .with(Following::registry)
                .with(Following::starting)
                .with(Following::files)
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
