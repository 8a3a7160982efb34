package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What every command for operators takes: whose agent, which app. */
final class WhichAgent {
    @Option(names = "--root", paramLabel = "DIR", description = "The agent's root. Default: the working directory.")
    Path root;

    @Option(names = {"-n", "--name"}, paramLabel = "NAME", description = "Which app, if there are several.")
    String name;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    AdminClient agent(Verbs verbs) {
        return verbs.agent(root == null ? verbs.workingDirectory() : root);
    }

    Optional<String> app() {
        return Optional.ofNullable(name);
    }
}
