package dev.dewpoint.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page of a command, in roff. */
final class ManPage {
    private static final int WIDEST = 200;

    private final CommandLine line;
    private final CommandSpec spec;
    private final Help help;
    private final StringBuilder page = new StringBuilder();

    private ManPage(CommandLine line) {
        this.line = line;
        line.setUsageHelpWidth(WIDEST);
        this.spec = line.getCommandSpec();
        this.help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
    }

    static String of(CommandLine line, String version, String date) {
        return new ManPage(line).write(version, date);
    }

    private String write(String version, String date) {
        String name = spec.qualifiedName("-");
        page.append(".TH \"%s\" 1 %s \"Dewpoint %s\" \"User commands\"\n.nh\n.ad l\n".formatted(name.toUpperCase(Locale.ROOT), date, version));
        section("NAME").append(name).append(" \\- ").append(text(String.join(" ", spec.usageMessage().header()).replaceFirst("\\.$", ""))).append('\n');
        section("SYNOPSIS").append(".B ").append(text(spec.qualifiedName())).append("\n.RI ").append(synopsis()).append('\n');
        section("DESCRIPTION").append(text(help.description().strip())).append('\n');
        if (!line.getSubcommands().isEmpty()) {
            section("COMMANDS");
            line.getSubcommands().values().forEach(command -> entry("\\fB" + text(command.getCommandSpec().qualifiedName("-")) + "\\fR(1)", text(String.join(" ", command.getCommandSpec().usageMessage().header()))));
        }
        section("OPTIONS");
        spec.positionalParameters().forEach(word -> entry("\\fI" + text(word.paramLabel()) + "\\fR", text(String.join(" ", word.description()))));
        spec.options().forEach(option -> entry(names(option), text(String.join(" ", option.description()))));
        footer();
        if (spec.parent() != null) {
            section("SEE ALSO").append(".BR dewpoint (1)\n");
        }
        return page.toString();
    }

    private StringBuilder section(String heading) {
        return page.append(".SH ").append(heading).append('\n');
    }

    private void entry(String head, String body) {
        page.append(".TP\n").append(head).append('\n').append(body).append('\n');
    }

    private String synopsis() {
        Stream<String> words = spec.positionalParameters().stream().map(word -> "\\fI" + text(word.paramLabel()) + "\\fR…");
        return Stream.concat(Stream.of(line.getSubcommands().isEmpty() ? "[\\fIOPTIONS\\fR]" : "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR"), words).collect(Collectors.joining(" ")).replace(" ", "\\ ");
    }

    private static String names(OptionSpec option) {
        String label = option.arity().max() == 0 ? "" : " \\fI" + text(option.paramLabel()) + "\\fR";
        return Stream.of(option.names()).map(name -> "\\fB" + text(name) + "\\fR").collect(Collectors.joining(", ")) + label;
    }

    /** As it stands in the help: it is a table, or examples. */
    private void footer() {
        List<String> lines = help.footer().lines().map(String::stripTrailing).dropWhile(String::isEmpty).toList();
        if (lines.isEmpty()) {
            return;
        }
        section("NOTES").append(".nf\n");
        lines.forEach(text -> page.append(text(text)).append('\n'));
        page.append(".fi\n");
    }

    private static String text(String plain) {
        return plain.lines().map(line -> line.replace("\\", "\\e").replace("-", "\\-").replaceFirst("^([.'])", "\\\\&$1")).collect(Collectors.joining("\n"));
    }
}
