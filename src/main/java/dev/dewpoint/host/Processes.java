package dev.dewpoint.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The processes of this user as {@code /proc} shows them, without ourselves and the kernel's threads. */
final class Processes {
    private static final Path PROC = Path.of("/proc");
    private static final int STATE = 0;
    private static final int GROUP = 2;
    private static final int FLAGS = 6;
    private static final int START = 19;
    private static final long KERNEL_THREAD = 0x0020_0000;

    private Processes() {}

    /**
     * {@code environment} is the one of its last exec, entries split at NUL.
     *
     * @param isAmidExec the kernel shows neither its arguments nor its environment: they come with the new program
     */
    record Seen(int pid, int group, long startTicks, String environment, boolean isAmidExec) {
        boolean carries(String entry) {
            return has(entry + "\0");
        }

        boolean carriesPrefix(String start) {
            return has(start);
        }

        private boolean has(String text) {
            return environment.startsWith(text) || environment.contains("\0" + text);
        }

        Identity identity() {
            return new Identity(pid, startTicks);
        }
    }

    /** Which process, ever. */
    record Identity(int pid, long startTicks) {}

    /**
     * All of them, one after the other.
     *
     * @param dead those that nobody has reaped yet
     * @param isTorn some ended before they were looked at: what they had started meanwhile is perhaps not seen
     */
    record Look(List<Seen> alive, Set<Identity> dead, boolean isTorn) {}

    static List<Seen> ofThisUser() {
        return look().alive();
    }

    static Look look() {
        List<Seen> alive = new ArrayList<>();
        Set<Identity> dead = new HashSet<>();
        Set<Integer> gone = new HashSet<>();
        int self = (int) ProcessHandle.current().pid();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            Object user = Files.getAttribute(PROC.resolve("self"), "unix:uid");
            for (Path entry : entries) {
                int pid = Integer.parseInt(entry.getFileName().toString());
                if (pid != self) {
                    look(pid, user, dead, gone).ifPresent(alive::add);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // without /proc nothing can be found, and nothing is ended by guess
        }
        return new Look(alive, dead, !gone.isEmpty());
    }

    static Optional<Seen> look(int pid) {
        try {
            return look(pid, Files.getAttribute(PROC.resolve("self"), "unix:uid"), new HashSet<>(), new HashSet<>());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Of a dead one too, as long as it isn't reaped; in clock ticks since the machine started. */
    static long startTicks(int pid) throws IOException {
        return Long.parseLong(fields(PROC.resolve(Integer.toString(pid)))[START]);
    }

    /** From the third on, the state; the name before it stands in parentheses and may hold anything, even those. */
    private static String[] fields(Path directory) throws IOException {
        String stat = read(directory.resolve("stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    private static Optional<Seen> look(int pid, Object user, Set<Identity> dead, Set<Integer> gone) {
        Path directory = PROC.resolve(Integer.toString(pid));
        try {
            if (!user.equals(Files.getAttribute(directory, "unix:uid"))) {
                return Optional.empty();
            }
            String[] fields = fields(directory);
            boolean isDead = fields[STATE].equals("Z") || fields[STATE].equals("X");
            boolean isOfTheKernel = (Long.parseLong(fields[FLAGS]) & KERNEL_THREAD) != 0;
            if (isDead) {
                dead.add(new Identity(pid, Long.parseLong(fields[START])));
            }
            if (isDead || isOfTheKernel) {
                return Optional.empty();
            }
            String environment = read(directory.resolve("environ"));
            boolean isAmidExec = environment.isEmpty() && read(directory.resolve("cmdline")).isEmpty();
            if (environment.isEmpty() && !isAmidExec) {
                environment = read(directory.resolve("environ")); // an exec that ended between the two looks brought one
            }
            return Optional.of(new Seen(pid, Integer.parseInt(fields[GROUP]), Long.parseLong(fields[START]), environment, isAmidExec));
        } catch (IOException e) {
            // ended meanwhile, or its environment isn't for us to see
            if (!Files.exists(directory)) {
                gone.add(pid);
            }
            return Optional.empty();
        }
    }

    private static String read(Path file) throws IOException {
        // one byte, one character: entries are compared byte by byte
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    /** Text as {@link Seen#environment} shows it. */
    static String bytesOf(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
