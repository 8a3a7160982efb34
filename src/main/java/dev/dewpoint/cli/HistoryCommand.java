package dev.dewpoint.cli;

import picocli.CommandLine;

final class HistoryCommand {
    private HistoryCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("history", "Every attempt, newest first: when, what, how it ended and why.")
                .which()
                .choice("-o --output", "FORMAT", Answers.Output.class, "text or json. Default: text.")
                .does(given -> Answers.print(given, given.agent(verbs).history(given.app()), Tables::history));
    }
}
