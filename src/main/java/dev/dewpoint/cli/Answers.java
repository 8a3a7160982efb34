package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.io.PrintWriter;
import java.util.function.Function;

/** Prints what the agent said; its truth is the exit code. */
final class Answers {
    enum Output { TEXT, JSON }

    private Answers() {}

    static int print(Command.Given given, AdminClient.Answer answer, Function<AdminClient.Answer, String> table) {
        if (!answer.achieved()) {
            return print(given, answer);
        }
        PrintWriter out = given.spec().commandLine().getOut();
        out.print(given.parsed().matchedOptionValue("--output", Output.TEXT) == Output.JSON ? answer.json() + "\n" : table.apply(answer));
        out.flush();
        return 0;
    }

    static int print(Command.Given given, AdminClient.Answer answer) {
        PrintWriter to = answer.achieved() ? given.spec().commandLine().getOut() : given.spec().commandLine().getErr();
        to.println((answer.achieved() ? "" : "dewpoint: ") + answer.message());
        to.flush();
        return answer.achieved() ? 0 : 1;
    }
}
