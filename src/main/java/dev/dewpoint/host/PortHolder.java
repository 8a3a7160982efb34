package dev.dewpoint.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Who listens on a TCP port of this machine, as far as {@code /proc} lets us see it. */
public final class PortHolder {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTENING = "0A";
    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private PortHolder() {}

    /** For a message: {@code port 8000 is taken by nginx (process 812)}. */
    public static String describe(int port) {
        return "port " + port + " is taken by " + of(port).orElse("another process");
    }

    /** {@code nginx (process 812)}; of several that share the socket the one that is oldest by its number. */
    public static Optional<String> of(int port) {
        OptionalInt pid = holder(sockets(port));
        if (pid.isEmpty()) {
            return Optional.empty();
        }
        try {
            String program = Files.readString(PROC.resolve(pid.getAsInt() + "/comm"), StandardCharsets.ISO_8859_1).strip();
            return Optional.of(program.replaceAll("[^ -~]", "?") + " (process " + pid.getAsInt() + ")");
        } catch (IOException e) {
            // it ended at this moment
            return Optional.empty();
        }
    }

    /** As the links in {@code /proc/PID/fd} show them. */
    private static Set<String> sockets(int port) {
        Set<String> found = new HashSet<>();
        for (String table : List.of("net/tcp", "net/tcp6")) {
            try (var lines = Files.lines(PROC.resolve("self").resolve(table))) {
                lines.skip(1).map(line -> line.strip().split("\\s+")).filter(fields -> isListening(fields, port)).forEach(fields -> found.add("socket:[" + fields[INODE] + "]"));
            } catch (IOException e) {
                // no IPv6 here
            }
        }
        return found;
    }

    private static boolean isListening(String[] fields, int port) {
        String local = fields[LOCAL_ADDRESS];
        return fields[STATE].equals(LISTENING) && Integer.parseInt(local.substring(local.indexOf(':') + 1), 16) == port;
    }

    private static OptionalInt holder(Set<String> sockets) {
        OptionalInt oldest = OptionalInt.empty();
        if (sockets.isEmpty()) {
            return oldest;
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path process : processes) {
                int pid = Integer.parseInt(process.getFileName().toString());
                if ((oldest.isEmpty() || pid < oldest.getAsInt()) && holds(process, sockets)) {
                    oldest = OptionalInt.of(pid);
                }
            }
        } catch (IOException e) {
            // what was found counts
        }
        return oldest;
    }

    private static boolean holds(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (sockets.contains(target(descriptor))) {
                    return true;
                }
            }
        } catch (IOException e) {
            // another user's, or gone
        }
        return false;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
