package dev.dewpoint.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "rollback", header = "Go back to the release that served before, or to this one.", description = "The registry is not asked. Pins until a version above the one that is left appears, or `dewpoint resume`.")
final class RollbackCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "VERSION", description = "One that served here. Default: the one before.")
    String version;

    @Mixin
    WhichAgent which;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    RollbackCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, which.agent(verbs).act("rollback", which.app(), Optional.ofNullable(version)));
    }
}
