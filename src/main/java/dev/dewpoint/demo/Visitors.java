package dev.dewpoint.demo;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Ask for a page over and over, as visitors of a site do, and remember who answered. */
final class Visitors implements AutoCloseable {
    private static final int HOW_MANY = 8;
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(5);

    private final URI page;
    private final Demo.Waiting waiting;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger stepsBack = new AtomicInteger();
    private final Map<String, AtomicInteger> answers = new ConcurrentSkipListMap<>();

    Visitors(URI page, Demo.Waiting waiting) {
        this.page = page;
        this.waiting = waiting;
    }

    void start() {
        IntStream.range(0, HOW_MANY).forEach(number -> Thread.ofVirtual().name("visitor " + number).start(this::visit));
    }

    private void visit() {
        String last = "";
        try {
            while (!ended.get()) {
                String version = ask();
                if (!version.isEmpty() && version.compareTo(last) < 0) {
                    stepsBack.incrementAndGet();
                }
                last = version.isEmpty() ? last : version;
                waiting.sleep(BETWEEN_REQUESTS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The version that answered. */
    private String ask() {
        try {
            HttpURLConnection connection = (HttpURLConnection) page.toURL().openConnection(java.net.Proxy.NO_PROXY);
            connection.setConnectTimeout(5_000);
            connection.setReadTimeout(10_000);
            String version = new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            answers.computeIfAbsent(version, _ -> new AtomicInteger()).incrementAndGet();
            return version;
        } catch (IOException e) {
            if (!ended.get()) {
                failures.incrementAndGet();
            }
            return "";
        }
    }

    /** By version. */
    Map<String, Integer> answers() {
        Map<String, Integer> counted = new TreeMap<>();
        answers.forEach((version, count) -> counted.put(version, count.get()));
        return counted;
    }

    String summary() {
        int all = answers().values().stream().mapToInt(Integer::intValue).sum() + failures.get();
        return all + " requests, " + failures.get() + " failed; answered by " + String.join(", ", answers().entrySet().stream().map(entry -> entry.getKey() + ": " + entry.getValue()).toList())
                + "; " + stepsBack.get() + " visitors saw the old version after the new one";
    }

    boolean saw(List<String> versions) {
        return answers().keySet().containsAll(versions);
    }

    boolean isClean() {
        return !answers.isEmpty() && failures.get() == 0 && stepsBack.get() == 0;
    }

    @Override
    public void close() {
        ended.set(true);
    }
}
