package dev.dewpoint.release;

import java.util.Optional;
import java.util.regex.Pattern;

/** The name a release carries at its registry. Nothing outside this grammar is ever a tag, so a tag is harmless wherever it is put. */
public record Tag(String text) {
    private static final Pattern GRAMMAR = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._+-]{0,254}");

    public Tag {
        if (!GRAMMAR.matcher(text).matches()) {
            throw new IllegalArgumentException("not a tag: it must begin with a letter or digit and go on with at most 254 of letters, digits and . _ + -");
        }
    }

    public static Optional<Tag> parse(String text) {
        return GRAMMAR.matcher(text).matches() ? Optional.of(new Tag(text)) : Optional.empty();
    }

    @Override
    public String toString() {
        return text;
    }
}
