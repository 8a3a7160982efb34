package dev.dewpoint.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Counts the system calls of a process and its children while it is busy. */
final class Strace {
    private Strace() {}

    static String perRequest(Rival rival, Path folder, String... more) throws Exception {
        Path table = folder.resolve("strace");
        Path said = folder.resolve("strace.log");
        List<Long> pids = rival.process.descendants().map(ProcessHandle::pid).toList();
        String targets = "-p " + rival.process.pid() + pids.stream().map(pid -> " -p " + pid).collect(Collectors.joining());
        Process strace = new ProcessBuilder("sh", "-c", "exec strace -c -f -o " + table + " " + targets).redirectErrorStream(true).redirectOutput(said.toFile()).start();
        for (int i = 0; i < 250 && !Files.readString(said).contains("attached"); i++) {
            Rival.pause(20);
        }
        Wrk load = Wrk.run(rival.port, "/2b", 16, 2, more);
        new ProcessBuilder("kill", "-INT", String.valueOf(strace.pid())).start().waitFor();
        if (!strace.waitFor(10, TimeUnit.SECONDS)) {
            strace.destroyForcibly();
        }
        return describe(counts(table), Math.max(1, load.requests()));
    }

    private static String describe(Map<String, Long> counts, double requests) {
        String parts = counts.entrySet().stream().filter(entry -> entry.getValue() / requests >= 0.05).sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(entry -> String.format(Locale.ROOT, "%s %.2f", entry.getKey(), entry.getValue() / requests)).collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%.2f (%s)", counts.values().stream().mapToLong(Long::longValue).sum() / requests, parts);
    }

    private static Map<String, Long> counts(Path table) throws IOException {
        Map<String, Long> counts = new TreeMap<>();
        for (String line : Files.readAllLines(table)) {
            String[] columns = line.trim().split("\\s+");
            if (columns.length >= 5 && columns[0].matches("[\\d.]+") && !columns[columns.length - 1].equals("total")) {
                counts.put(columns[columns.length - 1], Long.parseLong(columns[3]));
            }
        }
        return counts;
    }
}
