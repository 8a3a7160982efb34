package dev.dewpoint.cli;

import java.util.Optional;
import picocli.CommandLine;

final class ResumeCommand {
    private ResumeCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("resume", "End a pause and a pin.")
                .which()
                .does(given -> Answers.print(given, given.agent(verbs).act("resume", given.app(), Optional.empty())));
    }
}
