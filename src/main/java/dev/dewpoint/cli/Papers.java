package dev.dewpoint.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;

/** Run when a package is built: writes the man pages and what shells complete, from the commands as they are. */
public final class Papers {
    private Papers() {}

    /** {@code arguments}: the directory to write to, the version, the date. */
    public static void main(String... arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        for (Map.Entry<String, String> paper : all(arguments[1], arguments[2]).entrySet()) {
            Files.writeString(folder.resolve(paper.getKey()), paper.getValue());
        }
    }

    /** Texts by file name. */
    static Map<String, String> all(String version, String date) {
        // nothing is done here, so there is nobody to do it
        CommandLine line = Dewpoint.line(null);
        Map<String, String> papers = new LinkedHashMap<>();
        pages(line, version, date, papers);
        papers.put("dewpoint.bash", Completion.bash(line));
        papers.put("_dewpoint", Completion.zsh(line));
        papers.put("dewpoint.fish", Completion.fish(line));
        return papers;
    }

    private static void pages(CommandLine line, String version, String date, Map<String, String> papers) {
        papers.put(line.getCommandSpec().qualifiedName("-") + ".1", ManPage.of(line, version, date));
        line.getSubcommands().values().forEach(command -> pages(command, version, date, papers));
    }
}
