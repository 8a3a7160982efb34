package dev.dewpoint;

import dev.dewpoint.cli.Verbs;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.process.AppLogReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Shows what an app's processes have printed, byte by byte as they did. */
final class Printing {
    private final Verbs.Printed wanted;
    private final Path directory;
    private final PrintStream out;
    private final Time time;

    Printing(Verbs.Printed wanted, PrintStream out, Time time) {
        this.wanted = wanted;
        this.directory = wanted.root().toAbsolutePath().resolve(".dewpoint").resolve("log");
        this.out = out;
        this.time = time;
    }

    /** Until its end or that of whoever reads. Why there is nothing to show, if so. */
    Optional<String> run() throws InterruptedException {
        try {
            List<String> all = AppLogReader.apps(directory);
            String app = wanted.app().orElseGet(() -> all.size() == 1 ? all.getFirst() : "");
            Optional<String> wrong = wrong(app, all);
            if (wrong.isEmpty()) {
                show(AppLogReader.of(directory, app, wanted.replica()));
            }
            return wrong;
        } catch (IOException e) {
            return Optional.of(directory + " can't be read: " + e);
        }
    }

    private void show(AppLogReader log) throws IOException, InterruptedException {
        log.last(wanted.lines(), this::print);
        out.flush();
        if (wanted.follow()) {
            log.follow(line -> print(line) && !out.checkError(), time);
        }
    }

    private boolean print(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.ISO_8859_1);
        out.write(bytes, 0, bytes.length);
        return true;
    }

    private Optional<String> wrong(String app, List<String> all) throws IOException {
        if (app.isEmpty() && all.size() > 1) {
            return Optional.of("there are several apps (" + String.join(", ", all) + "); say which by --name");
        }
        if (AppLogReader.passedOn(directory).stream().anyMatch(one -> app.isEmpty() || one.equals(app))) {
            return Optional.of("what the app prints goes to the agent's own output; `journalctl -u UNIT` shows that, and --app-log file keeps it here");
        }
        if (!all.contains(app)) {
            return Optional.of("nothing is kept in " + directory + (all.isEmpty() ? "; --root is the root of a `dewpoint server`" : " of " + app + ", only of " + String.join(", ", all)));
        }
        return Optional.empty();
    }
}
