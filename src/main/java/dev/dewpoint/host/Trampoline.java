package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A start by way of a shell: it has the program's pid and descriptors already, waits on a pipe until its limits are set
 * and it is told that pid, and becomes the program by exec. Nothing of the launch is part of its text.
 *
 * <p>A shell hands on only variables whose names it understands, and has ideas of its own about some of those. The others
 * go round it as arguments of {@code env}: the program gets them byte by byte, but for an instant they can be read on a
 * command line, so a secret belongs under an ordinary name.
 */
final class Trampoline {
    private static final String PREPARE = "read -r LISTEN_PID || exit 125; unset PWD OLDPWD SHLVL; ";
    private static final String WITH_SOCKETS = PREPARE + "export LISTEN_PID; exec \"$@\" </dev/null";
    private static final String WITHOUT = PREPARE + "unset LISTEN_PID; exec \"$@\" </dev/null";

    private static final Pattern ORDINARY = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Set<String> OF_THE_SHELL = Set.of(
            "PWD", "OLDPWD", "SHLVL", "_", "IFS", "OPTIND", "PPID", "LINENO", "RANDOM", "SECONDS", "UID", "EUID", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT");

    private static final int RLIMIT_NOFILE = 7;
    private static final int RLIMIT_AS = 9;

    private final Launch launch;

    Trampoline(Launch launch) {
        this.launch = launch;
    }

    Child start() throws IOException {
        refuseMissing();
        try (Pipe go = Posix.pipe()) {
            int pid = spawn(go.readEnd());
            try {
                bound(pid);
                tell(go.writeEnd(), pid);
            } catch (IOException e) {
                abandon(pid);
                throw e;
            }
            return new Child(pid);
        }
    }

    /** The shell would tell nobody but its stderr. */
    private void refuseMissing() throws IOException {
        Path program = Path.of(launch.command().getFirst());
        if (!Files.exists(program)) {
            throw new IOException(program + ": No such file or directory");
        }
        if (Files.isDirectory(program) || !Files.isExecutable(program)) {
            throw new IOException(program + ": Permission denied");
        }
    }

    private int spawn(Descriptor go) throws IOException {
        Map<String, String> ordinary = new HashMap<>(launch.environment());
        ordinary.remove(Launch.LISTEN_PID);
        List<String> others = new ArrayList<>();
        launch.environment().forEach((name, value) -> {
            if (!ORDINARY.matcher(name).matches() || OF_THE_SHELL.contains(name)) {
                ordinary.remove(name);
                others.add(name + "=" + value);
            }
        });
        List<Integer> descriptors = Stream.concat(
                Stream.of(go, launch.stdout(), launch.stderr()).map(Descriptor::number), launch.sockets().stream().map(Listener::number)).toList();
        try (Spawn spawn = new Spawn()) {
            spawn.ownGroupAndFreshSignals();
            spawn.directory(launch.directory().toString());
            spawn.descriptors(0, descriptors);
            return spawn.start(words(others), ordinary);
        }
    }

    private List<String> words(List<String> others) throws IOException {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", launch.sockets().isEmpty() ? WITHOUT : WITH_SOCKETS, "dewpoint"));
        if (!others.isEmpty()) {
            if (launch.command().getFirst().contains("=")) {
                throw new IOException("a program whose path holds '=' can't be given the variable " + others.getFirst().replaceAll("=.*", ""));
            }
            words.addAll(List.of("/usr/bin/env", "--"));
            words.addAll(others);
        }
        words.addAll(launch.command());
        return words;
    }

    private void bound(int pid) throws IOException {
        Limits limits = launch.limits();
        if (limits.memoryBytes().isPresent()) {
            limit(pid, RLIMIT_AS, limits.memoryBytes().getAsLong(), "a memory limit of " + limits.memoryBytes().getAsLong() + " bytes");
        }
        if (limits.openFiles().isPresent()) {
            limit(pid, RLIMIT_NOFILE, limits.openFiles().getAsInt(), "a limit of " + limits.openFiles().getAsInt() + " open files");
        }
        if (limits.nice().isPresent()) {
            Libc.checked(Libc.setpriority(pid, limits.nice().getAsInt()), "a nice value of " + limits.nice().getAsInt());
        }
    }

    private static void limit(int pid, int resource, long value, String what) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment softAndHard = arena.allocateFrom(JAVA_LONG, value, value);
            Libc.checked(Libc.prlimit(pid, resource, softAndHard), what);
        }
    }

    /** Fewer bytes than a pipe always has room for. */
    private static void tell(Descriptor go, int pid) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocateFrom(JAVA_BYTE, (pid + "\n").getBytes(StandardCharsets.US_ASCII));
            Libc.checked(Libc.write(go.number(), line), "starting process " + pid);
        }
    }

    /** It waits for a word that won't come; its death is a matter of moments. */
    private static void abandon(int pid) {
        Libc.kill(pid, Signal.KILL.number());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            int result;
            do {
                result = Libc.waitpid(pid, status, 0);
            } while (result == -Libc.EINTR);
        }
    }
}
