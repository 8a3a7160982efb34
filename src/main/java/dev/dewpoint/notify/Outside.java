package dev.dewpoint.notify;

import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Text that others wrote, made fit to be shown: redacted, without anything that steers a terminal or turns the reading direction, and no longer than it may be. */
final class Outside {
    private static final Pattern TERMINAL_SEQUENCE = Pattern.compile("\u001b(\\[[0-?]*[ -/]*[@-~]|\\][^\u0007\u001b]*(\u0007|\u001b\\\\)?|[@-Z\\\\-_])");

    private static final int UNSHOWABLE = 0xfffd;
    private static final int JOINER = 0x200d;

    private final UnaryOperator<String> redaction;

    Outside(UnaryOperator<String> redaction) {
        this.redaction = redaction;
    }

    /** Redacted first: a secret cut in half is not recognised. */
    String line(String text, int most) {
        return head(harmless(redaction.apply(text)).replace('\n', ' ').strip(), most);
    }

    String lines(String text, int most) {
        return head(harmless(redaction.apply(text)).strip(), most);
    }

    /** Redacted and cut by whoever gives it; the end is what is kept if it is too long all the same. */
    String tail(String text, int most) {
        String clean = harmless(text);
        if (clean.length() <= most) {
            return clean;
        }
        int start = clean.length() - most;
        return "…\n" + clean.substring(Character.isLowSurrogate(clean.charAt(start)) ? start + 1 : start);
    }

    private static String head(String clean, int most) {
        if (clean.length() <= most) {
            return clean;
        }
        int end = Character.isHighSurrogate(clean.charAt(most - 1)) ? most - 1 : most;
        return clean.substring(0, end) + "… (" + (clean.length() - end) + " more characters)";
    }

    private static String harmless(String text) {
        String plain = TERMINAL_SEQUENCE.matcher(text.replace("\r\n", "\n")).replaceAll("").replace('\r', '\n');
        StringBuilder clean = new StringBuilder(plain.length());
        plain.codePoints().forEach(c -> shown(c).ifPresent(clean::appendCodePoint));
        return clean.toString();
    }

    /** Emoji are held together by a joiner; every other mark that can't be seen is left out. */
    private static OptionalInt shown(int c) {
        int kind = Character.getType(c);
        if (kind == Character.CONTROL && c != '\n' && c != '\t' || kind == Character.SURROGATE) {
            return OptionalInt.of(UNSHOWABLE);
        }
        if (kind == Character.LINE_SEPARATOR || kind == Character.PARAGRAPH_SEPARATOR) {
            return OptionalInt.of('\n');
        }
        return kind == Character.FORMAT && c != JOINER ? OptionalInt.empty() : OptionalInt.of(c);
    }
}
