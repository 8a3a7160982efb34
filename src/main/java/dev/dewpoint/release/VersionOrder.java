package dev.dewpoint.release;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How tags are read as versions. A tag that doesn't fit isn't a version and is left out of every choice. */
public sealed interface VersionOrder {
    Optional<Version> parse(Tag tag);

    /** How many numbers a version has. */
    int width();

    static VersionOrder semver() {
        return new SemVer();
    }

    /** @throws IllegalArgumentException saying what a format may hold */
    static VersionOrder calver(String format) {
        return new CalVer(format);
    }

    /** The same order for tags of images, which can't hold a {@code +}: a {@code _} stands for it, or the slot stands where the pattern says. */
    default VersionOrder inImageTags(Optional<SlotPattern> pattern) {
        return new InImageTags(this, pattern);
    }

    record InImageTags(VersionOrder order, Optional<SlotPattern> pattern) implements VersionOrder {
        @Override
        public Optional<Version> parse(Tag tag) {
            return spelled(tag).flatMap(order::parse).map(version -> new Version(tag, version.numbers(), version.preRelease(), version.build(), version.strict()));
        }

        @Override
        public int width() {
            return order.width();
        }

        /** As it would be spelled with a {@code +}. A format of the user's may hold a {@code _} of its own. */
        private Optional<Tag> spelled(Tag tag) {
            if (pattern.isPresent()) {
                return pattern.get().spelled(tag);
            }
            int last = tag.text().lastIndexOf('_');
            return last < 0 || order.parse(tag).isPresent() ? Optional.of(tag) : Tag.parse(tag.text().substring(0, last) + "+" + tag.text().substring(last + 1));
        }
    }

    /** SemVer 2.0 with an optional {@code v}; more lenient about zeros and empty identifiers, see {@link Version#strict}. */
    record SemVer() implements VersionOrder {
        private static final Pattern GRAMMAR = Pattern.compile("v?([0-9]+)\\.([0-9]+)\\.([0-9]+)" + VersionSuffix.GRAMMAR);

        @Override
        public Optional<Version> parse(Tag tag) {
            Matcher match = GRAMMAR.matcher(tag.text());
            if (!match.matches()) {
                return Optional.empty();
            }
            boolean padded = Stream.of(match.group(1), match.group(2), match.group(3)).anyMatch(VersionSuffix::hasLeadingZero);
            return Optional.of(VersionSuffix.version(tag, match, width(), !padded));
        }

        @Override
        public int width() {
            return 3;
        }
    }

    /** Calendar versions by a format such as {@code YYYY.0M.MICRO}. A class, not a record, to compile the format once. */
    final class CalVer implements VersionOrder {
        private enum Field {
            YYYY("YYYY", "[0-9]{4}"),
            PADDED_YEAR("0Y", "[0-9]{2,3}"),
            YEAR("YY", "[0-9]{1,3}"),
            PADDED_MONTH("0M", "0[1-9]|1[0-2]"),
            MONTH("MM", "[1-9]|1[0-2]"),
            PADDED_WEEK("0W", "0[1-9]|[1-4][0-9]|5[0-3]"),
            WEEK("WW", "[1-9]|[1-4][0-9]|5[0-3]"),
            PADDED_DAY("0D", "0[1-9]|[12][0-9]|3[01]"),
            DAY("DD", "[1-9]|[12][0-9]|3[01]"),
            MICRO("MICRO", "[0-9]+");

            private final String word;
            private final String grammar;

            Field(String word, String grammar) {
                this.word = word;
                this.grammar = grammar;
            }

            static Optional<Field> at(String format, int offset) {
                return Stream.of(values()).filter(field -> format.startsWith(field.word, offset)).findFirst();
            }
        }

        private static final String ALLOWED = "; it is made of YYYY, YY, 0Y, MM, 0M, WW, 0W, DD, 0D and MICRO, at least one of them, with letters, digits, . _ and - between, as in YYYY.0M.MICRO";

        private final String format;
        private final int width;
        private final Pattern grammar;

        private CalVer(String format) {
            StringBuilder regex = new StringBuilder("v?");
            Field last = null;
            int fields = 0;
            for (int at = 0; at < format.length();) {
                Optional<Field> field = Field.at(format, at);
                if (field.isPresent() && last == Field.MICRO) {
                    throw refused(format, "MICRO takes every digit, so something else must stand between it and " + field.get().word);
                }
                if (field.isPresent()) {
                    regex.append('(').append(field.get().grammar).append(')');
                    at += field.get().word.length();
                    fields++;
                } else {
                    regex.append(literal(format, at));
                    at++;
                }
                last = field.orElse(null);
            }
            if (fields == 0) {
                throw refused(format, "it names no part of a date and no MICRO");
            }
            this.format = format;
            this.width = fields;
            this.grammar = Pattern.compile(regex + VersionSuffix.GRAMMAR);
        }

        private static String literal(String format, int at) {
            char c = format.charAt(at);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || "._-".indexOf(c) >= 0)) {
                throw refused(format, "no version can hold the character at position " + (at + 1));
            }
            return Pattern.quote(String.valueOf(c));
        }

        private static IllegalArgumentException refused(String format, String why) {
            return new IllegalArgumentException("\"" + format + "\" is no calendar version format: " + why + ALLOWED);
        }

        public String format() {
            return format;
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public Optional<Version> parse(Tag tag) {
            Matcher match = grammar.matcher(tag.text());
            return match.matches() ? Optional.of(VersionSuffix.version(tag, match, width, true)) : Optional.empty();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof CalVer calver && calver.format.equals(format);
        }

        @Override
        public int hashCode() {
            return format.hashCode();
        }

        @Override
        public String toString() {
            return "CalVer[" + format + "]";
        }
    }
}
