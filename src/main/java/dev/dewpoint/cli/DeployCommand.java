package dev.dewpoint.cli;

import picocli.CommandLine;

final class DeployCommand {
    private DeployCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("deploy", "Deploy now: the newest release, or this version.")
                .describe("Waits for the end; exit 1 if it was not achieved. A version below the one that served last is pinned until a higher one appears. A refused release is tried once more.")
                .word("VERSION", "The tag, as announced. Default: the newest.")
                .which()
                .does(given -> Answers.print(given, given.agent(verbs).act("deploy", given.app(), given.words().stream().findFirst())));
    }
}
