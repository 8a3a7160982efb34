package dev.dewpoint.cli;

import dev.dewpoint.config.Flags;
import dev.dewpoint.config.Problems;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command line: which commands there are, and how what was typed wrong is told. */
public final class Dewpoint {
    private Dewpoint() {}

    /** In the order of the help. Building all of them would delay the one that is meant. */
    private static Map<String, Supplier<CommandLine>> commands(Verbs verbs) {
        Map<String, Supplier<CommandLine>> commands = new LinkedHashMap<>();
        commands.put("assets", () -> Assets.command(verbs));
        commands.put("server", () -> ServerCommand.command(verbs));
        commands.put("container", () -> ContainerCommand.command(verbs));
        commands.put("proxy", () -> ProxyCommand.command(verbs));
        commands.put("run", () -> RunCommand.command(verbs));
        commands.put("status", () -> StatusCommand.command(verbs));
        commands.put("history", () -> HistoryCommand.command(verbs));
        commands.put("deploy", () -> DeployCommand.command(verbs));
        commands.put("rollback", () -> RollbackCommand.command(verbs));
        commands.put("scale", () -> ScaleCommand.command(verbs));
        commands.put("logs", () -> LogsCommand.command(verbs));
        commands.put("pause", () -> PauseCommand.command(verbs));
        commands.put("resume", () -> ResumeCommand.command(verbs));
        commands.put("service", () -> ServiceCommand.command(verbs));
        commands.put("cert", () -> CertCommand.command(verbs));
        commands.put("demo", () -> DemoCommand.command(verbs));
        return commands;
    }

    /** Answers the exit code. */
    public static int run(Verbs verbs, String... arguments) {
        CommandLine line = line(verbs, arguments);
        line.getCommandSpec().versionProvider(() -> new String[] {verbs.version()});
        line.setUsageHelpAutoWidth(true).setAbbreviatedOptionsAllowed(false).setCaseInsensitiveEnumValuesAllowed(true);
        // a word that begins with @ is a word
        line.setExpandAtFiles(false);
        line.setUnmatchedArgumentsAllowed(true).setUnmatchedOptionsArePositionalParams(false);
        line.setParameterExceptionHandler((e, given) -> wrongUsage(e.getCommandLine(), List.of(e.getMessage())));
        line.setExecutionStrategy(Dewpoint::execute);
        return line.execute(arguments);
    }

    /** With the one command that is meant, or with all. */
    static CommandLine line(Verbs verbs, String... arguments) {
        CommandLine line = Command.of("dewpoint", "Keeps what runs on this host equal to what was released.")
                .describeApart("Dewpoint watches a registry for the newest release, fetches and verifies it, runs your hooks, switches to it in one step and tells people. It pulls: nothing has to reach into the host.")
                .help()
                .version("-v --version", "Show the version.")
                .footer(
                        "Each flag can also be given as DEWPOINT_<FLAG> in the environment (--log-level is DEWPOINT_LOG_LEVEL).",
                        "Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration, 3 another agent owns this root.",
                        "",
                        "Try it:  dewpoint assets --registry file:///srv/releases --root /srv/app --once")
                .does(given -> {
                    throw new CommandLine.ParameterException(given.spec().commandLine(), "no command given");
                });
        line.getCommandSpec().usageMessage().synopsisSubcommandLabel("COMMAND").commandListHeading("%nCommands:%n");
        Map<String, Supplier<CommandLine>> commands = commands(verbs);
        if (arguments.length > 0 && arguments[0].equals(DemoCommand.APP)) {
            commands.put(DemoCommand.APP, () -> DemoCommand.app(verbs));
        }
        boolean oneIsMeant = arguments.length > 0 && commands.containsKey(arguments[0]);
        commands.forEach((name, command) -> {
            if (!oneIsMeant || name.equals(arguments[0])) {
                line.addSubcommand(command.get());
            }
        });
        return line;
    }

    /** Unknown options are left to the commands with a configuration, which tell them together with everything else that is wrong. */
    private static int execute(ParseResult parsed) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped != null) {
            return helped;
        }
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandLine line = last.commandSpec().commandLine();
        if (!(last.commandSpec().userObject() instanceof Command command && command.configured)) {
            List<String> unknown = unknown(line, last.unmatched());
            if (!unknown.isEmpty()) {
                return wrongUsage(line, unknown);
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /** As typed; the configuration reads and checks the values, all at once. */
    static Flags flags(Command.Given typed) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (OptionSpec option : typed.parsed().matchedOptions()) {
            List<String> values = option.originalStringValues();
            given.put(option.longestName(), values.isEmpty() || option.arity().max() == 0 ? List.of("true") : List.copyOf(values));
        }
        return new Flags(given, Map.of(), unknown(typed.spec().commandLine(), typed.parsed().unmatched()));
    }

    /** A word behind an unknown option is most likely its value, and no problem of its own. */
    static List<String> unknown(CommandLine line, List<String> words) {
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            boolean isValue = i > 0 && words.get(i - 1).startsWith("-") && !words.get(i - 1).contains("=") && !words.get(i).startsWith("-");
            if (!isValue) {
                problems.add(unknown(line, words.get(i)));
            }
        }
        return problems;
    }

    private static String unknown(CommandLine line, String word) {
        if (word.startsWith("-")) {
            String name = word.split("=", 2)[0];
            List<String> known = line.getCommandSpec().optionsMap().keySet().stream().filter(option -> option.startsWith("--")).toList();
            return name + " is no option of `" + line.getCommandSpec().qualifiedName() + "`" + Problems.didYouMean(name, known);
        }
        if (!line.getSubcommands().isEmpty()) {
            return word + " is no command" + Problems.didYouMean(word, line.getSubcommands().keySet());
        }
        return word + ": `" + line.getCommandSpec().qualifiedName() + "` takes no such argument";
    }

    static int wrongUsage(CommandLine line, List<String> problems) {
        PrintWriter err = line.getErr();
        for (String problem : problems) {
            err.println("dewpoint: " + problem);
        }
        err.println("Run `" + line.getCommandSpec().qualifiedName() + " --help` to see what it takes.");
        err.flush();
        return 2;
    }
}
