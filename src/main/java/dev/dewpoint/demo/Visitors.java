package dev.dewpoint.demo;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Ask for a page over and over, as visitors of a site do, and remember who answered. */
final class Visitors implements AutoCloseable {
    private static final int HOW_MANY = 8;
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(20);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(1);
    private static final Duration LAST_WORD = Duration.ofMillis(300);
    /** v1.9.0 before v1.10.0. */
    private static final Comparator<String> BY_AGE = Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private final URI page;
    private final Function<String, Answer> reading;
    private final Demo.Waiting waiting;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger stepsBack = new AtomicInteger();
    private final Map<String, AtomicInteger> answers = new ConcurrentSkipListMap<>(BY_AGE);
    private final Map<String, SortedSet<String>> lately = new ConcurrentHashMap<>();

    /** Who answered; {@code version} is empty if it was nobody who can be. */
    record Answer(String version, String replica) {}

    Visitors(URI page, Function<String, Answer> reading, Demo.Waiting waiting) {
        this.page = page;
        this.reading = reading;
        this.waiting = waiting;
    }

    /** {@code say}: is told once a second who has answered. */
    void start(Consumer<String> say) {
        IntStream.range(0, HOW_MANY).forEach(number -> Thread.ofVirtual().name("visitor " + number).start(this::visit));
        Thread.ofVirtual().name("count").start(() -> go(() -> {
            waiting.sleep(BETWEEN_LINES);
            if (!ended.get()) {
                say.accept(line());
            }
        }));
    }

    @FunctionalInterface
    private interface Step {
        void take() throws InterruptedException;
    }

    private void go(Step step) {
        try {
            while (!ended.get()) {
                step.take();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void visit() {
        AtomicReference<String> last = new AtomicReference<>("");
        go(() -> {
            String version = ask();
            if (!version.isEmpty() && BY_AGE.compare(version, last.getAndSet(version)) < 0) {
                stepsBack.incrementAndGet();
            }
            waiting.sleep(BETWEEN_REQUESTS);
        });
    }

    /** The version that answered. */
    private String ask() throws InterruptedException {
        try {
            HttpURLConnection connection = (HttpURLConnection) page.toURL().openConnection(java.net.Proxy.NO_PROXY);
            connection.setConnectTimeout(5_000);
            connection.setReadTimeout(10_000);
            Answer answer = reading.apply(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            if (answer.version().isEmpty()) {
                failures.incrementAndGet();
                return "";
            }
            answers.computeIfAbsent(answer.version(), _ -> new AtomicInteger()).incrementAndGet();
            lately.computeIfAbsent(answer.version(), _ -> new ConcurrentSkipListSet<>()).add(answer.replica());
            return answer.version();
        } catch (IOException e) {
            // Ctrl-C reaches the agent as soon as us: what fails because the demo ends didn't fail
            waiting.sleep(LAST_WORD);
            if (!ended.get()) {
                failures.incrementAndGet();
            }
            return "";
        }
    }

    private String line() {
        SortedSet<String> versions = new TreeSet<>(BY_AGE);
        versions.addAll(lately.keySet());
        String who = versions.stream().map(this::line).collect(Collectors.joining("  "));
        return (who.isEmpty() ? "nobody" : who) + "  " + count();
    }

    private String line(String version) {
        String who = String.join(" ", lately.remove(version));
        return who.isEmpty() ? version : version + " [" + who + "]";
    }

    private String count() {
        return answers().values().stream().mapToInt(Integer::intValue).sum() + failures.get() + " requests, " + failures.get() + " failed";
    }

    /** By version. */
    Map<String, Integer> answers() {
        Map<String, Integer> counted = new TreeMap<>(BY_AGE);
        answers.forEach((version, count) -> counted.put(version, count.get()));
        return counted;
    }

    String summary() {
        return count() + "; answered by " + String.join(", ", answers().entrySet().stream().map(entry -> entry.getKey() + ": " + entry.getValue()).toList())
                + "; " + stepsBack.get() + " visitors saw the old version after the new one";
    }

    /** Whether that version answered in time. */
    boolean await(String version) throws InterruptedException {
        for (int looks = 0; looks < 200 && !answers.containsKey(version); looks++) {
            waiting.sleep(Duration.ofMillis(50));
        }
        return answers.containsKey(version);
    }

    boolean isClean() {
        return !answers.isEmpty() && failures.get() == 0 && stepsBack.get() == 0;
    }

    @Override
    public void close() {
        ended.set(true);
    }
}
