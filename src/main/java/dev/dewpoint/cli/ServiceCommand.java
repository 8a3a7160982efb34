package dev.dewpoint.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

final class ServiceCommand {
    private static final String NAME = "service";
    static final List<String> RUNNING = List.of("server", "assets", "container", "proxy");

    private ServiceCommand() {}

    static CommandLine command(Verbs verbs) {
        CommandLine line = Command.of(NAME, "Print the systemd unit for a command line.")
                .describeApart("Prints a unit that runs the command with the very flags given, may write what they name and little else, and has the time that they grant. Nothing is written and nothing started; what is wrong with the flags is told as the command itself tells it.")
                .flag("--socket", "Print the unit with the sockets instead: systemd holds them, and nobody is refused while the agent starts again.")
                .words("COMMAND", "server, assets, container or proxy, with its flags.")
                .help()
                .footer(
                        "Secrets don't belong into a unit, which everybody may read: a line is printed for each that the",
                        "flags need, to name the file that it comes from. Paths are written out, from / on.",
                        "",
                        "  dewpoint service … | sudo tee /etc/systemd/system/NAME.service",
                        "",
                        "Files that nginx serves, and containers:",
                        "  dewpoint service assets --registry ghr://acme/site --root /srv/site |",
                        "      sudo tee /etc/systemd/system/dewpoint-site.service",
                        "  dewpoint service container --registry img://ghcr.io/acme/shop -p 8000 -- -m 512m |",
                        "      sudo tee /etc/systemd/system/dewpoint-shop.service")
                .does(given -> print(verbs, given));
        return line.setStopAtPositional(true);
    }

    /** The command's own parser reads its words, so that they mean here what they mean there. */
    private static int print(Verbs verbs, Command.Given given) {
        List<String> typed = given.parsed().originalArgs();
        List<String> words = new ArrayList<>(typed.subList(typed.indexOf(NAME) + 1, typed.size()));
        while (!words.isEmpty() && words.getFirst().startsWith("-")) {
            words.removeFirst();
        }
        CommandLine line = given.spec().commandLine();
        if (words.isEmpty()) {
            return Dewpoint.wrongUsage(line, List.of("name the command that the unit is to run: " + String.join(", ", RUNNING)));
        }
        if (!RUNNING.contains(words.getFirst())) {
            return Dewpoint.wrongUsage(line, List.of("there is no unit for `dewpoint " + words.getFirst() + "`: it is one of " + String.join(", ", RUNNING) + ", which go on running"));
        }
        CommandLine meant = Dewpoint.line(verbs, words.getFirst()).getSubcommands().get(words.getFirst());
        if (meant != null && words.size() > 1 && meant.getSubcommands().containsKey(words.get(1))) {
            return Dewpoint.wrongUsage(line, List.of("there is no unit for `dewpoint " + words.getFirst() + " " + words.get(1) + "`, which ends by itself"));
        }
        Verbs.Wanted wanted = new Verbs.Wanted(words, given.flag("--socket"));
        return Dewpoint.run(new ServiceVerbs(verbs, wanted), words.toArray(String[]::new));
    }
}
