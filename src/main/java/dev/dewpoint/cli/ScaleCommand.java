package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

final class ScaleCommand {
    private static final Pattern WANTED = Pattern.compile("(?:(.+)=)?(\\d{1,9})");

    private ScaleCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("scale", "Run more or fewer replicas from now on.")
                .describe("Waits until they serve; exit 1 if they don't. Those that stay are left alone, those that go end what is in flight. It holds through updates and restarts, until --replicas itself is changed.")
                .word("[APP=]N", "How many, from 1 to " + AdminClient.MOST_REPLICAS + ".")
                .which()
                .does(given -> scale(given, verbs));
    }

    private static int scale(Command.Given given, Verbs verbs) {
        String word = given.words().stream().findFirst().orElse("");
        Matcher wanted = WANTED.matcher(word);
        if (!wanted.matches() || Integer.parseInt(wanted.group(2)) < 1 || Integer.parseInt(wanted.group(2)) > AdminClient.MOST_REPLICAS) {
            return Dewpoint.wrongUsage(given.spec().commandLine(), List.of((word.isEmpty() ? "" : word + ": ") + "say how many replicas, from 1 to " + AdminClient.MOST_REPLICAS + ", as in `dewpoint scale 3` or `dewpoint scale shop=3`"));
        }
        Optional<String> app = Optional.ofNullable(wanted.group(1));
        if (app.isPresent() && given.app().filter(name -> !name.equals(app.get())).isPresent()) {
            return Dewpoint.wrongUsage(given.spec().commandLine(), List.of(word + ": --name says " + given.app().get() + "; leave one of them away"));
        }
        return Answers.print(given, given.agent(verbs).scale(app.or(given::app), Integer.parseInt(wanted.group(2))));
    }
}
