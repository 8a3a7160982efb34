package dev.dewpoint.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "pause", header = "Deploy nothing by itself until `dewpoint resume`.", description = "")
final class PauseCommand implements Callable<Integer> {
    @Mixin
    WhichAgent which;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    PauseCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, which.agent(verbs).act("pause", which.app(), Optional.empty()));
    }
}
