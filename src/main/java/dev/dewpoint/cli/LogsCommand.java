package dev.dewpoint.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import picocli.CommandLine;

final class LogsCommand {
    private static final String LINES = "--lines";
    private static final String REPLICA = "--replica";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final int USUAL_LINES = 100;

    private LogsCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("logs", "What the processes of `dewpoint server` have printed.")
                .describe("Reads ROOT/.dewpoint/log, whether an agent runs or not. What goes to the agent's own output (--app-log inherit, as under systemd) isn't there: `journalctl -u UNIT` has it. Containers' output is the engine's: `docker logs`.")
                .flag("-f --follow", "Go on with what is printed from now on, until ended.")
                .one(LINES, "N", "How many of the last lines, at most. Default: " + USUAL_LINES + ".")
                .one(REPLICA, "N", "Only what this replica printed.")
                .which()
                .does(given -> logs(given, verbs));
    }

    private static int logs(Command.Given given, Verbs verbs) {
        List<String> wrong = List.of(LINES, REPLICA).stream().filter(flag -> given.one(flag).filter(text -> !NUMBER.matcher(text).matches()).isPresent()).map(flag -> flag + " " + given.one(flag).get() + ": a number is wanted").toList();
        if (!wrong.isEmpty()) {
            return Dewpoint.wrongUsage(given.spec().commandLine(), wrong);
        }
        Path root = given.one("--root").map(Path::of).orElseGet(verbs::workingDirectory);
        OptionalInt replica = given.one(REPLICA).map(Integer::parseInt).map(OptionalInt::of).orElse(OptionalInt.empty());
        return verbs.logs(new Verbs.Printed(root, given.app(), replica, given.one(LINES).map(Integer::parseInt).orElse(USUAL_LINES), given.flag("--follow")));
    }
}
