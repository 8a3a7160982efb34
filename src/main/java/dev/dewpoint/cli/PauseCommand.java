package dev.dewpoint.cli;

import java.util.Optional;
import picocli.CommandLine;

final class PauseCommand {
    private PauseCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("pause", "Deploy nothing by itself until `dewpoint resume`.")
                .which()
                .does(given -> Answers.print(given, given.agent(verbs).act("pause", given.app(), Optional.empty())));
    }
}
