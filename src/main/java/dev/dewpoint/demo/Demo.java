package dev.dewpoint.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Shows a release arrive. Touches the agent only as anybody can: by the registry's directory and the admin API. */
public final class Demo {
    private final Path launcher;
    private final PrintStream out;
    private final Waiting waiting;
    private final Path place;
    private final Path registry;
    private final Path root;

    /** How the demo lets time pass. */
    @FunctionalInterface
    public interface Waiting {
        void sleep(Duration wait) throws InterruptedException;
    }

    private Demo(Path launcher, PrintStream out, Waiting waiting, Path place) {
        this.launcher = launcher;
        this.out = out;
        this.waiting = waiting;
        this.place = place;
        this.registry = place.resolve("registry");
        this.root = place.resolve("root");
    }

    /** Whether everything came as promised. Leaves nothing behind, also when interrupted by Ctrl-C. */
    public static boolean run(Path launcher, PrintStream out, Waiting waiting) throws IOException, InterruptedException {
        Path place = Files.createTempDirectory("dewpoint-demo-");
        Demo demo = new Demo(launcher, out, waiting, place);
        try {
            return demo.play();
        } finally {
            deleteTree(place);
        }
    }

    private boolean play() throws IOException, InterruptedException {
        say("Dewpoint demo. Everything happens in " + place + " and is gone afterwards.");
        say("A directory plays the registry: " + registry + "/<version>/<artifact>");
        say("");
        say("1. Publish v1.0.0 and start the agent:");
        say("   dewpoint assets --registry file://" + registry + " --root " + root + " --interval 1s");
        publish("v1.0.0", "Hello from v1.0.0");
        Runnable cleanUp = () -> deleteQuietly(place);
        try (RunningAgent agent = RunningAgent.start(root, List.of(launcher.toString(), "assets", "--registry", "file://" + registry, "--root", root.toString(), "--interval", "1s", "--name", "site"), this::say, waiting, cleanUp);
                Reader reader = new Reader(root.resolve("current/index.html"), waiting)) {
            boolean first = agent.await("v1.0.0");
            show();
            reader.start();
            say("2. Publish v1.1.0. Somebody keeps reading current/index.html meanwhile:");
            publish("v1.1.0", "Hello from v1.1.0");
            boolean second = agent.await("v1.1.0");
            show();
            say("   " + reader.summary());
            say("");
            say("3. What happened (GET /api/history of the admin API):");
            say("   " + agent.get("/api/history").strip());
            say("");
            say(first && second && reader.isClean() ? "Done: two releases deployed, no read failed." : "Something went wrong; the log above says what.");
            return first && second && reader.isClean();
        }
    }

    /** A site of one page, put in place as a whole, as any publisher should. */
    private void publish(String version, String text) throws IOException {
        Path folder = registry.resolve(version);
        Files.createDirectories(folder);
        Path hidden = folder.resolve(".site.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(hidden))) {
            zip.putNextEntry(new ZipEntry("index.html"));
            zip.write(("<!doctype html><title>" + version + "</title><h1>" + text + "</h1>\n").getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
        }
        FileTime written = Files.getLastModifiedTime(hidden);
        Files.setLastModifiedTime(hidden, FileTime.from(written.toInstant().minusSeconds(10)));
        Files.move(hidden, folder.resolve("site.zip"));
    }

    private void show() throws IOException {
        Path current = root.resolve("current");
        say("");
        if (Files.exists(current)) {
            say("   " + current + " -> " + Files.readSymbolicLink(current));
            say("   current/index.html: " + Files.readString(current.resolve("index.html")).strip());
        }
        try (Stream<Path> files = Files.walk(root, 3)) {
            List<Path> below = files.filter(file -> !file.equals(root) && !file.startsWith(current)).sorted().toList();
            below.forEach(file -> say("   " + root.relativize(file) + (Files.isDirectory(file) ? "/" : "")));
        }
        say("");
    }

    private void say(String line) {
        out.println(line);
        out.flush();
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

    /** Reads a file over and over, as visitors of a site do. */
    private static final class Reader implements AutoCloseable {
        private final Path file;
        private final Waiting waiting;
        private final AtomicBoolean ended = new AtomicBoolean();
        private final AtomicInteger reads = new AtomicInteger();
        private final AtomicInteger failures = new AtomicInteger();

        Reader(Path file, Waiting waiting) {
            this.file = file;
            this.waiting = waiting;
        }

        void start() {
            Thread.ofVirtual().name("reader").start(() -> {
                try {
                    while (!ended.get()) {
                        read();
                        waiting.sleep(Duration.ofMillis(1));
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        private void read() {
            try {
                reads.incrementAndGet();
                if (!Files.readString(file).contains("</h1>")) {
                    failures.incrementAndGet();
                }
            } catch (IOException e) {
                failures.incrementAndGet();
            }
        }

        String summary() {
            return reads.get() + " reads, " + failures.get() + " failed";
        }

        boolean isClean() {
            return reads.get() > 0 && failures.get() == 0;
        }

        @Override
        public void close() {
            ended.set(true);
        }
    }
}
