package dev.dewpoint.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "rollback", header = "Go back to the release that served before, or to this one.", description = "The registry is not asked. Pins until a version above the one that is left appears, or `dewpoint resume`.")
final class RollbackCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "VERSION", description = "One that served here. Default: the one before.")
    String version;

    @Option(names = "--root", paramLabel = "DIR", description = "The agent's root. Default: the working directory.")
    Path root;

    @Option(names = {"-n", "--name"}, paramLabel = "NAME", description = "Which app, if there are several.")
    String name;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    RollbackCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, verbs.agent(root == null ? verbs.workingDirectory() : root).act("rollback", Optional.ofNullable(name), Optional.ofNullable(version)));
    }
}
