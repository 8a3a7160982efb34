package dev.dewpoint.cli;

import dev.dewpoint.config.Flags;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

final class ContainerCommand {
    private static final String WHERE = "options of docker's run stand behind --, as in `dewpoint container … -- -e NAME=VALUE`";

    private ContainerCommand() {}

    static CommandLine command(Verbs verbs) {
        CommandLine command = Command.configured("container", "Keep containers equal to the newest image, without losing a request.")
                .describeApart("Follows a registry of images. Each new version is pulled by its digest and started beside the old one on ports of 127.0.0.1; once it is ready the proxy hands all requests over in one step, and the old one ends when it has nothing left to do.")
                .one("--registry", "URL", "Where images are announced: img://HOST/REPO, or docker://IMAGE for those of this host's engine. Required.")
                .many("-p --port", "PORT", "PROXY[:CONTAINER]: takes requests, and leads to this port of the containers. tcp: before it for what isn't HTTP. Repeatable; required.")
                .one("--container-port", "PORT", "The port in the containers. Default: the one that the image exposes.")
                .one("--replica-port-start", "PORT", "Replica 1 is at this port of 127.0.0.1, replica 2 at the next, …; the next release at those behind. Default: free ports.")
                .one("--replicas", "N", "Containers of a release. Default: 1.")
                .one("--strategy", "HOW", "swap: all at once; rolling: one by one; hold: requests wait while the old one ends. Default: swap.")
                .one("--balance", "HOW", "round-robin, least-requests, ip-hash or cookie. Default: round-robin.")
                .one("--health-path", "PATH", "A GET of it is answered with 2xx by what is ready. Default: it accepts connections.")
                .one("--health-timeout", "TIME", "How long a container may take to become ready. Default: 30s.")
                .one("--health-interval", "TIME", "Time between checks. Default: 1s.")
                .one("--drain-time", "TIME", "How long requests in flight may go on behind a container that leaves, and how long it may take to end. Default: 30s.")
                .one("--runtime", "ENGINE", "docker or podman, over its API socket (DOCKER_HOST, docker's contexts, CONTAINER_HOST). Default: docker.")
                .many("--cmd", "ARG", "What runs instead of the image's command. Repeatable.")
                .flag("--follow-moved-tags", "Deploy a tag again when it is moved to another image.")
                .flag("--allow-dangerous-run-options", "Let run options give containers rights over this host.")
                .flag("--stop-apps", "End the containers with the agent. Default: they go on, and the next agent takes them over.")
                .one("--root", "DIR", "Everything Dewpoint writes is below it. Default: the working directory.")
                .one("-n --name", "NAME", "What the app is called. Default: the last segment of the repository.")
                .one("-i --interval", "TIME", "Time between polls: 10, 10s, 5m. Default: 10s.")
                .one("-s --slot", "SLOT", "Follow only tags of this slot (v1.2.0_blue is in slot blue).")
                .one("--calver", "FORMAT", "Versions are calendar versions, such as YYYY.0M.MICRO. Default: SemVer.")
                .one("--before-deploy-hook", "COMMAND", "Run by /bin/sh before containers are started.")
                .one("--after-deploy-hook", "COMMAND", "Run by /bin/sh once the release serves.")
                .one("--hook-timeout", "TIME", "After this a hook is ended, with all it started. Default: 10m.")
                .one("--before-hook-failure", "WHAT", "continue or abort. Default: continue.")
                .many("--env", "NAME[=VALUE]", "Gives hooks a variable, or gives back one that is withheld. Containers get theirs by -e behind --. Repeatable.")
                .many("--notifier", "URL", "Who is told; as with `dewpoint assets`. Repeatable.")
                .one("--keep", "N", "Images kept. Default: 7.")
                .one("--bind", "ADDRESS", "Take requests on this address only. Default: all.")
                .many("--tls-cert", "FILE", "Certificate with its chain, in PEM. Repeatable.")
                .many("--tls-key", "FILE", "Its private key, in PEM. As often as --tls-cert, in the same order.")
                .many("--tls-port", "PORT", "Which ports speak TLS. Repeatable. Default: 443 and 8443, or all if there is none of these.")
                .many("--redirect-https", "PORT", "Answers plain HTTP on this port with the same address under https. Repeatable.")
                .many("--trusted-proxy", "CIDR", "Whose X-Forwarded-For is believed. Repeatable. Default: nobody.")
                .one("--expose-status", "PATH", "Page with the state of the containers at PATH, JSON at PATH/status.")
                .one("--access-log", "FORMAT", "off, combined or json. Default: off.")
                .one("--access-log-file", "FILE", "Where these lines go. Default: standard output.")
                .one("--admin-port", "PORT", "Loopback port for `dewpoint status` and the others. Default: 17539, or the next free of ten.")
                .flag("--once", "Refused: nothing would look after the containers.")
                .log()
                .words("RUN-OPTION", "Behind --: how containers are run, as `docker run` takes it (-e, -v, --memory, …).")
                .footer(
                        "Three replicas, updated without a lost request:",
                        "  dewpoint container --registry img://ghcr.io/acme/shop --port 8000 --replicas 3 \\",
                        "      --health-path /health -- -e DATABASE_URL=postgres://db/shop --memory 512m",
                        "A release candidate, wherever the image listens:",
                        "  dewpoint container --registry 'img://registry.example.com/shop?pre-release=true' \\",
                        "      --port 8000 --container-port 8080",
                        "Who we are at the registry: Docker's config.json and its helpers, else",
                        "DOCKER_USERNAME and DOCKER_PASSWORD, else GITHUB_TOKEN for ghcr.io.")
                .does(given -> verbs.container(flags(given), given.wordsBehind()));
        command.addSubcommand(ContainerListCommand.command(verbs));
        return command;
    }

    /** A run option whose dashes were forgotten may hold a secret: of a word only the name is told. */
    private static Flags flags(Command.Given given) {
        Flags typed = Dewpoint.flags(given);
        List<String> unknown = new ArrayList<>(typed.unknown().stream().map(problem -> problem.contains("did you mean") ? problem : problem + "; " + WHERE).toList());
        given.wordsBefore().forEach(word -> unknown.add(word.split("=", 2)[0] + ": `dewpoint container` takes no such argument; " + WHERE));
        return new Flags(typed.given(), typed.environment(), unknown);
    }
}
