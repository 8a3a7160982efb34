package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "status", header = "What serves, what is being attempted, and when the next poll is.", description = "")
final class StatusCommand implements Callable<Integer> {
    @Option(names = "--root", paramLabel = "DIR", description = "The agent's root. Default: the working directory.")
    Path root;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "text or json. Default: text.", defaultValue = "text")
    Output output;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Spec
    CommandSpec spec;

    enum Output { TEXT, JSON }

    private final Verbs verbs;

    StatusCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        AdminClient agent = verbs.agent(root == null ? verbs.workingDirectory() : root);
        return Answers.print(spec, agent.status(), output == Output.JSON, Tables::status);
    }
}
