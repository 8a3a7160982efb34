package dev.dewpoint.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "resume", header = "End a pause and a pin.", description = "")
final class ResumeCommand implements Callable<Integer> {
    @Mixin
    WhichAgent which;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    ResumeCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, which.agent(verbs).act("resume", which.app(), Optional.empty()));
    }
}
