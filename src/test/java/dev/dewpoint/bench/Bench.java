package dev.dewpoint.bench;

import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.host.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What docs/benchmarks.md reports. Competitors run in turns in one go; only ratios of one run mean anything. */
public final class Bench {
    private static final int RUNS = 5;
    private static final int STARTS = 15;
    private static final int POLLS = 10_000;

    private final Path folder;

    private Bench(Path folder) {
        this.folder = folder;
    }

    public static void main(String... arguments) throws Exception {
        Path folder = Files.createTempDirectory(Path.of(arguments.length > 0 ? arguments[0] : "target"), "bench-");
        try {
            Bench bench = new Bench(folder);
            Set<String> wanted = arguments.length > 1 ? Set.of(arguments[1].split(",")) : Set.of("start", "idle", "deploy");
            if (wanted.contains("start")) {
                bench.start();
            }
            if (wanted.contains("idle")) {
                bench.idle();
            }
            if (wanted.contains("deploy")) {
                bench.deploy("100 MB", 100_000_000L);
                bench.deploy("1 GiB", 1L << 30);
            }
        } finally {
            Durable.deleteTree(folder);
        }
    }

    /** Against curl, sha256sum and tar one after the other, as a shell script does it. */
    private void deploy(String size, long bytes) throws Exception {
        Path archive = archive(bytes);
        String digest = output("sha256sum", archive.toString()).substring(0, 64);
        try (ReleaseServer server = new ReleaseServer(archive, "site.tar.gz", digest)) {
            List<Double> ours = new ArrayList<>();
            List<Double> attempts = new ArrayList<>();
            List<Double> theirs = new ArrayList<>();
            long peak = 0;
            for (int run = 0; run < RUNS; run++) {
                Path root = Files.createDirectory(folder.resolve("root"));
                sync();
                long began = System.nanoTime();
                Packaged agent = Packaged.start(root, Map.of("GITHUB_API_URL", server.url()), List.of("/usr/bin/time", "-f", "PEAK %M", Packaged.launcher().toString()), "assets", "--registry", "ghr://o/r?artifact=site.tar.gz", "--once");
                check(agent.exitCode() == 0, agent.output());
                ours.add((System.nanoTime() - began) / 1e9);
                attempts.add(Long.parseLong(Files.readString(root.resolve(".dewpoint/history.jsonl")).replaceAll("(?s).*\"took_ms\":(\\d+).*", "$1")) / 1e3);
                peak = Math.max(peak, Long.parseLong(agent.lines().getLast().replace("PEAK ", "")));
                Durable.deleteTree(root);
                Path scratch = Files.createDirectory(folder.resolve("scratch"));
                sync();
                began = System.nanoTime();
                shell(scratch, "curl -sf -o site.tar.gz " + server.url() + "file && echo '" + digest + "  site.tar.gz' | sha256sum -c --quiet && mkdir out && tar xzf site.tar.gz -C out");
                theirs.add((System.nanoTime() - began) / 1e9);
                Durable.deleteTree(scratch);
            }
            System.out.printf(Locale.ROOT, "deploy %s tar.gz: a running agent %.2f s (ratio %.2f), dewpoint --once with its start %.2f s (ratio %.2f), curl+sha256sum+tar %.2f s; medians of %d; peak RSS %d MB%n", size,
                    median(attempts), median(attempts) / median(theirs), median(ours), median(ours) / median(theirs), median(theirs), RUNS, peak / 1024);
        }
        Files.delete(archive);
    }

    /** From fork to the first byte of the first request at the registry. */
    private void start() throws Exception {
        List<Double> millis = new ArrayList<>();
        Path archive = archive(100_000);
        for (int i = 0; i < STARTS; i++) {
            try (ReleaseServer server = new ReleaseServer(archive, "site.tar.gz", "0".repeat(64))) {
                Path root = Files.createDirectory(folder.resolve("start"));
                long began = System.nanoTime();
                Packaged.run(root, Map.of("GITHUB_API_URL", server.url()), "assets", "--registry", "ghr://o/r?artifact=none.zip", "--once");
                millis.add((server.firstRequestNanos.get() - began) / 1e6);
                Durable.deleteTree(root);
            }
        }
        System.out.printf(Locale.ROOT, "process start to first registry request: median %.0f ms, best %.0f ms (%d starts)%n", median(millis), Collections.min(millis), STARTS);
    }

    /** Ten thousand polls of a registry that doesn't change, and what they cost. Each request to look makes two: its own, and the loop's next. */
    private void idle() throws Exception {
        Path archive = archive(100_000);
        String digest = output("sha256sum", archive.toString()).substring(0, 64);
        Path root = Files.createDirectory(folder.resolve("idle"));
        try (ReleaseServer server = new ReleaseServer(archive, "site.tar.gz", digest);
                Packaged agent = Packaged.start(root, Map.of("GITHUB_API_URL", server.url()), "assets", "--registry", "ghr://o/r?artifact=site.tar.gz", "--interval", "1h")) {
            agent.awaitLine("Deployment completed");
            agent.awaitLine("Admin API listening");
            AdminClient client = new AdminClient(root);
            looks(client, 500);
            new CountDownLatch(1).await(35, TimeUnit.SECONDS);
            long early = rss(agent.pid());
            long requests = server.requests.get();
            long bytes = server.bodyBytes.get();
            looks(client, POLLS / 2);
            new CountDownLatch(1).await(35, TimeUnit.SECONDS); // until what the C library holds back has been trimmed too
            System.out.printf(Locale.ROOT, "idle: RSS %d MB after 1000 polls, %d MB after %d more and a quiet half minute; %.2f requests and %.1f body bytes a poll%n", early / 1024, rss(agent.pid()) / 1024, POLLS, (server.requests.get() - requests) / (double) POLLS,
                    (server.bodyBytes.get() - bytes) / (double) POLLS);
            agent.terminate();
        }
    }

    private static void looks(AdminClient client, int number) {
        for (int i = 0; i < number; i++) {
            AdminClient.Answer answer = client.act("deploy", Optional.of("r"), Optional.empty());
            check(answer.achieved(), answer.message());
        }
    }

    /** Files of many sizes, half text and half noise, as releases are. */
    private Path archive(long bytes) throws Exception {
        Path tree = Files.createDirectory(folder.resolve("tree"));
        Random random = new Random(7);
        byte[] block = new byte[1 << 20];
        long left = bytes;
        for (int i = 0; left > 0; i++) {
            int size = (int) Math.min(left, i % 4 == 0 ? 8_000_000 : 1 + random.nextInt(200_000));
            try (var out = Files.newOutputStream(tree.resolve("file" + i))) {
                for (int at = 0; at < size; at += block.length) {
                    random.nextBytes(block);
                    if (i % 2 == 0) {
                        for (int j = 0; j < block.length; j++) {
                            block[j] = (byte) ('a' + (block[j] & 7));
                        }
                    }
                    out.write(block, 0, Math.min(block.length, size - at));
                }
            }
            left -= size;
        }
        Path archive = folder.resolve("site.tar.gz");
        Files.deleteIfExists(archive);
        shell(folder, "tar cf - -C tree . | gzip -1 > site.tar.gz");
        Durable.deleteTree(tree);
        return archive;
    }

    private static long rss(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return Long.parseLong(lines.filter(line -> line.startsWith("VmRSS")).findFirst().orElseThrow().replaceAll("\\D", ""));
        }
    }

    /** What one run left to be written doesn't burden the next one. */
    private static void sync() throws Exception {
        shell(Path.of("/"), "sync");
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void shell(Path directory, String text) throws Exception {
        check(new ProcessBuilder("bash", "-c", "set -e; " + text).directory(directory.toFile()).inheritIO().start().waitFor() == 0, text);
    }

    private static String output(String... command) throws IOException {
        return new String(new ProcessBuilder(command).start().getInputStream().readAllBytes());
    }

    private static void check(boolean ok, String otherwise) {
        if (!ok) {
            throw new IllegalStateException(otherwise);
        }
    }
}
