package dev.dewpoint.unit;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Words as systemd reads them back: by its quotes, its escapes, its specifiers, and the variables of a command line. */
final class Words {
    private static final Pattern PLAIN = Pattern.compile("[0-9A-Za-z_/.:,=@+-]+");

    private Words() {}

    /** For {@code ExecStart=}, where a dollar begins a variable. */
    static String command(List<String> words) {
        return words.stream().map(word -> quoted(word).replace("$", "$$")).collect(Collectors.joining(" "));
    }

    /** For settings that are lists of paths. */
    static String paths(Collection<Path> paths) {
        return paths.stream().map(path -> quoted(path.toString())).collect(Collectors.joining(" "));
    }

    /** For settings whose whole line is one value. */
    static String line(String text) {
        return text.replace("%", "%%");
    }

    private static String quoted(String word) {
        if (PLAIN.matcher(word).matches()) {
            return word;
        }
        StringBuilder text = new StringBuilder("\"");
        word.codePoints().forEach(letter -> append(text, letter));
        return text.append('"').toString();
    }

    private static void append(StringBuilder text, int letter) {
        if (letter == '"' || letter == '\\') {
            text.append('\\').appendCodePoint(letter);
        } else if (letter == '%') {
            text.append("%%");
        } else if (letter == '\n') {
            text.append("\\n");
        } else if (letter == '\t') {
            text.append("\\t");
        } else if (letter < ' ' || letter == 0x7f || !isText(letter)) {
            for (byte one : Character.toString(letter).getBytes(StandardCharsets.UTF_8)) {
                text.append("\\x%02x".formatted(one));
            }
        } else {
            text.appendCodePoint(letter);
        }
    }

    /** A line with any of the others is skipped by systemd as if it weren't there. */
    private static boolean isText(int letter) {
        return (letter & 0xfffe) != 0xfffe && (letter < 0xfdd0 || letter > 0xfdef) && (letter < 0x80 || letter > 0x9f);
    }
}
