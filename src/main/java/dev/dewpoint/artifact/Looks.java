package dev.dewpoint.artifact;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What bytes look like at their start, for refusals that say what came instead. */
enum Looks {
    EMPTY("an empty file"), HTML("an HTML page"), JSON("JSON"), XML("XML"), GZIP("gzip"), BZIP2("bzip2"), XZ("xz"), ZSTD("zstd"), ZIP("a zip archive"), TAR("a tar archive"),
    ELF("a program"), SCRIPT("a script"), TEXT("text"), UNKNOWN("nothing known");

    static final int ENOUGH = 512;

    private final String words;

    Looks(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }

    static Looks of(byte[] bytes, int length) {
        if (length == 0) {
            return EMPTY;
        }
        String start = new String(bytes, 0, Math.min(length, ENOUGH), StandardCharsets.ISO_8859_1);
        Looks magic = magic(start);
        if (magic != UNKNOWN) {
            return magic;
        }
        if (length == StrictTar.BLOCK && (StrictTar.hasChecksum(bytes) || StrictTar.isEnd(bytes))) {
            return TAR;
        }
        String text = start.replace("\u00ef\u00bb\u00bf", "").stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head") || text.startsWith("<!--") && text.contains("<html")) {
            return HTML;
        }
        if (text.startsWith("<?xml")) {
            return text.contains("<html") ? HTML : XML;
        }
        if (text.startsWith("{") || text.startsWith("[")) {
            return JSON;
        }
        return text.chars().allMatch(c -> c >= ' ' && c != 127 || c == '\n' || c == '\r' || c == '\t') ? TEXT : UNKNOWN;
    }

    private static Looks magic(String start) {
        if (start.startsWith("\u001f\u008b")) {
            return GZIP;
        }
        if (start.startsWith("BZh")) {
            return BZIP2;
        }
        if (start.startsWith("\u00fd7zXZ\0")) {
            return XZ;
        }
        if (start.startsWith("\u0028\u00b5\u002f\u00fd") || start.length() > 3 && start.charAt(0) >> 4 == 5 && start.startsWith("\u002a\u004d\u0018", 1)) {
            return ZSTD;
        }
        if (start.startsWith("PK\u0003\u0004") || start.startsWith("PK\u0005\u0006")) {
            return ZIP;
        }
        if (start.startsWith("\u007fELF")) {
            return ELF;
        }
        return start.startsWith("#!") ? SCRIPT : UNKNOWN;
    }
}
