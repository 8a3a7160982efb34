package dev.dewpoint.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One run of wrk, with one thread, and what it says. {@code failures}: answers other than 2xx and socket errors. */
record Wrk(long requests, double seconds, double p50, double p99, long failures) {
    private static final Pattern TOTAL = Pattern.compile("(\\d+) requests in ([\\d.]+)(ms|s|m)");
    private static final Pattern SOCKETS = Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

    static Wrk run(int port, String path, int connections, int seconds, String... more) throws Exception {
        return start(port, path, connections, seconds, more).end();
    }

    static Running start(int port, String path, int connections, int seconds, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of("wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--latency", "--timeout", "10s"));
        command.addAll(List.of(more));
        command.add("http://127.0.0.1:" + port + path);
        return new Running(new ProcessBuilder(command).redirectErrorStream(true).start(), seconds);
    }

    double perSecond() {
        return requests / seconds;
    }

    record Running(Process process, int seconds) {
        Wrk end() throws Exception {
            String said = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(seconds + 30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException("wrk failed: " + said);
            }
            return read(said);
        }
    }

    /** For loads that need a script of their own. */
    static String[] script(Path file) {
        return new String[] {"-s", file.toString()};
    }

    private static Wrk read(String said) {
        Matcher total = TOTAL.matcher(said);
        if (!total.find()) {
            throw new IllegalStateException("wrk said: " + said);
        }
        Matcher sockets = SOCKETS.matcher(said);
        Matcher refused = REFUSED.matcher(said);
        long failures = refused.find() ? Long.parseLong(refused.group(1)) : 0;
        if (sockets.find()) {
            for (int i = 1; i <= sockets.groupCount(); i++) {
                failures += Long.parseLong(sockets.group(i));
            }
        }
        return new Wrk(Long.parseLong(total.group(1)), millis(total.group(2), total.group(3)) / 1000, percentile(said, "50%"), percentile(said, "99%"), failures);
    }

    private static double percentile(String said, String which) {
        Matcher found = Pattern.compile("\\s" + which + "\\s+([\\d.]+)(us|ms|s|m)").matcher(said);
        return found.find() ? millis(found.group(1), found.group(2)) : Double.NaN;
    }

    private static double millis(String number, String unit) {
        return Double.parseDouble(number) * switch (unit) {
            case "us" -> 0.001;
            case "ms" -> 1;
            case "s" -> 1000;
            default -> 60_000;
        };
    }
}
