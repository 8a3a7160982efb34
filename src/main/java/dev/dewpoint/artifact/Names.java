package dev.dewpoint.artifact;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What an archive may call things, and how such names are shown to people. */
final class Names {
    private static final int LONGEST_SHOWN = 120;

    private Names() {}

    /** The path below the root, {@code a/b/c}, without empty and {@code .} parts; empty for the root itself. */
    static String path(byte[] raw, Budget budget) throws Rejected {
        if (raw.length == 0) {
            throw new Rejected(Rejection.BAD_NAME, "an entry has no name");
        }
        String name = text(raw, budget.pathBytes(), "name");
        if (startsWithDrive(name) || name.charAt(0) == '/') {
            throw new Rejected(Rejection.ABSOLUTE_PATH, shown(name));
        }
        if (name.indexOf('\\') >= 0) {
            throw new Rejected(hasDotDot(name.replace('\\', '/')) ? Rejection.ESCAPES_ROOT : Rejection.BAD_NAME, "backslash in " + shown(name));
        }
        return clean(name, budget);
    }

    /** A name or link target as text: UTF-8, no control characters, not too long. */
    static String text(byte[] raw, int longest, String what) throws Rejected {
        if (raw.length > longest) {
            throw new Rejected(Rejection.NAME_TOO_LONG, "a " + what + " of " + raw.length + " bytes, at most " + longest + " are allowed");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
        } catch (CharacterCodingException e) {
            throw new Rejected(Rejection.BAD_NAME, "not UTF-8: " + shown(new String(raw, StandardCharsets.ISO_8859_1)), e);
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new Rejected(Rejection.BAD_NAME, "control character in " + shown(text));
            }
        }
        return text;
    }

    private static String clean(String name, Budget budget) throws Rejected {
        StringBuilder clean = new StringBuilder(name.length());
        int depth = 0;
        for (int from = 0; from <= name.length();) {
            int slash = name.indexOf('/', from);
            int to = slash < 0 ? name.length() : slash;
            String part = name.substring(from, to);
            from = to + 1;
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (part.equals("..")) {
                throw new Rejected(Rejection.ESCAPES_ROOT, shown(name));
            }
            if (part.length() > budget.nameBytes() || part.getBytes(StandardCharsets.UTF_8).length > budget.nameBytes()) {
                throw new Rejected(Rejection.NAME_TOO_LONG, "more than " + budget.nameBytes() + " bytes between two slashes: " + shown(name));
            }
            if (++depth > budget.depth()) {
                throw new Rejected(Rejection.TOO_DEEP, "more than " + budget.depth() + " levels: " + shown(name));
            }
            clean.append(clean.isEmpty() ? "" : "/").append(part);
        }
        return clean.toString();
    }

    private static boolean startsWithDrive(String name) {
        return name.length() > 2 && name.charAt(1) == ':' && (name.charAt(2) == '/' || name.charAt(2) == '\\') && Character.isLetter(name.charAt(0));
    }

    private static boolean hasDotDot(String name) {
        return ("/" + name + "/").contains("/../");
    }

    /** Harmless in a terminal, a log line and a chat message, and short. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder("\"");
        int end = Math.min(text.length(), LONGEST_SHOWN);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                shown.append('\\').append(c);
            } else if (c >= ' ' && c < 127 || Character.isLetterOrDigit(c)) {
                shown.append(c);
            } else {
                shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return shown.append(end < text.length() ? "\"…" : "\"").toString();
    }
}
