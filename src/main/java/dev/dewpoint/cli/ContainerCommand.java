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
                .one("--health-path", "PATH", "A GET of it is answered with 2xx by what is ready. Default: it accepts connections.")
                .one("--drain-time", "TIME", "How long requests in flight may go on behind a container that leaves, and how long it may take to end. Default: 30s.")
                .one("--runtime", "ENGINE", "docker or podman, over its API socket (DOCKER_HOST, docker's contexts, CONTAINER_HOST). Default: docker.")
                .many("--cmd", "ARG", "What runs instead of the image's command. Repeatable.")
                .flag("--follow-moved-tags", "Deploy a tag again when it is moved to another image.")
                .flag("--allow-dangerous-run-options", "Let run options give containers rights over this host.")
                .flag("--stop-apps", "End the containers with the agent. Default: they go on, and the next agent takes them over.")
                .many("--env", "NAME[=VALUE]", "Gives hooks a variable, or gives back one that is withheld. Containers get theirs by -e behind --. Repeatable.")
                .with(Following::registry)
                .with(Following::starting)
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
