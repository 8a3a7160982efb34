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
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

@Command(
        name = "dewpoint",
        sortOptions = false,
        header = "Keeps what runs on this host equal to what was released.",
        synopsisSubcommandLabel = "COMMAND",
        description = {"", "Dewpoint watches a registry for the newest release, fetches and verifies it, runs your hooks, switches to it in one step and tells people. It pulls: nothing has to reach into the host.", ""},
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Each flag can also be given as DEWPOINT_<FLAG> in the environment (--log-level is DEWPOINT_LOG_LEVEL).",
            "Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration, 3 another agent owns this root.",
            "",
            "Try it:  dewpoint assets --registry file:///srv/releases --root /srv/app --once"
        })
public final class Dewpoint implements Runnable {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Option(names = {"-v", "--version"}, versionHelp = true, description = "Show the version.")
    boolean version;

    @Spec
    CommandSpec spec;

    /** In the order of the help. Reading the annotations of all of them takes longer than to start the one that is meant. */
    private static Map<String, Supplier<Object>> commands(Verbs verbs) {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("assets", () -> new Assets(verbs));
        commands.put("proxy", () -> new ProxyCommand(verbs));
        commands.put("run", () -> new RunCommand(verbs));
        commands.put("status", () -> new StatusCommand(verbs));
        commands.put("history", () -> new HistoryCommand(verbs));
        commands.put("deploy", () -> new DeployCommand(verbs));
        commands.put("rollback", () -> new RollbackCommand(verbs));
        commands.put("pause", () -> new PauseCommand(verbs));
        commands.put("resume", () -> new ResumeCommand(verbs));
        commands.put("cert", () -> new CertCommand(verbs));
        commands.put("demo", () -> new DemoCommand(verbs));
        return commands;
    }

    /** Answers the exit code. */
    public static int run(Verbs verbs, String... arguments) {
        CommandLine line = new CommandLine(new Dewpoint());
        Map<String, Supplier<Object>> commands = commands(verbs);
        boolean oneIsMeant = arguments.length > 0 && commands.containsKey(arguments[0]);
        commands.forEach((name, command) -> {
            if (!oneIsMeant || name.equals(arguments[0])) {
                line.addSubcommand(command.get());
            }
        });
        line.getCommandSpec().versionProvider(() -> new String[] {verbs.version()});
        line.setUsageHelpAutoWidth(true).setAbbreviatedOptionsAllowed(false).setCaseInsensitiveEnumValuesAllowed(true);
        line.setUnmatchedArgumentsAllowed(true).setUnmatchedOptionsArePositionalParams(false);
        line.setParameterExceptionHandler((e, given) -> wrongUsage(e.getCommandLine(), List.of(e.getMessage())));
        line.setExecutionStrategy(Dewpoint::execute);
        return line.execute(arguments);
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
        boolean configured = last.commandSpec().userObject() instanceof Assets || last.commandSpec().userObject() instanceof ProxyCommand;
        if (!configured) {
            List<String> unknown = unknown(line, last.unmatched());
            if (!unknown.isEmpty()) {
                return wrongUsage(line, unknown);
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /** As typed; the configuration reads and checks the values, all at once. */
    static Flags flags(CommandLine line) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (OptionSpec option : line.getParseResult().matchedOptions()) {
            List<String> typed = option.originalStringValues();
            given.put(option.longestName(), typed.isEmpty() || option.arity().max() == 0 ? List.of("true") : List.copyOf(typed));
        }
        return new Flags(given, Map.of(), unknown(line, line.getParseResult().unmatched()));
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

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
    }
}
