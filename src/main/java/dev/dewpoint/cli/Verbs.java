package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.config.Flags;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** What the commands need done; Main does it. */
public interface Verbs {
    /** Runs until it is told to stop, or once. Answers the exit code. */
    int assets(Flags flags);

    /** Runs until it is told to stop; {@code runOptions}: what stands behind the dashes. Answers the exit code. */
    int container(Flags flags, List<String> runOptions);

    /** Runs until it is told to stop; {@code command}: what stands behind the dashes. Answers the exit code. */
    int server(Flags flags, List<String> command);

    /** Runs until it is told to stop. Answers the exit code. */
    int proxy(Flags flags);

    /** Makes a certificate for these hosts, and has its authority trusted or not. Answers the exit code. */
    int cert(Flags flags, List<String> hosts);

    /** Runs what a file says until it is told to stop; {@code proxyFlags}: what the file may say of the proxy. */
    int run(Flags flags, Path file, Set<String> proxyFlags);

    /** Prints the unit that runs another command. {@code flags} and {@code behind}: that command's, understood. Answers the exit code. */
    int service(Wanted wanted, Flags flags, List<String> behind);

    /** Shows what an app's processes have printed. Answers the exit code. */
    int logs(Printed wanted);

    /** The agent of a root; {@code root} as given, or the working directory. */
    AdminClient agent(Path root);

    /** Answers the exit code. */
    int demo(boolean containers);

    /** Serves until it is told to stop. Answers the exit code. */
    int demoApp(int port, String release, String replica);

    Path workingDirectory();

    /**
     * Which unit is asked for.
     *
     * @param words  the command line, from the command on, as it was typed
     * @param socket whether it is the one with the sockets
     */
    record Wanted(List<String> words, boolean socket) {
        public Wanted {
            words = List.copyOf(words);
        }

        public String command() {
            return words.getFirst();
        }
    }

    /**
     * Which of what was printed.
     *
     * @param app     none: the only one there is
     * @param replica none: all
     */
    record Printed(Path root, Optional<String> app, OptionalInt replica, int lines, boolean follow) {}

    String version();
}
