package dev.dewpoint.cli;

import picocli.CommandLine;

final class RollbackCommand {
    private RollbackCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("rollback", "Go back to the release that served before, or to this one.")
                .describe("The registry is not asked. Pins until a version above the one that is left appears, or `dewpoint resume`.")
                .word("VERSION", "One that served here. Default: the one before.")
                .which()
                .does(given -> Answers.print(given, given.agent(verbs).act("rollback", given.app(), given.words().stream().findFirst())));
    }
}
