package dev.dewpoint.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "deploy", header = "Deploy now: the newest release, or this version.", description = "Waits for the end; exit 1 if it was not achieved. A version below the one that served last is pinned until a higher one appears. A refused release is tried once more.")
final class DeployCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "VERSION", description = "The tag, as announced. Default: the newest.")
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

    DeployCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, verbs.agent(root == null ? verbs.workingDirectory() : root).act("deploy", Optional.ofNullable(name), Optional.ofNullable(version)));
    }
}
