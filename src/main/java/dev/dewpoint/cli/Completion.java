package dev.dewpoint.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What shells complete. */
final class Completion {
    private static final Set<String> ON_DISK = Set.of("FILE", "DIR");

    private Completion() {}

    /** Picocli's, which knows nothing of a command behind a command. */
    static String bash(CommandLine line) {
        return AutoComplete.bash("dewpoint", line) + """

                # of `dewpoint service` what follows is another command
                _dewpoint() {
                    if [[ ${COMP_WORDS[1]} == service && $COMP_CWORD -eq 2 && ${COMP_WORDS[2]} != -* ]]; then
                        COMPREPLY=($(compgen -W "%s" -- "${COMP_WORDS[2]}"))
                        return
                    elif [[ ${COMP_WORDS[1]} == service && $COMP_CWORD -gt 2 ]]; then
                        COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:2}")
                        COMP_CWORD=$((COMP_CWORD - 1))
                    fi
                    _complete_dewpoint
                }
                complete -F _dewpoint -o default dewpoint
                """.formatted(String.join(" ", ServiceCommand.RUNNING));
    }

    static String zsh(CommandLine line) {
        StringBuilder text = new StringBuilder("#compdef dewpoint\n\n_dewpoint() {\n    local context state state_descr line\n    typeset -A opt_args\n    local -a commands=(\n");
        line.getSubcommands().forEach((name, command) -> text.append("        '").append(name).append(':').append(inZsh(header(command))).append("'\n"));
        text.append("    )\n    _arguments -C \\\n").append(zshOptions(line)).append("        '1:command:->command' \\\n        '*::argument:->argument'\n");
        text.append("    case $state in\n    command) _describe command commands ;;\n    argument)\n        # of `dewpoint service` what follows is another command\n");
        text.append("        if [[ $words[1] == service && -n ${commands[(r)$words[2]:*]} ]]; then\n            shift words\n            (( CURRENT-- ))\n        fi\n        case $words[1] in\n");
        line.getSubcommands().forEach((name, command) -> text.append("        ").append(name).append(")\n            _arguments -S \\\n").append(zshOptions(command)).append("                '*:argument:_files' ;;\n"));
        return text.append("        esac ;;\n    esac\n}\n\n_dewpoint \"$@\"\n").toString();
    }

    private static String zshOptions(CommandLine command) {
        return command.getCommandSpec().options().stream().flatMap(option -> Stream.of(option.names()).map(name -> zsh(option, name))).collect(Collectors.joining());
    }

    private static String zsh(OptionSpec option, String name) {
        boolean repeats = option.isMultiValue();
        String value = option.arity().max() == 0 ? "" : ":" + option.paramLabel().replace(":", "\\:") + ":" + (ON_DISK.contains(option.paramLabel()) ? "_files" : values(option));
        return "                '" + (repeats ? "*" : "") + name + (value.isEmpty() ? "" : name.startsWith("--") ? "=" : "+") + "[" + inZsh(first(option)) + "]" + value.replace("'", "'\\''") + "' \\\n";
    }

    private static String values(OptionSpec option) {
        return option.type().isEnum() ? "(" + Stream.of(option.type().getEnumConstants()).map(one -> one.toString().toLowerCase(Locale.ROOT)).collect(Collectors.joining(" ")) + ")" : "( )";
    }

    private static String inZsh(String text) {
        return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:").replace("'", "'\\''");
    }

    static String fish(CommandLine line) {
        StringBuilder text = new StringBuilder("complete -c dewpoint -f\n");
        String none = "-n __fish_use_subcommand";
        line.getSubcommands().forEach((name, command) -> text.append("complete -c dewpoint ").append(none).append(" -a ").append(name).append(" -d ").append(inFish(header(command))).append('\n'));
        line.getCommandSpec().options().forEach(option -> text.append(fish(none, option)));
        for (Map.Entry<String, CommandLine> command : line.getSubcommands().entrySet()) {
            String seen = "-n '__fish_seen_subcommand_from " + command.getKey() + "'";
            command.getValue().getCommandSpec().options().forEach(option -> text.append(fish(seen, option)));
        }
        return text.toString();
    }

    private static String fish(String when, OptionSpec option) {
        String names = Stream.of(option.names()).map(name -> name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1)).collect(Collectors.joining());
        String value = option.arity().max() == 0 ? "" : ON_DISK.contains(option.paramLabel()) ? " -r -F" : " -x" + (option.type().isEnum() ? " -a " + inFish(values(option).replaceAll("[()]", "")) : "");
        return "complete -c dewpoint " + when + names + value + " -d " + inFish(first(option)) + "\n";
    }

    private static String inFish(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private static String header(CommandLine command) {
        return String.join(" ", command.getCommandSpec().usageMessage().header());
    }

    /** The first sentence: there is one line for it. */
    private static String first(OptionSpec option) {
        return String.join(" ", option.description()).replaceFirst("(?<=[\\w)])[.;] .*$|\\.$", "");
    }
}
