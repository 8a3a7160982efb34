package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.io.PrintWriter;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/** Prints what the agent said; its truth is the exit code. */
final class Answers {
    private Answers() {}

    static int print(CommandSpec spec, AdminClient.Answer answer, boolean asJson, Function<AdminClient.Answer, String> table) {
        if (!answer.achieved()) {
            return print(spec, answer);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(asJson ? answer.json() + "\n" : table.apply(answer));
        out.flush();
        return 0;
    }

    static int print(CommandSpec spec, AdminClient.Answer answer) {
        PrintWriter to = answer.achieved() ? spec.commandLine().getOut() : spec.commandLine().getErr();
        to.println((answer.achieved() ? "" : "dewpoint: ") + answer.message());
        to.flush();
        return answer.achieved() ? 0 : 1;
    }
}
