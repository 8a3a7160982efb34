package dev.dewpoint.bench;

import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.testing.ServerApps;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** Restarts of a program on inherited sockets: the packaged `dewpoint server` in turns with a shell script that does the same. */
public final class ServerBench {
    private static final int RESTARTS = 20;
    private static final int ROUNDS = 5;
    private static final int SECONDS = 5;
    private static final int CONNECTIONS = 16;
    private static final int MILLIS_BETWEEN_RESTARTS = 500;
    private static final Pattern STARTED = Pattern.compile("serves as generation (\\d+)");
    /** A shell can't bind a port: this does, and becomes the script. */
    private static final String BINDER = """
            import os, socket, sys
            held = socket.create_server(("", int(sys.argv[1])), backlog=4096)
            held.set_inheritable(True)
            if held.fileno() != 3:
                os.dup2(held.fileno(), 3)
            os.environ["SERVER_STARTER_PORT"] = sys.argv[1] + "=3"
            os.execv("/bin/sh", ["sh", "starter.sh"])
            """;
    private static final String STARTER = """
            start() { generation=$((generation + 1)); SERVER_STARTER_GENERATION=$generation ./server & new=$!; }
            trap 'again=1' HUP
            trap 'kill -TERM $old; exit 0' TERM
            start
            old=$new
            while :; do
              wait $old
              while [ "$again" ]; do
                again=
                start
                sleep 0.2
                kill -TERM $old
                old=$new
              done
            done
            """;

    /** One of the two; {@code prints}: the directory with the files that the program prints to. */
    private record Contender(Rival rival, Path prints) {
        void restart() throws IOException, InterruptedException {
            new ProcessBuilder("/bin/kill", "-HUP", Long.toString(rival.process.pid())).start().waitFor();
        }

        /** The newest generation that has said that it serves. */
        int generation() throws IOException {
            int newest = 0;
            try (DirectoryStream<Path> files = Files.newDirectoryStream(prints, "*{.stdout,.log}")) {
                for (Path file : files) {
                    newest = Math.max(newest, STARTED.matcher(Files.readString(file, StandardCharsets.ISO_8859_1)).results().mapToInt(found -> Integer.parseInt(found.group(1))).max().orElse(0));
                }
            } catch (NoSuchFileException e) {
                // not there yet, or gone with its process
            }
            return newest;
        }

        void await(int generation) throws IOException {
            long end = System.nanoTime() + 20_000_000_000L;
            while (generation() < generation) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("no generation " + generation + " in " + prints);
                }
                Rival.pause(1);
            }
        }

        /** Milliseconds of CPU of the process alone, without what it started. */
        long ownCpu() throws IOException {
            String stat = Files.readString(Path.of("/proc/" + rival.process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
        }
    }

    private final Path folder;

    private ServerBench(Path folder) {
        this.folder = folder;
    }

    public static void main(String... arguments) throws Exception {
        new ServerBench(Files.createTempDirectory("dewpoint-bench")).run();
    }

    private void run() throws Exception {
        int ours = Rival.freePort();
        int theirs = Rival.freePort();
        try (Rival agent = agent(ours); Rival script = script(theirs)) {
            Map<String, Contender> both = new LinkedHashMap<>();
            both.put("dewpoint", new Contender(agent, folder.resolve("root/.dewpoint/log/raw/shop")));
            both.put("script", new Contender(script, folder.resolve("script")));
            for (Contender one : both.values()) {
                one.await(1);
            }
            Wrk.run(ours, "/", CONNECTIONS, SECONDS);
            spawns(both);
            dataPath(both);
            restarts(both);
        }
    }

    private void spawns(Map<String, Contender> both) throws Exception {
        Map<String, List<Double>> millis = new LinkedHashMap<>();
        for (int i = 0; i < RESTARTS; i++) {
            for (Map.Entry<String, Contender> one : both.entrySet()) {
                int before = one.getValue().generation();
                long asked = System.nanoTime();
                one.getValue().restart();
                one.getValue().await(before + 1);
                millis.computeIfAbsent(one.getKey(), _ -> new ArrayList<>()).add((System.nanoTime() - asked) / 1e6);
                Rival.pause(MILLIS_BETWEEN_RESTARTS);
            }
        }
        System.out.printf(Locale.ROOT, "%nFrom SIGHUP to the first line of the new process, medians of %d:%n", RESTARTS);
        millis.forEach((name, took) -> System.out.printf(Locale.ROOT, "  %s: %.1f ms%n", name, Rounds.median(took)));
    }

    private static void dataPath(Map<String, Contender> both) throws Exception {
        long requests = 0;
        Map<String, List<Double>> perSecond = new LinkedHashMap<>();
        long before = both.get("dewpoint").ownCpu();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Contender> one : both.entrySet()) {
                Wrk wrk = Wrk.run(one.getValue().rival().port, "/", CONNECTIONS, SECONDS);
                perSecond.computeIfAbsent(one.getKey(), _ -> new ArrayList<>()).add(wrk.perSecond());
                requests += one.getKey().equals("dewpoint") ? wrk.requests() : 0;
            }
        }
        long spent = both.get("dewpoint").ownCpu() - before;
        System.out.printf(Locale.ROOT, "%nOn the way of the data, a connection a request, %d at a time: throughput against the script %.2f; the agent itself used %d ms of CPU in %d s, while %,d connections were served%n", CONNECTIONS,
                Rounds.median(perSecond.get("dewpoint")) / Rounds.median(perSecond.get("script")), spent, 2 * ROUNDS * SECONDS, requests);
    }

    private static void restarts(Map<String, Contender> both) throws Exception {
        System.out.printf(Locale.ROOT, "%nA restart each %d ms, a connection a request, %d at a time; p99 are medians of %d:%n", MILLIS_BETWEEN_RESTARTS, CONNECTIONS, ROUNDS);
        for (Map.Entry<String, Contender> one : both.entrySet()) {
            List<Double> calm = new ArrayList<>();
            List<Double> restarting = new ArrayList<>();
            long requests = 0;
            long failures = 0;
            int first = one.getValue().generation();
            for (int round = 0; round < ROUNDS; round++) {
                calm.add(Wrk.run(one.getValue().rival().port, "/", CONNECTIONS, SECONDS).p99());
                Wrk wrk = restarting(one.getValue());
                restarting.add(wrk.p99());
                requests += wrk.requests();
                failures += wrk.failures();
            }
            System.out.printf(Locale.ROOT, "  %s: %d restarts, %,d connections, %,d failed, p99 calm %.2f ms, restarting %.2f ms%n", one.getKey(), one.getValue().generation() - first, requests, failures, Rounds.median(calm), Rounds.median(restarting));
        }
    }

    private static Wrk restarting(Contender contender) throws Exception {
        AtomicBoolean on = new AtomicBoolean(true);
        Thread restarter = Thread.ofPlatform().start(() -> {
            try {
                while (on.get()) {
                    contender.restart();
                    Rival.pause(MILLIS_BETWEEN_RESTARTS);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try {
            return Wrk.run(contender.rival().port, "/", CONNECTIONS, SECONDS);
        } finally {
            on.set(false);
            restarter.join();
        }
    }

    private Rival agent(int port) throws Exception {
        Path place = folder.resolve("app");
        ServerApps.make(ServerApps.Kind.C, place, "v1.0.0");
        Path archive = Files.createDirectories(folder.resolve("registry/v1.0.0")).resolve("app.tar.gz");
        if (new ProcessBuilder("tar", "-czf", archive.toString(), "-C", place.toString(), ".").inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException("tar failed");
        }
        Files.setLastModifiedTime(archive, FileTime.from(Instant.now().minusSeconds(60)));
        return Rival.start("agent", port, folder, List.of(Packaged.launcher().toString(), "server", "--registry", "file://" + folder.resolve("registry"), "--root", folder.resolve("root").toString(), "--name", "shop",
                "--interval", "10s", "--start-grace", "200ms", "--app-log", "file", "--port", Integer.toString(port), "--env", "APP_PROTOCOL=starter", "--", "./current/server"));
    }

    private Rival script(int port) throws Exception {
        Path place = Files.createDirectories(folder.resolve("script"));
        ServerApps.make(ServerApps.Kind.C, place, "v1.0.0");
        Files.writeString(place.resolve("binder.py"), BINDER);
        Files.writeString(place.resolve("starter.sh"), STARTER);
        return Rival.start("script", port, place, List.of("/usr/bin/python3", "binder.py", Integer.toString(port)));
    }
}
