package dev.dewpoint.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "pause", header = "Deploy nothing by itself until `dewpoint resume`.", description = "")
final class PauseCommand implements Callable<Integer> {
    @Option(names = "--root", paramLabel = "DIR", description = "The agent's root. Default: the working directory.")
    Path root;

    @Option(names = {"-n", "--name"}, paramLabel = "NAME", description = "Which app, if there are several.")
    String name;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    PauseCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return Answers.print(spec, verbs.agent(root == null ? verbs.workingDirectory() : root).act("pause", Optional.ofNullable(name), Optional.empty()));
    }
}
