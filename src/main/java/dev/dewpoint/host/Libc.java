package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The calls to glibc (2.34 or later, x86-64 and aarch64). Binding a function costs milliseconds, so each family is
 * bound by its first use. A call that fails answers its negated errno.
 */
final class Libc {
    static final int EINTR = 4;
    static final int ESRCH = 3;
    static final int EAGAIN = 11;
    static final int EAFNOSUPPORT = 97;
    static final int EADDRINUSE = 98;
    static final int EADDRNOTAVAIL = 99;
    static final int O_WRONLY = 1;
    static final int O_CREAT = 0x40;
    static final int O_APPEND = 0x400;
    static final int O_EXCL = 0x80;
    static final int O_CLOEXEC = 0x80000;
    static final short POLLIN = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private Libc() {}

    private static final class Signals {
        static final MethodHandle KILL = bind("kill", ints(2));
        static final MethodHandle WAITPID = bind("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        // newer than the oldest glibc that we support, but not than its kernels; the numbers are the same on all machines
        static final MethodHandle SYSCALL = bind("syscall", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(1));
        static final long PIDFD_SEND_SIGNAL = 424;
        static final long PIDFD_OPEN = 434;
    }

    private static final class Descriptors {
        static final MethodHandle PIPE2 = bind("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        static final MethodHandle READ = bind("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
        static final MethodHandle POLL = bind("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    }

    private static final class Copies {
        static final MethodHandle DUP3 = bind("dup3", ints(3));
    }

    private static final class Handing {
        static final MethodHandle WRITE = bind("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    }

    private static final class Flags {
        static final MethodHandle FCNTL = bind("fcntl", ints(3), Linker.Option.firstVariadicArg(2));
    }

    private static final class Holes {
        static final MethodHandle FALLOCATE = bind("fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    }

    private static final class Bounds {
        static final MethodHandle PRLIMIT = bind("prlimit", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        static final MethodHandle SETPRIORITY = bind("setpriority", ints(3));
    }

    private static final class Closing {
        static final MethodHandle CLOSE = bind("close", ints(1));
    }

    private static final class FileSystems {
        static final MethodHandle OPEN = bind("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
        static final MethodHandle SYNCFS = bind("syncfs", ints(1));
    }

    private static final class Sockets {
        static final MethodHandle SOCKET = bind("socket", ints(3));
        static final MethodHandle SENDTO = bind("sendto", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    }

    private static final class Listening {
        static final MethodHandle BIND = bind("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        static final MethodHandle LISTEN = bind("listen", ints(2));
        static final MethodHandle GETSOCKNAME = bind("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        static final MethodHandle SETSOCKOPT = bind("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        static final MethodHandle GETSOCKOPT = bind("getsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    }

    private static final class Errors {
        static final MethodHandle DESCRIPTION = plain("strerrordesc_np", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    }

    static int kill(int pid, int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Signals.KILL.invokeExact(state, pid, signal), state);
        } catch (Throwable t) {
            throw broken("kill", t);
        }
    }

    static int waitpid(int pid, MemorySegment status, int options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Signals.WAITPID.invokeExact(state, pid, status, options), state);
        } catch (Throwable t) {
            throw broken("waitpid", t);
        }
    }

    static int pidfdOpen(int pid) {
        return syscall(Signals.PIDFD_OPEN, pid, 0);
    }

    static int pidfdSendSignal(int descriptor, int signal) {
        return syscall(Signals.PIDFD_SEND_SIGNAL, descriptor, signal);
    }

    private static int syscall(long number, long first, long second) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) (long) Signals.SYSCALL.invokeExact(state, number, first, second, 0L, 0L), state);
        } catch (Throwable t) {
            throw broken("syscall", t);
        }
    }

    static int pipe2(MemorySegment pair, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Descriptors.PIPE2.invokeExact(state, pair, flags), state);
        } catch (Throwable t) {
            throw broken("pipe2", t);
        }
    }

    static int read(int descriptor, MemorySegment buffer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) (long) Descriptors.READ.invokeExact(state, descriptor, buffer, buffer.byteSize()), state);
        } catch (Throwable t) {
            throw broken("read", t);
        }
    }

    static int poll(MemorySegment entries, long count, int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Descriptors.POLL.invokeExact(state, entries, count, timeoutMillis), state);
        } catch (Throwable t) {
            throw broken("poll", t);
        }
    }

    static int close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Closing.CLOSE.invokeExact(state, descriptor), state);
        } catch (Throwable t) {
            throw broken("close", t);
        }
    }

    /** @param mode of a file that is made */
    static int open(MemorySegment path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) FileSystems.OPEN.invokeExact(state, path, flags, mode), state);
        } catch (Throwable t) {
            throw broken("open", t);
        }
    }

    static int syncfs(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) FileSystems.SYNCFS.invokeExact(state, descriptor), state);
        } catch (Throwable t) {
            throw broken("syncfs", t);
        }
    }

    static int socket(int family, int type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Sockets.SOCKET.invokeExact(state, family, type, 0), state);
        } catch (Throwable t) {
            throw broken("socket", t);
        }
    }

    static int sendto(int descriptor, MemorySegment message, int flags, MemorySegment address, int addressBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) (long) Sockets.SENDTO.invokeExact(state, descriptor, message, message.byteSize(), flags, address, addressBytes), state);
        } catch (Throwable t) {
            throw broken("sendto", t);
        }
    }

    static int write(int descriptor, MemorySegment bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) (long) Handing.WRITE.invokeExact(state, descriptor, bytes, bytes.byteSize()), state);
        } catch (Throwable t) {
            throw broken("write", t);
        }
    }

    static int fcntl(int descriptor, int command, int argument) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Flags.FCNTL.invokeExact(state, descriptor, command, argument), state);
        } catch (Throwable t) {
            throw broken("fcntl", t);
        }
    }

    static int dup3(int descriptor, int onto, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Copies.DUP3.invokeExact(state, descriptor, onto, flags), state);
        } catch (Throwable t) {
            throw broken("dup3", t);
        }
    }

    static int prlimit(int pid, int resource, MemorySegment limit) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Bounds.PRLIMIT.invokeExact(state, pid, resource, limit, MemorySegment.NULL), state);
        } catch (Throwable t) {
            throw broken("prlimit", t);
        }
    }

    static int setpriority(int pid, int nice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Bounds.SETPRIORITY.invokeExact(state, 0, pid, nice), state);
        } catch (Throwable t) {
            throw broken("setpriority", t);
        }
    }

    static int fallocate(int descriptor, int mode, long offset, long length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Holes.FALLOCATE.invokeExact(state, descriptor, mode, offset, length), state);
        } catch (Throwable t) {
            throw broken("fallocate", t);
        }
    }

    static int bind(int descriptor, MemorySegment address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Listening.BIND.invokeExact(state, descriptor, address, (int) address.byteSize()), state);
        } catch (Throwable t) {
            throw broken("bind", t);
        }
    }

    static int listen(int descriptor, int backlog) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Listening.LISTEN.invokeExact(state, descriptor, backlog), state);
        } catch (Throwable t) {
            throw broken("listen", t);
        }
    }

    static int getsockname(int descriptor, MemorySegment address, MemorySegment length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Listening.GETSOCKNAME.invokeExact(state, descriptor, address, length), state);
        } catch (Throwable t) {
            throw broken("getsockname", t);
        }
    }

    static int setsockopt(int descriptor, int level, int option, MemorySegment value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Listening.SETSOCKOPT.invokeExact(state, descriptor, level, option, value, (int) value.byteSize()), state);
        } catch (Throwable t) {
            throw broken("setsockopt", t);
        }
    }

    static int getsockopt(int descriptor, int level, int option, MemorySegment value, MemorySegment length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return result((int) Listening.GETSOCKOPT.invokeExact(state, descriptor, level, option, value, length), state);
        } catch (Throwable t) {
            throw broken("getsockopt", t);
        }
    }

    /** The result, or an exception that says what failed and why. */
    static int checked(int result, String what) throws IOException {
        if (result < 0) {
            throw new IOException(what + ": " + describe(-result));
        }
        return result;
    }

    static String describe(int errno) {
        try {
            MemorySegment text = (MemorySegment) Errors.DESCRIPTION.invokeExact(errno);
            return text.address() == 0 ? "error " + errno : text.reinterpret(256).getString(0);
        } catch (Throwable t) {
            throw broken("strerrordesc_np", t);
        }
    }

    static MethodHandle plain(String name, FunctionDescriptor shape) {
        return LINKER.downcallHandle(symbol(name), shape);
    }

    static IllegalStateException broken(String name, Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("the call of " + name + " did not fit", cause);
    }

    private static MethodHandle bind(String name, FunctionDescriptor shape, Linker.Option... options) {
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 1, options.length);
        all[0] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(symbol(name), shape, all);
    }

    private static MemorySegment symbol(String name) {
        return LINKER.defaultLookup().find(name)
                .orElseThrow(() -> new IllegalStateException("this C library has no " + name + "; Dewpoint needs glibc 2.34 or later"));
    }

    private static FunctionDescriptor ints(int count) {
        MemoryLayout[] arguments = new MemoryLayout[count];
        java.util.Arrays.fill(arguments, JAVA_INT);
        return FunctionDescriptor.of(JAVA_INT, arguments);
    }

    private static int result(int result, MemorySegment state) {
        return result < 0 ? -(int) ERRNO.get(state, 0L) : result;
    }
}
