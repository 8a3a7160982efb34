package dev.dewpoint.bench;

import dev.dewpoint.e2e.Packaged;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Exchanges all backends again and again while requests pour in. */
final class Swaps {
    private static final Duration TWO_MILLIS = Duration.ofMillis(2);

    /** Points a proxy at these. Answers once the old ones may go, as far as the proxy can tell. */
    interface Change {
        void to(int[] ports) throws Exception;
    }

    private final Setup setup;
    private final boolean quick;
    private final Path post;

    Swaps(Setup setup, boolean quick) throws IOException {
        this.setup = setup;
        this.quick = quick;
        this.post = Files.writeString(setup.folder.resolve("post.lua"), "wrk.method = \"POST\"\nwrk.body = string.rep(\"x\", 512)\n");
    }

    void run() throws Exception {
        System.out.println("\nAll three backends exchanged while 16 connections (Dewpoint, saturated: 64) are busy.");
        System.out.println("Dewpoint (old ones end as soon as they are drained):");
        dewpoint("GET, saturated", Duration.ZERO, 64, quick ? 5 : 25);
        dewpoint("POST of 512 bytes, saturated", Duration.ZERO, 64, quick ? 3 : 12, Wrk.script(post));
        dewpoint("GET, 2 ms backends", TWO_MILLIS, 16, quick ? 3 : 10);
        for (int[] pace : quick ? new int[][] {{100, 60}} : new int[][] {{100, 60}, {500, 400}}) {
            System.out.println("Others, a swap each " + pace[0] + " ms, old ones end after " + pace[1] + " ms, 2 ms backends:");
            nginx(pace[0], pace[1]);
            haproxyReload(pace[0], pace[1]);
            haproxyRuntime(pace[0], pace[1]);
            caddy(pace[0], pace[1]);
        }
    }

    private void dewpoint(String what, Duration work, int connections, int seconds, String... more) throws Exception {
        Path launcher = setup.folder.resolve("swap-driver");
        Path home = Packaged.launcher().getParent().getParent();
        Files.writeString(launcher, Files.readString(Packaged.launcher()).replaceAll("(?m)^home=.*$", "home=" + home)
                .replace("-jar \"$home/lib/dewpoint.jar\"", "-cp \"$home/lib/dewpoint.jar:" + home.resolveSibling("test-classes") + "\" dev.dewpoint.bench.SwapDriver"));
        int port = Rival.freePort();
        Process driver = new ProcessBuilder("sh", launcher.toString(), String.valueOf(port)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader answers = new BufferedReader(new InputStreamReader(driver.getInputStream()))) {
            List<Long> drained = new ArrayList<>();
            Change change = ports -> {
                driver.getOutputStream().write((Rival.addresses(ports, "", ",").replace("127.0.0.1:", "") + "\n").getBytes(StandardCharsets.US_ASCII));
                driver.getOutputStream().flush();
                String answer = answers.readLine();
                if (answer == null) {
                    throw new IllegalStateException("the driver has ended");
                }
                if (!answer.equals("listening")) {
                    drained.add(Long.parseLong(answer));
                }
            };
            Replicas first = new Replicas(work);
            change.to(first.ports());
            Wrk.run(port, "/", connections, quick ? 2 : 5, more);
            Outcome outcome = measure(port, first, work, change, 100, 0, connections, seconds, more);
            Collections.sort(drained);
            System.out.printf(Locale.ROOT, "  %s: %s; publish to drained p50 %.1f ms, max %.1f ms%n", what, outcome, drained.get(drained.size() / 2) / 1e3, drained.getLast() / 1e3);
        } finally {
            driver.destroyForcibly();
        }
    }

    private record Outcome(int swaps, Wrk calm, Wrk swapping) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d swaps, %,d requests, %d failed; p99 calm %.2f ms, swapping %.2f ms (%.2f)", swaps, swapping.requests(), swapping.failures(), calm.p99(), swapping.p99(), swapping.p99() / calm.p99());
        }
    }

    private Outcome measure(int port, Replicas first, Duration work, Change change, int each, int grace, int connections, int seconds, String... more) throws Exception {
        List<Replicas> open = new ArrayList<>(List.of(first));
        try {
            Wrk calm = Wrk.run(port, "/", connections, Math.max(3, seconds / 4), more);
            Wrk.Running running = Wrk.start(port, "/", connections, seconds, more);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds) - 500_000_000L;
            int swaps = 0;
            while (System.nanoTime() < end) {
                long next = System.nanoTime() + each * 1_000_000L;
                Replicas old = open.getLast();
                open.add(new Replicas(work));
                change.to(open.getLast().ports());
                Rival.pause(grace);
                old.close();
                open.remove(old);
                swaps++;
                Rival.pause(Math.max(0, (next - System.nanoTime()) / 1_000_000));
            }
            return new Outcome(swaps, calm, running.end());
        } finally {
            for (Replicas replicas : open) {
                replicas.close();
            }
        }
    }

    private void report(String what, Rival rival, Replicas first, Change change, int each, int grace) throws Exception {
        System.out.println("  " + what + ": " + measure(rival.port, first, TWO_MILLIS, change, each, grace, 16, quick ? 3 : 6));
    }

    private void nginx(int each, int grace) throws Exception {
        Replicas first = new Replicas(TWO_MILLIS);
        try (Rival nginx = setup.nginx(1, Rival.freePort(), first.ports())) {
            report("nginx -s reload", nginx, first, ports -> {
                setup.nginxCommand(nginx.name, 1, nginx.port, ports);
                signal("HUP", nginx.process.pid());
            }, each, grace);
        }
    }

    private void haproxyReload(int each, int grace) throws Exception {
        Replicas first = new Replicas(TWO_MILLIS);
        try (Rival haproxy = setup.haproxy(1, Rival.freePort(), first.ports(), "-W", "-db")) {
            report("haproxy -W, SIGUSR2", haproxy, first, ports -> {
                setup.haproxyCommand(haproxy.name, 1, haproxy.port, ports, "-W", "-db");
                signal("USR2", haproxy.process.pid());
            }, each, grace);
        }
    }

    private void haproxyRuntime(int each, int grace) throws Exception {
        Replicas first = new Replicas(TWO_MILLIS);
        try (Rival haproxy = setup.haproxy(1, Rival.freePort(), first.ports())) {
            report("haproxy runtime API", haproxy, first, ports -> {
                StringBuilder words = new StringBuilder();
                for (int i = 0; i < ports.length; i++) {
                    words.append(i == 0 ? "" : ";").append("set server b/s").append(i + 1).append(" addr 127.0.0.1 port ").append(ports[i]);
                }
                tell(setup.folder.resolve("haproxy-1.sock"), words + "\n");
            }, each, grace);
        }
    }

    private void caddy(int each, int grace) throws Exception {
        Replicas first = new Replicas(TWO_MILLIS);
        int admin = Rival.freePort();
        try (Rival caddy = setup.caddy(Rival.freePort(), admin, first.ports()); HttpClient client = HttpClient.newHttpClient()) {
            report("caddy POST /load", caddy, first, ports -> client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/load")).header("Content-Type", "text/caddyfile").timeout(Duration.ofSeconds(10))
                    .POST(HttpRequest.BodyPublishers.ofString(Setup.caddyfile(caddy.port, admin, ports))).build(), HttpResponse.BodyHandlers.discarding()), each, grace);
        }
    }

    private static void signal(String name, long pid) throws Exception {
        new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor();
    }

    private static void tell(Path socket, String words) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(4096);
            while (channel.read(answer.clear()) >= 0) {
                // until it has done it
            }
        }
    }
}
