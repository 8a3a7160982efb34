package dev.dewpoint.cli;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

final class ContainerListCommand {
    private ContainerListCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("list", "The containers behind the proxy of a running agent.")
                .describe("Where each is reached, since when it runs, its name, version and number, whether it gets requests, and how many are in flight there.")
                .which()
                .choice("-o --output", "FORMAT", Answers.Output.class, "text or json. Default: text.")
                .does(given -> list(given, verbs));
    }

    /** What stands before the word would be flags of an agent to be. */
    private static int list(Command.Given given, Verbs verbs) {
        ParseResult container = given.spec().commandLine().getParent().getParseResult();
        Stream<String> options = container.matchedOptions().stream().map(OptionSpec::longestName);
        Stream<String> words = Stream.concat(container.matchedPositionals().stream().flatMap(positional -> positional.originalStringValues().stream()), container.unmatched().stream());
        List<String> strays = Stream.concat(options, words).map(word -> word.split("=", 2)[0] + ": `dewpoint container list` takes what stands behind `list`").toList();
        if (!strays.isEmpty()) {
            return Dewpoint.wrongUsage(given.spec().commandLine(), strays);
        }
        return Answers.print(given, given.agent(verbs).containers(given.app()), Tables::containers);
    }
}
