package dev.dewpoint.cert;

import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Tail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The programs that know the stores. Values go to them by the environment, never into the text of a command. */
final class Tools {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Commands commands;
    private final Path directory;
    private final Map<String, String> environment;

    Tools(Commands commands, Path directory, Map<String, String> environment) {
        this.commands = commands;
        this.directory = directory;
        // the tools of root are not on everybody's path
        Map<String, String> with = new HashMap<>(environment);
        with.merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        this.environment = Map.copyOf(with);
    }

    /** @param said the last line that it printed, for a message */
    record Ran(boolean succeeded, String said) {}

    boolean has(String program) {
        return Stream.of(environment.get("PATH").split(":")).filter(part -> !part.isEmpty()).map(part -> Path.of(part, program)).anyMatch(Files::isExecutable);
    }

    Ran run(String command, Map<String, String> values) throws InterruptedException {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(values);
        try {
            Commands.Ended ended = commands.run(command, all, directory, LIMIT, "cert-");
            return new Ran(ended.status().isSuccess() && !ended.timedOut(), ended.timedOut() ? "it did not end within " + LIMIT.toMinutes() + " minutes" : lastLine(ended.stderr(), ended.stdout()));
        } catch (IOException e) {
            return new Ran(false, "it could not be started: " + e.getMessage());
        }
    }

    private static String lastLine(Tail... outputs) {
        return Stream.of(outputs).flatMap(output -> output.text().lines().filter(line -> !line.isBlank()).toList().reversed().stream().limit(1)).findFirst().orElse("it said nothing").strip();
    }

    static String quoted(List<String> words) {
        return String.join(" ", words.stream().map(word -> word.matches("[0-9A-Za-z_./:=-]+") ? word : "'" + word.replace("'", "'\\''") + "'").toList());
    }
}
