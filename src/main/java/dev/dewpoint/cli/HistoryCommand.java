package dev.dewpoint.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "history", header = "Every attempt, newest first: when, what, how it ended and why.", description = "")
final class HistoryCommand implements Callable<Integer> {
    @Mixin
    WhichAgent which;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "text or json. Default: text.", defaultValue = "text")
    StatusCommand.Output output;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    HistoryCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, which.agent(verbs).history(which.app()), output == StatusCommand.Output.JSON, Tables::history);
    }
}
