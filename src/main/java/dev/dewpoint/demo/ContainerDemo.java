package dev.dewpoint.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Shows containers being replaced by newer ones under load, by a real engine; the registry is the demo's own. */
public final class ContainerDemo {
    private static final int PORT_INSIDE = 8080;
    private static final String OLD = "v1.0.0";
    private static final String NEW = "v1.1.0";

    private final Path launcher;
    private final LocalEngine engine;
    private final StaticProgram program;
    private final PrintStream out;
    private final Demo.Waiting waiting;
    private final Path root;
    private final List<String> published = new CopyOnWriteArrayList<>();

    private ContainerDemo(Path launcher, LocalEngine engine, StaticProgram program, PrintStream out, Demo.Waiting waiting, Path root) {
        this.launcher = launcher;
        this.engine = engine;
        this.program = program;
        this.out = out;
        this.waiting = waiting;
        this.root = root;
    }

    /** Whether everything came as promised. {@code socket}: the engine's, if it is on this host; {@code named}: where it was looked for. */
    public static boolean run(Path launcher, Optional<Path> socket, String named, PrintStream out, Demo.Waiting waiting) throws IOException, InterruptedException {
        Optional<LocalEngine> engine = socket.map(LocalEngine::new).filter(LocalEngine::answers);
        if (engine.isEmpty()) {
            out.println("The demo with containers needs a Docker engine on this host, and none answers at " + named + ": start one (`systemctl start docker`) or name its socket in DOCKER_HOST. `make demo` needs none.");
            return false;
        }
        Optional<StaticProgram> program = StaticProgram.find();
        if (program.isEmpty()) {
            out.println("The demo with containers needs a static busybox on this host, of which it makes its images: install busybox-static. `make demo` needs none.");
            return false;
        }
        Path place = Files.createTempDirectory("dewpoint-demo-");
        try {
            return new ContainerDemo(launcher, engine.get(), program.get(), out, waiting, Files.createDirectories(place.resolve("root"))).play(place);
        } finally {
            Demo.deleteTree(place);
        }
    }

    private boolean play(Path place) throws IOException, InterruptedException {
        try (TinyRegistry registry = TinyRegistry.open()) {
            int port = Demo.freePort();
            List<String> arguments = List.of("container", "--registry", "img://" + registry.repository(), "--port", String.valueOf(port), "--replicas", "3", "--health-path", "/health", "--root", root.toString(), "--interval", "1s",
                    "--bind", "127.0.0.1", "--drain-time", "5s", "--stop-apps");
            say("Dewpoint demo with containers. Everything happens in " + place + " and in containers and images of its own, and is gone afterwards.");
            say("The demo plays the registry: " + registry.repository());
            say("");
            say("1. Push " + OLD + " and start the agent:");
            say("   dewpoint " + String.join(" ", arguments));
            publish(registry, OLD);
            Runnable cleanUp = () -> {
                engine.forget(root, registry.repository(), published);
                Demo.deleteQuietly(place);
            };
            List<String> command = new CopyOnWriteArrayList<>(arguments);
            command.addFirst(launcher.toString());
            Visitors visitors = new Visitors(URI.create("http://127.0.0.1:" + port + "/"), body -> new Visitors.Answer(body.strip(), ""), waiting);
            try (RunningAgent agent = RunningAgent.start(root, command, this::say, waiting, visitors::close, cleanUp)) {
                return update(registry, agent, visitors);
            }
        }
    }

    private boolean update(TinyRegistry registry, RunningAgent agent, Visitors visitors) throws InterruptedException {
        boolean first = agent.await(OLD);
        visitors.start(line -> say("   " + line));
        first = first && visitors.await(OLD);
        say("");
        say("2. Push " + NEW + ". Eight visitors keep asking for the page meanwhile:");
        publish(registry, NEW);
        boolean second = first && agent.await(NEW) && visitors.await(NEW);
        visitors.close();
        say("   " + visitors.summary());
        say("");
        say("3. What happened (GET /api/history of the admin API):");
        say("   " + agent.get("/api/history").strip());
        say("");
        boolean good = second && visitors.isClean();
        say(good ? "Done: three containers replaced by three others, no request failed." : "Something went wrong; the log above says what.");
        return good;
    }

    /** A site of one page. The shell is there because the first process of a container gets no signal that it doesn't ask for. */
    private void publish(TinyRegistry registry, String version) {
        String serve = "trap 'exit 0' TERM; /bin/busybox httpd -f -p " + PORT_INSIDE + " -h /www & wait";
        String config = "\"Cmd\":[\"/bin/busybox\",\"sh\",\"-c\",\"" + serve + "\"],\"ExposedPorts\":{\"" + PORT_INSIDE + "/tcp\":{}}";
        byte[] page = (version + "\n").getBytes(StandardCharsets.UTF_8);
        ScratchImage image = ScratchImage.of(program.architecture(), config, Map.of("bin/busybox", program.bytes(), "www/index.html", page, "www/health", "ok\n".getBytes(StandardCharsets.UTF_8)));
        published.add(image.digest());
        registry.publish(version, image);
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
