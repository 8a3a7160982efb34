package dev.dewpoint.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Shows releases arrive under load. Touches the agent only as anybody can: by the registry's directory, its port and the admin API. */
public final class Demo {
    private static final int UNATTENDED_VERSIONS = 3;
    private static final Duration AFTERTHOUGHT = Duration.ofSeconds(1);
    private static final Duration BETWEEN_RELEASES = Duration.ofSeconds(5);
    private static final Pattern WHO = Pattern.compile("\"replica\":\"([^\"]+)\".*\"version\":\"([^\"]+)\"");

    private final Path launcher;
    private final PrintStream out;
    private final Waiting waiting;
    private final Shelf shelf;
    private final Path root;
    private final int port;
    private final Visitors visitors;

    /** How the demo lets time pass. */
    @FunctionalInterface
    public interface Waiting {
        void sleep(Duration wait) throws InterruptedException;
    }

    private Demo(Path launcher, PrintStream out, Waiting waiting, Path place) throws IOException {
        this.launcher = launcher;
        this.out = out;
        this.waiting = waiting;
        this.shelf = new Shelf(Files.createDirectories(place.resolve("registry")));
        this.root = place.resolve("root");
        this.port = freePort();
        this.visitors = new Visitors(URI.create("http://127.0.0.1:" + port + "/who"), Demo::who, waiting);
    }

    /** Whether everything came as promised. Leaves nothing behind, also when interrupted by Ctrl-C. {@code keyboard}: of who looks on, if anybody does. */
    public static boolean run(Path launcher, Optional<Keyboard> keyboard, PrintStream out, Waiting waiting) throws IOException, InterruptedException {
        Path place = Files.createTempDirectory("dewpoint-demo-");
        try {
            return new Demo(launcher, out, waiting, place).play(keyboard, place);
        } finally {
            deleteTree(place);
        }
    }

    private boolean play(Optional<Keyboard> keyboard, Path place) throws IOException, InterruptedException {
        List<String> arguments = List.of("server", "--registry", "file://" + shelf.directory(), "--root", root.toString(), "--port", String.valueOf(port), "--bind", "127.0.0.1", "--replicas", "3", "--health-path", "/health", "--health-interval", "300ms",
                "--interval", "1s", "--drain-time", "5s", "--name", "shop", "--env", "DEMO_HOME=" + launcher.getParent().getParent(), "--", "./current/app");
        say("Dewpoint demo. Everything happens in " + place + " and in processes of its own, and is gone afterwards.");
        say("A directory plays the registry: " + shelf.directory() + "/<version>/shop.tar.gz");
        say("");
        say("dewpoint " + String.join(" ", arguments));
        say("");
        Runnable goodbye = () -> {
            deleteQuietly(place);
            say("");
            say(visitors.summary());
        };
        shelf.publish(version(0));
        List<String> command = Stream.concat(Stream.of(launcher.toString()), arguments.stream()).toList();
        boolean arrived;
        try (RunningAgent agent = RunningAgent.start(root, command, this::say, waiting, visitors::close, goodbye)) {
            arrived = arrives(agent, version(0)) && (keyboard.isPresent() ? attended(agent, keyboard.get()) : unattended(agent));
        }
        boolean good = arrived && visitors.isClean();
        say(good ? "Done: no request failed." : "Something went wrong; the lines above say what.");
        return good;
    }

    /** Visitors come as soon as there is something to see. */
    private boolean arrives(RunningAgent agent, String version) throws InterruptedException {
        boolean serves = agent.await(version);
        if (serves && visitors.answers().isEmpty()) {
            say("");
            say("The page: http://127.0.0.1:" + port + "/ (eight visitors keep asking who answers)");
            visitors.start(line -> say("   " + line));
        }
        boolean answers = serves && visitors.await(version);
        if (!answers && agent.isAlive()) {
            say(version + " didn't arrive.");
        }
        return answers;
    }

    private boolean unattended(RunningAgent agent) throws IOException, InterruptedException {
        boolean arrived = true;
        for (int number = 1; number < UNATTENDED_VERSIONS && arrived; number++) {
            publish(number);
            arrived = arrives(agent, version(number));
        }
        // the last of those that were replaced end under load, too
        waiting.sleep(AFTERTHOUGHT);
        return arrived;
    }

    private boolean attended(RunningAgent agent, Keyboard keyboard) throws IOException, InterruptedException {
        say("Enter publishes the next version; a: one comes every five seconds, or no longer; q: the end.");
        boolean byItself = false;
        int published = 0;
        while (agent.isAlive()) {
            Optional<String> wish = keyboard.next(BETWEEN_RELEASES);
            if (wish.equals(Optional.of(Keyboard.END))) {
                return true;
            }
            byItself ^= wish.equals(Optional.of("a"));
            if (byItself || wish.equals(Optional.of(""))) {
                publish(++published);
            }
        }
        return false;
    }

    private void publish(int number) throws IOException {
        say("");
        say("Publish " + version(number) + ":");
        shelf.publish(version(number));
    }

    private static String version(int number) {
        return "v1." + number + ".0";
    }

    private static Visitors.Answer who(String body) {
        Matcher found = WHO.matcher(body);
        return found.find() ? new Visitors.Answer(found.group(2), found.group(1)) : new Visitors.Answer("", "");
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static void deleteQuietly(Path place) {
        try {
            deleteTree(place);
        } catch (IOException e) {
            // a temporary directory; the next start of the host takes it
        }
    }

    /** One after the other: Ctrl-C ends the demo on two threads. */
    static synchronized void deleteTree(Path place) throws IOException {
        if (!Files.exists(place)) {
            return;
        }
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
