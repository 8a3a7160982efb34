package dev.dewpoint.release;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Splits a name into words, with spellings that hold a separator made one word and version numbers left out. */
final class NameWords {
    private record Spelling(Pattern pattern, String word) {
        private Spelling(String regex, String word) {
            this(Pattern.compile(regex), word);
        }
    }

    private static final List<Spelling> SPELLINGS = List.of(
            new Spelling("x86[_-]?64(?:[_-]?bits?(?![a-z0-9]))?(?![0-9])", "x8664"),
            new Spelling("x86[_-]32(?![0-9])", "x8632"),
            new Spelling("(?<![a-z0-9])(amd|arm|aarch|riscv|ppc|ppcle|s390|mips)[_-]?64[_-]?bits?(?![a-z0-9])", "$164"),
            new Spelling("(?<![a-z0-9])(amd|arm|aarch|riscv|ppc|ppcle|s390|mips)[_-]64(?![a-z0-9.])", "$164"),
            new Spelling("(?<![a-z0-9])arm[_-]?v?([5-8])(?![a-z0-9.])", "armv$1"),
            new Spelling("(amd64|x8664|x64)[_-]v([1-4])(?![a-z0-9.])", "$1v$2"),
            new Spelling("(?<![a-z0-9.])(64|32)[_-]bits?(?![a-z0-9])", "$1bit"),
            new Spelling("(?<![a-z0-9])mac[_-]os(?:[_-]?x)?(?![a-z0-9])", "macos"),
            new Spelling("(?<![a-z0-9])os[_-]x(?![a-z0-9])", "osx"));
    private static final Pattern SEPARATORS = Pattern.compile("[^a-z0-9.]+");
    private static final Pattern DOTS = Pattern.compile("\\.+");
    private static final Pattern MARKED_NUMBER = Pattern.compile("v[0-9]+");

    private NameWords() {}

    static List<String> of(String name) {
        String text = name.toLowerCase(Locale.ROOT);
        for (Spelling spelling : SPELLINGS) {
            text = spelling.pattern().matcher(text).replaceAll(spelling.word());
        }
        List<String> words = new ArrayList<>();
        for (String group : SEPARATORS.split(text)) {
            addWithoutVersion(words, DOTS.splitAsStream(group).filter(word -> !word.isEmpty()).toList());
        }
        return List.copyOf(words);
    }

    /** {@code 1.386.0} names no processor, and neither does the 386 of {@code go1.386}; that of {@code linux.386} does. */
    private static void addWithoutVersion(List<String> words, List<String> dotted) {
        for (int at = 0; at < dotted.size();) {
            int end = at;
            while (end < dotted.size() && Version.isNumber(dotted.get(end))) {
                end++;
            }
            if (end == at) {
                if (!MARKED_NUMBER.matcher(dotted.get(at)).matches()) {
                    words.add(dotted.get(at));
                }
                at++;
            } else {
                boolean version = end - at > 1 || at > 0 && endsAsVersion(dotted.get(at - 1));
                if (!version) {
                    words.add(dotted.get(at));
                }
                at = end;
            }
        }
    }

    private static boolean endsAsVersion(String word) {
        return Character.isDigit(word.charAt(word.length() - 1)) && !PlatformWords.meaning(word, "").isPlatform();
    }
}
