package dev.dewpoint.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** A proxy as a process of its own, or the backends. Ends with the bench, whatever happens. */
final class Rival implements AutoCloseable {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

    final String name;
    final int port;
    final Process process;

    private Rival(String name, int port, Process process) {
        this.name = name;
        this.port = port;
        this.process = process;
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::kill));
    }

    /** Waits for nothing. */
    static Rival begin(String name, int port, Path folder, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("DEWPOINT_"));
        builder.environment().putAll(Map.of("HOME", folder.toString(), "XDG_DATA_HOME", folder.toString(), "XDG_CONFIG_HOME", folder.toString()));
        return new Rival(name, port, builder.start());
    }

    /** Once it takes connections. */
    static Rival start(String name, int port, Path folder, List<String> command) throws IOException {
        Rival rival = begin(name, port, folder, command);
        long end = System.nanoTime() + PATIENCE;
        while (!connects(port)) {
            if (System.nanoTime() > end || !rival.process.isAlive()) {
                rival.close();
                throw new IllegalStateException(name + " does not listen: " + Files.readString(folder.resolve(name + ".log")));
            }
            pause(20);
        }
        return rival;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, HERE)) {
            return socket.getLocalPort();
        }
    }

    static int[] freePorts(int number) throws IOException {
        ServerSocket[] sockets = new ServerSocket[number];
        for (int i = 0; i < number; i++) {
            sockets[i] = new ServerSocket(0, 1, HERE);
        }
        int[] ports = Stream.of(sockets).mapToInt(ServerSocket::getLocalPort).toArray();
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    static String addresses(int[] ports, String prefix, String separator) {
        return IntStream.of(ports).mapToObj(port -> prefix + "127.0.0.1:" + port).collect(Collectors.joining(separator));
    }

    static boolean connects(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(HERE, port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Milliseconds of CPU so far, of it and its children. */
    long cpu() {
        return pids().map(Rival::ticks).sum() * 10;
    }

    /** Kilobytes in memory, of it and its children. */
    long rss() {
        return pids().map(Rival::resident).sum();
    }

    private LongStream pids() {
        return LongStream.concat(LongStream.of(process.pid()), process.descendants().mapToLong(ProcessHandle::pid));
    }

    private static long ticks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        } catch (IOException e) {
            return 0;
        }
    }

    private static long resident(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                kill();
                process.waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
