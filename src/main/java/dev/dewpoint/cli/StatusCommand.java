package dev.dewpoint.cli;

import picocli.CommandLine;

final class StatusCommand {
    private StatusCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("status", "What serves, what is being attempted, and when the next poll is.")
                .which()
                .choice("-o --output", "FORMAT", Answers.Output.class, "text or json. Default: text.")
                .does(given -> Answers.print(given, given.agent(verbs).status(given.app()), Tables::status));
    }
}
