package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/** What Java has no word for: a child with exactly the descriptors we choose, signals, one file system's flush. */
public final class Posix {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    /** {@code sun_path} with its closing zero. */
    private static final int LONGEST_SOCKET_PATH = 108;

    private Posix() {}

    /**
     * Starts a program in its own process group with default, unmasked signals, an empty stdin, the two outputs, its
     * sockets and nothing else of ours. A limit that the host refuses is an exception, and nothing was started.
     */
    public static Child start(Launch launch) throws IOException {
        if (!Files.isDirectory(launch.directory())) {
            throw new IOException(launch.directory() + " is not a directory");
        }
        for (String word : launch.command()) {
            refuseNul("an argument", word);
        }
        refuseUnusable(launch.environment());
        return launch.sockets().isEmpty() && launch.limits().isNone() ? direct(launch) : new Trampoline(launch).start();
    }

    private static Child direct(Launch launch) throws IOException {
        try (Spawn spawn = new Spawn()) {
            spawn.ownGroupAndFreshSignals();
            spawn.directory(launch.directory().toString());
            spawn.descriptors(1, List.of(launch.stdout().number(), launch.stderr().number()));
            spawn.emptyStdin();
            return new Child(spawn.start(launch.command(), launch.environment()));
        }
    }

    /** Neither end is inherited unless a child gets it as an output. */
    public static Pipe pipe() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            Libc.checked(Libc.pipe2(pair, Libc.O_CLOEXEC), "pipe");
            return new Pipe(new Descriptor(pair.getAtIndex(JAVA_INT, 0)), new Descriptor(pair.getAtIndex(JAVA_INT, 1)));
        }
    }

    /** Sends a signal to a process that isn't our child, if it still is the one that was meant. */
    static boolean signalIf(BooleanSupplier stillMeant, int pid, Signal signal) {
        int handle = Libc.pidfdOpen(pid);
        if (handle < 0) {
            // a kernel or a filter without pidfd: the moment between question and signal remains
            boolean gone = handle == -Libc.ESRCH;
            return !gone && stillMeant.getAsBoolean() && Libc.kill(pid, signal.number()) == 0;
        }
        try (Descriptor process = new Descriptor(handle)) {
            return stillMeant.getAsBoolean() && Libc.pidfdSendSignal(process.number(), signal.number()) == 0;
        }
    }

    /** Writes everything that the file system of this directory still holds in memory to its disk. */
    public static void syncfs(Path directory) throws IOException {
        // may take long, and a native call holds its carrier thread: a platform thread of its own
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("syncfs").start(() -> {
            try {
                flush(directory);
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
    }

    private static void flush(Path directory) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int opened = Libc.checked(Libc.open(arena.allocateFrom(directory.toString()), Libc.O_CLOEXEC, 0), directory.toString());
            try (Descriptor open = new Descriptor(opened)) {
                Libc.checked(Libc.syncfs(open.number()), "syncfs of " + directory);
            }
        }
    }

    /** One datagram to a Unix socket, a path or with a leading {@code @} an abstract name; false if its queue is full. */
    static boolean send(String address, String message) throws IOException {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length >= LONGEST_SOCKET_PATH) {
            throw new IOException("a socket's name has 1 to " + (LONGEST_SOCKET_PATH - 1) + " bytes");
        }
        boolean isAbstract = name[0] == '@';
        if (isAbstract) {
            name[0] = 0;
        }
        try (Arena arena = Arena.ofConfined();
                Descriptor socket = new Descriptor(Libc.checked(Libc.socket(AF_UNIX, SOCK_DGRAM | Libc.O_CLOEXEC), "socket"))) {
            MemorySegment target = arena.allocate(2 + LONGEST_SOCKET_PATH, 2);
            target.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, target, JAVA_BYTE, 2, name.length);
            byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
            MemorySegment body = arena.allocateFrom(JAVA_BYTE, bytes);
            // a path ends with its zero, an abstract name with its last byte
            int length = 2 + name.length + (isAbstract ? 0 : 1);
            int sent = Libc.sendto(socket.number(), body, MSG_DONTWAIT | MSG_NOSIGNAL, target, length);
            if (sent == -Libc.EAGAIN) {
                return false;
            }
            Libc.checked(sent, address);
            return true;
        }
    }

    private static void refuseUnusable(Map<String, String> environment) throws IOException {
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            String name = variable.getKey();
            if (name.isEmpty() || name.indexOf('=') >= 0) {
                throw new IOException("an environment variable can't be called '" + name + "'");
            }
            refuseNul("an environment variable's name", name);
            refuseNul(name, variable.getValue());
        }
    }

    /** C would take what stands before it. */
    private static void refuseNul(String what, String text) throws IOException {
        if (text.indexOf('\0') >= 0) {
            throw new IOException(what + " holds a NUL character");
        }
    }
}
