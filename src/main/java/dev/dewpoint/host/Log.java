package dev.dewpoint.host;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * One line a message, as text ({@code TIME LEVEL: MESSAGE key="value"}) or JSON. Control characters are escaped and
 * lines are capped, so that nothing from outside can forge a line.
 */
public final class Log {
    public enum Level { DEBUG, INFO, WARN, ERROR }

    public enum Format { TEXT, JSON }

    private static final int LONGEST_VALUE = 8 * 1024;
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Time time;
    private final OutputStream out;
    private final Level threshold;
    private final Format format;
    private final UnaryOperator<String> redaction;
    private final ReentrantLock oneLine = new ReentrantLock();

    public Log(Time time, OutputStream out, Level threshold, Format format, UnaryOperator<String> redaction) {
        this.time = time;
        this.out = out;
        this.threshold = threshold;
        this.format = format;
        this.redaction = redaction;
    }

    public void debug(String message, Object... keysAndValues) {
        write(Level.DEBUG, message, keysAndValues);
    }

    public void info(String message, Object... keysAndValues) {
        write(Level.INFO, message, keysAndValues);
    }

    public void warn(String message, Object... keysAndValues) {
        write(Level.WARN, message, keysAndValues);
    }

    public void error(String message, Object... keysAndValues) {
        write(Level.ERROR, message, keysAndValues);
    }

    public boolean shows(Level level) {
        return level.compareTo(threshold) >= 0;
    }

    public void write(Level level, String message, Object... keysAndValues) {
        if (!shows(level)) {
            return;
        }
        String line = switch (format) {
            case TEXT -> text(time.now(), level, message, keysAndValues);
            case JSON -> json(time.now(), level, message, keysAndValues);
        };
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        oneLine.lock();
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            // a closed stderr has nobody to tell
        } finally {
            oneLine.unlock();
        }
    }

    private String text(Instant now, Level level, String message, Object[] keysAndValues) {
        StringBuilder line = new StringBuilder(160).append(SECONDS.format(now)).append(' ').append(level).append(": ");
        escape(line, redaction.apply(message));
        for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
            line.append(' ').append(keysAndValues[i]).append("=\"");
            escape(line, redaction.apply(String.valueOf(keysAndValues[i + 1])));
            line.append('"');
        }
        return line.toString();
    }

    private String json(Instant now, Level level, String message, Object[] keysAndValues) {
        StringBuilder line = new StringBuilder(200).append("{\"time\":\"").append(SECONDS.format(now)).append("\",\"level\":\"").append(level).append("\",\"msg\":\"");
        escape(line, redaction.apply(message));
        line.append('"');
        for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
            line.append(",\"").append(keysAndValues[i]).append("\":");
            Object value = keysAndValues[i + 1];
            if (value instanceof Integer || value instanceof Long || value instanceof Boolean) {
                line.append(value);
            } else {
                line.append('"');
                escape(line, redaction.apply(String.valueOf(value)));
                line.append('"');
            }
        }
        return line.append('}').toString();
    }

    /** JSON's escapes serve both formats; marks that turn the reading direction are escaped with the control characters. */
    private static void escape(StringBuilder line, String value) {
        int end = Math.min(value.length(), LONGEST_VALUE);
        for (int i = 0; i < end; i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> line.append("\\\"");
                case '\\' -> line.append("\\\\");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (isHarmless(value, i)) {
                        line.append(c);
                    } else {
                        line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    }
                }
            }
        }
        if (end < value.length()) {
            line.append("… (").append(value.length() - end).append(" more characters)");
        }
    }

    private static boolean isHarmless(String value, int at) {
        char c = value.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 < value.length() && Character.isLowSurrogate(value.charAt(at + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return at > 0 && Character.isHighSurrogate(value.charAt(at - 1));
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
