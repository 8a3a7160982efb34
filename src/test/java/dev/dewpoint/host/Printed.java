package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What a program printed until it ended. */
record Printed(ExitStatus status, String stdout, String stderr) {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    static Printed of(List<String> command, Map<String, String> environment, Path directory, List<Listener> sockets, Limits limits) throws Exception {
        try (Pipe out = Posix.pipe(); Pipe err = Posix.pipe()) {
            Child child = Posix.start(new Launch(command, environment, directory, out.writeEnd(), err.writeEnd(), sockets, limits));
            out.writeEnd().close();
            err.writeEnd().close();
            Drain drain = Drain.start(out.readEnd(), err.readEnd(), 256 * 1024);
            assertThat(child.awaitEnd(PATIENCE)).isTrue();
            drain.finish();
            return new Printed(child.reap(), drain.stdout().text(), drain.stderr().text());
        }
    }
}
