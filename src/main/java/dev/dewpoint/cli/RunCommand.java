package dev.dewpoint.cli;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        sortOptions = false,
        header = "Run what a file describes.",
        description = {"", "The file is YAML. Below `proxy:` stand the flags of `dewpoint proxy` without their dashes; notifiers, root, log-level and log-format stand beside it.", ""},
        footer = {
            "",
            "proxy:",
            "  routes:",
            "    - 8000=127.0.0.1:3001,127.0.0.1:3002",
            "    - route: 13003=ip-hash:dns:api:13004",
            "      health-path: /health",
            "  expose-status: /lb"
        })
final class RunCommand implements Callable<Integer> {
    @Option(names = {"-f", "--file"}, paramLabel = "FILE", required = true, description = "The YAML file. Required.")
    Path file;

    @Mixin
    LogOptions log;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    RunCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        Set<String> known = new CommandLine(new ProxyCommand(verbs)).getCommandSpec().options().stream().map(option -> option.longestName()).collect(Collectors.toSet());
        return verbs.run(Dewpoint.flags(spec.commandLine()), file, known);
    }
}
