package dev.dewpoint.replica.process;

import dev.dewpoint.host.Log;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How lines that were read at one moment from one output of one replica are written down. */
final class AppLogLines {
    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Log.Format format;
    private final byte[] before;
    private final byte[] after;

    private AppLogLines(Log.Format format, String before, String after) {
        this.format = format;
        this.before = bytes(before);
        this.after = bytes(after);
    }

    static AppLogLines at(Instant now, Log.Format format, String replica, String stream) {
        String time = MILLIS.format(now);
        return switch (format) {
            case TEXT -> new AppLogLines(format, time + " " + replica + " " + stream + ": ", "\n");
            case JSON -> new AppLogLines(format, "{\"time\":\"" + time + "\",\"replica\":\"" + escaped(replica) + "\",\"stream\":\"" + stream + "\",\"line\":\"", "\"}\n");
        };
    }

    static AppLogLines asPrinted() {
        return new AppLogLines(Log.Format.TEXT, "", "\n");
    }

    /** The text as it was printed, byte by byte; JSON has U+FFFD for what isn't UTF-8. */
    void write(ByteArrayOutputStream out, byte[] text, int from, int to) {
        out.writeBytes(before);
        switch (format) {
            case TEXT -> out.write(text, from, to - from);
            case JSON -> out.writeBytes(bytes(escaped(new String(text, from, to - from, StandardCharsets.UTF_8))));
        }
        out.writeBytes(after);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else if (c == '\t') {
                escaped.append("\\t");
            } else if (c < ' ' || c == 0x7f) {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
