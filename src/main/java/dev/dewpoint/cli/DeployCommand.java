package dev.dewpoint.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "deploy", header = "Deploy now: the newest release, or this version.", description = "Waits for the end; exit 1 if it was not achieved. A version below the one that served last is pinned until a higher one appears. A refused release is tried once more.")
final class DeployCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "VERSION", description = "The tag, as announced. Default: the newest.")
    String version;

    @Mixin
    WhichAgent which;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    DeployCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, which.agent(verbs).act("deploy", which.app(), Optional.ofNullable(version)));
    }
}
