package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "history", header = "Every attempt, newest first: when, what, how it ended and why.", description = "")
final class HistoryCommand implements Callable<Integer> {
    @Option(names = "--root", paramLabel = "DIR", description = "The agent's root. Default: the working directory.")
    Path root;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "text or json. Default: text.", defaultValue = "text")
    StatusCommand.Output output;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    HistoryCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        AdminClient agent = verbs.agent(root == null ? verbs.workingDirectory() : root);
        return Answers.print(spec, agent.history(), output == StatusCommand.Output.JSON, Tables::history);
    }
}
