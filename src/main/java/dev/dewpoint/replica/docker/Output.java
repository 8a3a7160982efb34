package dev.dewpoint.replica.docker;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** The end of what a container printed, fit for a terminal and a notice. */
final class Output {
    private static final Pattern ESCAPES = Pattern.compile("\\e\\[[0-9;?]*[ -/]*[@-~]|\\e\\][^\\a\\e]*(\\a|\\e\\\\)|\\e.");
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cntrl}\\x80-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069&&[^\\n\\t]]");

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final int most;

    Output(int most) {
        this.most = most;
    }

    void add(byte[] piece) {
        if (piece == null) {
            return;
        }
        kept.writeBytes(piece);
        if (kept.size() > 2 * most) {
            byte[] all = kept.toByteArray();
            kept.reset();
            kept.write(all, all.length - most, most);
        }
    }

    String lastLines(int lines) {
        byte[] bytes = kept.toByteArray();
        int from = Math.max(0, bytes.length - most);
        while (from < bytes.length && (bytes[from] & 0xC0) == 0x80) {
            from++;
        }
        String text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8).replace("\r\n", "\n");
        List<String> clean = CONTROLS.matcher(ESCAPES.matcher(text).replaceAll("")).replaceAll("").stripTrailing().lines().toList();
        return String.join("\n", clean.subList(Math.max(0, clean.size() - lines), clean.size()));
    }
}
