package dev.dewpoint.bench;

import dev.dewpoint.testing.EngineServer;
import dev.dewpoint.testing.Image;
import dev.dewpoint.testing.RegistryServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From a pushed image to its first answer: the packaged `dewpoint container` in turns with a script of docker, curl and nginx. */
public final class ContainerBench {
    private static final int ROUNDS = 7;

    private final Path folder;
    private final RegistryServer registry;
    private final EngineServer engine;
    private final Path log;

    private ContainerBench(Path folder, RegistryServer registry, EngineServer engine) {
        this.folder = folder;
        this.registry = registry;
        this.engine = engine;
        this.log = folder.resolve("agent.log");
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("dewpoint-bench");
        try (RegistryServer registry = RegistryServer.open()) {
            new ContainerBench(folder, registry, EngineServer.docker()).run();
        }
    }

    private static Image web(String body) {
        return Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).file("www/index.html", body).expose(8080).command("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www");
    }

    private void run() throws Exception {
        int port = Rival.freePort();
        int scripted = Rival.freePort();
        registry.push("team/app", "v1.0.0", web("v1.0.0"));
        registry.push("team/other", "v1.0.0", web("v1.0.0"));
        try (Rival agent = agent(port); Rival nginx = nginx(scripted)) {
            await(port, "v1.0.0");
            script("v1.0.0");
            await(scripted, "v1.0.0");
            List<Double> ours = new ArrayList<>();
            List<Double> published = new ArrayList<>();
            List<Double> theirs = new ArrayList<>();
            Map<String, List<Double>> steps = new LinkedHashMap<>();
            for (int round = 1; round <= ROUNDS; round++) {
                String version = "v1.0." + round;
                registry.push("team/app", version, web(version));
                registry.push("team/other", version, web(version));
                long pushed = System.nanoTime();
                await(port, version);
                published.add((System.nanoTime() - pushed) / 1e6);
                ours.add(timeline(version, steps));
                long began = System.nanoTime();
                script(version);
                await(scripted, version);
                theirs.add((System.nanoTime() - began) / 1e6);
            }
            System.out.printf(Locale.ROOT, "%nAn image of 1 MB that nobody has yet, medians of %d:%n", ROUNDS);
            System.out.printf(Locale.ROOT, "  docker pull && docker run && curl --retry && nginx -s reload: %.0f ms%n", Rounds.median(theirs));
            System.out.printf(Locale.ROOT, "  dewpoint, from the start of the deployment to its end: %.0f ms (%.2f)%n", Rounds.median(ours), Rounds.median(ours) / Rounds.median(theirs));
            System.out.printf(Locale.ROOT, "  dewpoint, from the push to the first answer, polling each second: %.0f ms%n", Rounds.median(published));
            steps.forEach((step, times) -> System.out.printf(Locale.ROOT, "    %s after %.0f ms%n", step, Rounds.median(times)));
        }
        idle();
    }

    private Rival agent(int port) throws IOException {
        return Rival.start("agent", port, folder, List.of("/bin/sh", "-c", "DOCKER_HOST=" + engine.address() + " exec " + dev.dewpoint.e2e.Packaged.launcher() + " container --registry img://" + registry.host() + "/team/app --root " + folder
                + "/root -p " + port + " --health-path / -i 1s --drain-time 1s --admin-port " + Rival.freePort() + " -- -u 0:0 2>" + log));
    }

    /** Milliseconds from the start to the end of the deployment of that version, by the log's own clock. */
    private double timeline(String version, Map<String, List<Double>> steps) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            String text = Files.readString(log);
            Matcher took = Pattern.compile("Deployment completed successfully.*tag=\"" + Pattern.quote(version) + "\".*duration=\"([0-9.]+)(ms|s)\"").matcher(text);
            if (took.find()) {
                record(text.substring(text.lastIndexOf("Deployment started")), steps);
                return Double.parseDouble(took.group(1)) * (took.group(2).equals("s") ? 1000 : 1);
            }
            Rival.pause(10);
        }
        throw new IllegalStateException("no end of " + version + " in " + log);
    }

    /** What the log says of durations, as the time of its lines is in seconds. */
    private static void record(String story, Map<String, List<Double>> steps) {
        for (String step : List.of("Image pull complete", "Health check passed", "Container deployment completed")) {
            Matcher took = Pattern.compile(Pattern.quote(step) + ".*duration=\"([0-9.]+)(ms|s)\"").matcher(story);
            if (took.find()) {
                steps.computeIfAbsent(step, _ -> new ArrayList<>()).add(Double.parseDouble(took.group(1)) * (took.group(2).equals("s") ? 1000 : 1));
            }
        }
    }

    private Rival nginx(int port) throws IOException {
        Files.writeString(folder.resolve("upstream.conf"), "server 127.0.0.1:1;");
        Files.writeString(folder.resolve("nginx.conf"), "daemon off; worker_processes 1; pid " + folder + "/nginx.pid; error_log " + folder + "/error.log; events {} http { access_log off; upstream app { include " + folder
                + "/upstream.conf; } server { listen 127.0.0.1:" + port + "; location / { proxy_pass http://app; } } }");
        Files.writeString(folder.resolve("deploy.sh"), """
                set -e
                image=$1
                docker pull -q "$image" >/dev/null
                id=$(docker run -d -u 0:0 -p 127.0.0.1::8080 "$image")
                at=$(docker port "$id" 8080/tcp)
                curl -s --retry 30 --retry-delay 1 --retry-all-errors --retry-connrefused -o /dev/null "http://$at/"
                echo "server $at;" > upstream.conf
                nginx -c "$PWD/nginx.conf" -s reload 2>/dev/null
                [ ! -f old ] || docker rm -f "$(cat old)" >/dev/null
                echo "$id" > old
                """);
        return Rival.start("nginx", port, folder, List.of("/usr/sbin/nginx", "-p", folder.toString(), "-c", folder + "/nginx.conf"));
    }

    private void script(String version) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "deploy.sh", registry.host() + "/team/other:" + version).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(folder.resolve("script.log").toFile());
        builder.environment().put("DOCKER_HOST", engine.address().toString());
        builder.environment().merge("PATH", ":/usr/sbin", String::concat);
        if (builder.start().waitFor() != 0) {
            throw new IllegalStateException(Files.readString(folder.resolve("script.log")));
        }
    }

    private static void await(int port, String version) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.setSoTimeout(2000);
                socket.getOutputStream().write("GET / HTTP/1.0\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                String last = "";
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    last = line;
                }
                if (last.equals(version)) {
                    return;
                }
            } catch (IOException e) {
                // not there yet
            }
            Rival.pause(5);
        }
        throw new IllegalStateException(version + " does not answer at " + port);
    }

    private void idle() throws Exception {
        int port = Rival.freePort();
        Path root = Files.createDirectories(folder.resolve("idle"));
        try (Rival agent = Rival.start("idle", port, folder, List.of("/bin/sh", "-c", "DOCKER_HOST=" + engine.address() + " exec " + dev.dewpoint.e2e.Packaged.launcher() + " container --registry img://" + registry.host() + "/team/app --root " + root
                + " -p " + port + " --replicas 3 --health-path / -i 1s --admin-port " + Rival.freePort() + " -- -u 0:0"))) {
            await(port, "v1.0." + ROUNDS);
            int before = registry.requests().size();
            Rival.pause(Math.toIntExact(Duration.ofSeconds(60).toMillis()));
            int asked = registry.requests().size() - before;
            String status = Files.readString(Path.of("/proc/" + agent.process.pid() + "/status"));
            Matcher rss = Pattern.compile("VmRSS:\\s+(\\d+)").matcher(status);
            System.out.printf(Locale.ROOT, "%nIdle with 3 replicas, after 60 s of polling each second: RSS %d MB, %.2f requests to the registry a poll%n", rss.find() ? Integer.parseInt(rss.group(1)) / 1024 : -1, asked / 60.0);
        }
    }
}
