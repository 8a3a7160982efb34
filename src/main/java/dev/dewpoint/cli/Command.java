package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * One command: what it takes, what its help says, what it does. Told to picocli rather than annotated: to read
 * annotations takes a sixth of a start.
 */
final class Command implements Callable<Integer> {
    /** Whether what was typed wrong is told together with all that is wrong with the configuration. */
    final boolean configured;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private ToIntFunction<Given> action;

    private Command(String name, String header, boolean configured) {
        this.configured = configured;
        spec.name(name).usageMessage().sortOptions(false).header(header).description("");
    }

    /** What was typed behind a command. */
    record Given(CommandSpec spec, ParseResult parsed) {
        Optional<String> one(String option) {
            return Optional.ofNullable(parsed.matchedOptionValue(option, null));
        }

        boolean flag(String option) {
            return parsed.hasMatchedOption(option);
        }

        AdminClient agent(Verbs verbs) {
            return verbs.agent(one("--root").map(Path::of).orElseGet(verbs::workingDirectory));
        }

        Optional<String> app() {
            return one("--name");
        }

        List<String> words() {
            // told once for the words before -- and once for those behind it
            return parsed.matchedPositionals().stream().distinct().flatMap(positional -> positional.originalStringValues().stream()).toList();
        }

        /** Those behind the first {@code --}. */
        List<String> wordsBehind() {
            return words().subList(words().size() - behind(), words().size());
        }

        /** Those before it, but for what is most likely the value of an option that isn't known. */
        List<String> wordsBefore() {
            List<String> words = words().subList(0, words().size() - behind());
            return words.stream().filter(word -> !isValueOfUnknown(word)).toList();
        }

        private boolean isValueOfUnknown(String word) {
            int at = parsed.originalArgs().indexOf(word);
            String before = at < 1 ? "" : parsed.originalArgs().get(at - 1);
            return before.startsWith("-") && !before.contains("=") && parsed.unmatched().contains(before);
        }

        private int behind() {
            int dashes = parsed.originalArgs().indexOf("--");
            return dashes < 0 ? 0 : Math.min(words().size(), parsed.originalArgs().size() - dashes - 1);
        }
    }

    static Command of(String name, String header) {
        return new Command(name, header, false);
    }

    /** One with a configuration. */
    static Command configured(String name, String header) {
        return new Command(name, header, true);
    }

    Command describe(String... lines) {
        spec.usageMessage().description(lines);
        return this;
    }

    /** A paragraph of its own between the usage and the options. */
    Command describeApart(String text) {
        return describe("", text, "");
    }

    Command footer(String... lines) {
        spec.usageMessage().footer(Stream.concat(Stream.of(""), Stream.of(lines)).toArray(String[]::new));
        return this;
    }

    Command one(String names, String label, String description) {
        return add(option(names, description).paramLabel(label).type(String.class));
    }

    Command many(String names, String label, String description) {
        return add(option(names, description).paramLabel(label).type(List.class).auxiliaryTypes(String.class));
    }

    Command flag(String names, String description) {
        return add(option(names, description).type(boolean.class).arity("0"));
    }

    Command required(String names, String label, String description) {
        return add(option(names, description).paramLabel(label).type(String.class).required(true));
    }

    <E extends Enum<E>> Command choice(String names, String label, Class<E> type, String description) {
        return add(option(names, description).paramLabel(label).type(type));
    }

    /** One word behind the options, or none. */
    Command word(String label, String description) {
        spec.addPositional(PositionalParamSpec.builder().paramLabel(label).index("0").arity("0..1").type(String.class).description(description).build());
        return this;
    }

    /** Any number of words behind the options. */
    Command words(String label, String description) {
        spec.addPositional(PositionalParamSpec.builder().paramLabel(label).arity("0..*").type(List.class).auxiliaryTypes(String.class).description(description).build());
        return this;
    }

    /** Flags that several commands have. */
    Command with(UnaryOperator<Command> flags) {
        return flags.apply(this);
    }

    /** What every command for operators takes: whose agent, which app. */
    Command which() {
        return one("--root", "DIR", "The agent's root. Default: the working directory.").one("-n --name", "NAME", "Which app, if there are several.").help();
    }

    /** What every command that goes on running ends its help with. */
    Command log() {
        return one("-l --log-level", "LEVEL", "debug, info, warn or error. Default: info.").one("--log-format", "FORMAT", "text or json. Default: text.").help();
    }

    Command help() {
        return add(option("-h --help", "Show this help.").type(boolean.class).arity("0").usageHelp(true));
    }

    Command version(String names, String description) {
        return add(option(names, description).type(boolean.class).arity("0").versionHelp(true));
    }

    CommandLine does(ToIntFunction<Given> work) {
        action = work;
        return new CommandLine(spec);
    }

    private Command add(OptionSpec.Builder option) {
        spec.addOption(option.build());
        return this;
    }

    private static OptionSpec.Builder option(String names, String description) {
        return OptionSpec.builder(names.split(" ")).description(description);
    }

    @Override
    public Integer call() {
        return action.applyAsInt(new Given(spec, spec.commandLine().getParseResult()));
    }
}
