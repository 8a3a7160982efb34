package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;

/** One call of posix_spawn: the actions and attributes are C structures that live as long as the call. */
final class Spawn implements AutoCloseable {
    private static final MethodHandle SPAWN = call("posix_spawn", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle ACTIONS_INIT = call("posix_spawn_file_actions_init", ADDRESS);
    private static final MethodHandle ACTIONS_DESTROY = call("posix_spawn_file_actions_destroy", ADDRESS);
    private static final MethodHandle ADD_DUP2 = call("posix_spawn_file_actions_adddup2", ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle ADD_OPEN = call("posix_spawn_file_actions_addopen", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle ADD_CHDIR = call("posix_spawn_file_actions_addchdir_np", ADDRESS, ADDRESS);
    private static final MethodHandle ADD_CLOSEFROM = call("posix_spawn_file_actions_addclosefrom_np", ADDRESS, JAVA_INT);
    private static final MethodHandle ATTRIBUTES_INIT = call("posix_spawnattr_init", ADDRESS);
    private static final MethodHandle ATTRIBUTES_DESTROY = call("posix_spawnattr_destroy", ADDRESS);
    private static final MethodHandle SET_FLAGS = call("posix_spawnattr_setflags", ADDRESS, JAVA_SHORT);
    private static final MethodHandle SET_GROUP = call("posix_spawnattr_setpgroup", ADDRESS, JAVA_INT);
    private static final MethodHandle SET_MASK = call("posix_spawnattr_setsigmask", ADDRESS, ADDRESS);
    private static final MethodHandle SET_DEFAULT = call("posix_spawnattr_setsigdefault", ADDRESS, ADDRESS);
    private static final MethodHandle FILL_SET = call("sigfillset", ADDRESS);

    private static final short OWN_GROUP = 0x02;
    private static final short DEFAULT_SIGNALS = 0x04;
    private static final short SIGNAL_MASK = 0x08;
    private static final int STDIN = 0;
    private static final int O_RDONLY = 0;

    private final Arena arena = Arena.ofConfined();
    // sizes with room: glibc's are 80 and 336 bytes, a sigset_t 128
    private final MemorySegment actions = arena.allocate(256, 16);
    private final MemorySegment attributes = arena.allocate(512, 16);

    Spawn() throws IOException {
        try {
            check((int) ACTIONS_INIT.invokeExact(actions), "file actions");
            check((int) ATTRIBUTES_INIT.invokeExact(attributes), "attributes");
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    /** A group of its own, and the signals as a process expects them: the JVM's own choices stay here. */
    void ownGroupAndFreshSignals() throws IOException {
        try {
            MemorySegment all = arena.allocate(128, 16);
            MemorySegment none = arena.allocate(128, 16);
            check((int) FILL_SET.invokeExact(all), "signal set");
            check((int) SET_DEFAULT.invokeExact(attributes, all), "default signals");
            check((int) SET_MASK.invokeExact(attributes, none), "signal mask");
            check((int) SET_GROUP.invokeExact(attributes, 0), "process group");
            check((int) SET_FLAGS.invokeExact(attributes, (short) (OWN_GROUP | DEFAULT_SIGNALS | SIGNAL_MASK)), "flags");
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    void directory(String directory) throws IOException {
        try {
            check((int) ADD_CHDIR.invokeExact(actions, arena.allocateFrom(directory)), "directory");
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    /** Nothing to read. */
    void emptyStdin() throws IOException {
        try {
            check((int) ADD_OPEN.invokeExact(actions, STDIN, arena.allocateFrom("/dev/null"), O_RDONLY, 0), "stdin");
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    /** These become the child's {@code first}, {@code first + 1}, …; what stands above them is closed there. */
    void descriptors(int first, List<Integer> sources) throws IOException {
        int end = first + sources.size();
        // aside first: a source may itself have the number of a place
        int aside = Math.max(end, sources.stream().mapToInt(Integer::intValue).max().orElse(0) + 1);
        try {
            for (int i = 0; i < sources.size(); i++) {
                check((int) ADD_DUP2.invokeExact(actions, (int) sources.get(i), aside + i), "descriptor " + (first + i));
            }
            for (int i = 0; i < sources.size(); i++) {
                check((int) ADD_DUP2.invokeExact(actions, aside + i, first + i), "descriptor " + (first + i));
            }
            check((int) ADD_CLOSEFROM.invokeExact(actions, end), "closing the others");
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    int start(List<String> argv, Map<String, String> environment) throws IOException {
        try {
            MemorySegment pid = arena.allocate(JAVA_INT);
            check((int) SPAWN.invokeExact(pid, arena.allocateFrom(argv.getFirst()), actions, attributes, vector(argv), vector(entries(environment))), argv.getFirst());
            return pid.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    @Override
    public void close() {
        try {
            int ignored = (int) ACTIONS_DESTROY.invokeExact(actions);
            ignored = (int) ATTRIBUTES_DESTROY.invokeExact(attributes);
        } catch (Throwable t) {
            throw Libc.broken("posix_spawn", t);
        } finally {
            arena.close();
        }
    }

    private MemorySegment vector(List<String> words) {
        MemorySegment vector = arena.allocate(ADDRESS, words.size() + 1L);
        for (int i = 0; i < words.size(); i++) {
            vector.setAtIndex(ADDRESS, i, arena.allocateFrom(words.get(i)));
        }
        return vector;
    }

    private static List<String> entries(Map<String, String> environment) {
        return environment.entrySet().stream().map(variable -> variable.getKey() + "=" + variable.getValue()).toList();
    }

    /** These functions answer the error itself. */
    private static void check(int error, String what) throws IOException {
        Libc.checked(-error, what);
    }

    private static IOException rethrown(Throwable t) {
        return t instanceof IOException e ? e : new IOException(Libc.broken("posix_spawn", t));
    }

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        return Libc.plain(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }
}
