package dev.dewpoint.proxy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Lines written by a thread of their own: a slow disk costs lines, never requests. A file that was moved away or removed
 * is made anew within a second, so that it can be rotated without a signal.
 */
public final class AccessLogFile implements AccessLog, AutoCloseable {
    public enum Format { COMBINED, JSON }

    private static final int MOST_WAITING = 16_384;
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final DateTimeFormatter COMMON = DateTimeFormatter.ofPattern("dd/MMM/uuuu:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Line END = new Line(0, "", "", "", "", "", 0, 0, 0, "", 0, "", "", "");

    private final ArrayBlockingQueue<Line> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicLong lost = new AtomicLong();
    private final Format format;
    private final Path file;
    private final Time time;
    private final Consumer<String> trouble;
    private final Thread writer;
    private OutputStream out;
    private Object key;
    private long lookedAt;

    private AccessLogFile(Format format, Path file, OutputStream out, Time time, Consumer<String> trouble) {
        this.format = format;
        this.file = file;
        this.out = out;
        this.time = time;
        this.trouble = trouble;
        this.writer = Thread.ofVirtual().name("access log").unstarted(this::write);
    }

    /** {@code trouble}: is told, at most once a second, what could not be written. */
    public static AccessLogFile at(Path file, Format format, Time time, Consumer<String> trouble) {
        AccessLogFile log = new AccessLogFile(format, file, OutputStream.nullOutputStream(), time, trouble);
        try {
            log.open();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "write the access log to " + file, "this host could not: " + e + "; check --access-log-file and its permissions", e);
        }
        log.writer.start();
        return log;
    }

    public static AccessLogFile to(OutputStream out, Format format, Time time) {
        AccessLogFile log = new AccessLogFile(format, null, new BufferedOutputStream(out), time, _ -> { });
        log.writer.start();
        return log;
    }

    @Override
    public boolean wanted() {
        return true;
    }

    @Override
    public void write(Line line) {
        if (!waiting.offer(line)) {
            lost.incrementAndGet();
        }
    }

    private void write() {
        try {
            for (Line line = waiting.take(); line != END; line = next()) {
                try {
                    reopen();
                    out.write((format == Format.JSON ? json(line) : combined(line)).getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    lost.incrementAndGet();
                }
            }
            out.flush();
        } catch (IOException | InterruptedException e) {
            // the last lines are not worth holding up the end
        }
    }

    private Line next() throws InterruptedException {
        Line line = waiting.poll();
        if (line != null) {
            return line;
        }
        try {
            out.flush();
        } catch (IOException e) {
            lost.incrementAndGet();
        }
        return waiting.take();
    }

    private void reopen() throws IOException {
        if (file == null || time.since(lookedAt).compareTo(LOOK_AGAIN) < 0) {
            return;
        }
        long gone = lost.getAndSet(0);
        if (gone > 0) {
            trouble.accept(gone + " lines of the access log could not be written");
        }
        if (!Files.exists(file) || !Files.readAttributes(file, BasicFileAttributes.class).fileKey().equals(key)) {
            out.close();
            open();
        }
        lookedAt = time.nanos();
    }

    private void open() throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        lookedAt = time.nanos();
    }

    private static String combined(Line line) {
        return line.client() + " - - [" + COMMON.format(Instant.ofEpochMilli(line.wallMillis())) + "] " + quoted(line.method() + " " + line.target() + " " + line.version()) + " " + line.status() + " " + line.bytes() + " "
                + quoted(orDash(line.referer())) + " " + quoted(orDash(line.agent())) + " host=" + quoted(line.host()) + " upstream=" + orDash(line.backend()) + " upstream_time=" + seconds(line.backendNanos()) + " request_time="
                + seconds(line.nanos()) + " request_id=" + quoted(line.requestId()) + "\n";
    }

    private static String json(Line line) {
        return "{\"time\":\"" + Instant.ofEpochMilli(line.wallMillis()) + "\",\"client\":" + quoted(line.client()) + ",\"method\":" + quoted(line.method()) + ",\"target\":" + quoted(line.target()) + ",\"version\":"
                + quoted(line.version()) + ",\"host\":" + quoted(line.host()) + ",\"status\":" + line.status() + ",\"bytes\":" + line.bytes() + ",\"seconds\":" + seconds(line.nanos()) + ",\"upstream\":"
                + (line.backend().isEmpty() ? "null" : quoted(line.backend())) + ",\"upstream_seconds\":" + (line.backendNanos() < 0 ? "null" : seconds(line.backendNanos())) + ",\"request_id\":" + quoted(line.requestId())
                + ",\"referer\":" + quoted(line.referer()) + ",\"agent\":" + quoted(line.agent()) + "}\n";
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static String seconds(long nanos) {
        return nanos < 0 ? "-" : String.format(Locale.ROOT, "%d.%06d", nanos / 1_000_000_000, nanos / 1000 % 1_000_000);
    }

    /** As a JSON text: nothing from outside can end the field or the line. */
    public static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c >= 0x7f) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** Writes what waits. */
    @Override
    public void close() {
        try {
            if (waiting.offer(END, 1, TimeUnit.SECONDS)) {
                writer.join(Duration.ofSeconds(2));
            }
            if (file != null) {
                out.close();
            }
        } catch (IOException e) {
            // nobody is left to tell
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
