package dev.dewpoint.cli;

import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

final class RunCommand {
    private RunCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("run", "Run what a file describes.")
                .describeApart("The file is YAML. Below `proxy:` stand the flags of `dewpoint proxy` without their dashes; notifiers, root, log-level and log-format stand beside it.")
                .required("-f --file", "FILE", "The YAML file. Required.")
                .log()
                .footer(
                        "proxy:",
                        "  routes:",
                        "    - 8000=127.0.0.1:3001,127.0.0.1:3002",
                        "    - route: 13003=ip-hash:dns:api:13004",
                        "      health-path: /health",
                        "  expose-status: /lb")
                .does(given -> verbs.run(Dewpoint.flags(given), Path.of(given.one("--file").orElseThrow()), proxyFlags(verbs)));
    }

    private static Set<String> proxyFlags(Verbs verbs) {
        return ProxyCommand.command(verbs).getCommandSpec().options().stream().map(OptionSpec::longestName).collect(Collectors.toSet());
    }
}
