package dev.dewpoint.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "status", header = "What serves, what is being attempted, and when the next poll is.", description = "")
final class StatusCommand implements Callable<Integer> {
    enum Output { TEXT, JSON }

    @Mixin
    WhichAgent which;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "text or json. Default: text.", defaultValue = "text")
    Output output;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    StatusCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, which.agent(verbs).status(which.app()), output == Output.JSON, Tables::status);
    }
}
