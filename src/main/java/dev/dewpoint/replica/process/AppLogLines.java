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

    AppLogLines(Log.Format format, Instant now, String replica, String stream) {
        String time = MILLIS.format(now);
        this.format = format;
        this.before = switch (format) {
            case TEXT -> bytes(time + " " + replica + " " + stream + ": ");
            case JSON -> bytes("{\"time\":\"" + time + "\",\"replica\":\"" + escaped(replica) + "\",\"stream\":\"" + stream + "\",\"line\":\"");
        };
        this.after = switch (format) {
            case TEXT -> bytes("\n");
            case JSON -> bytes("\"}\n");
        };
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
