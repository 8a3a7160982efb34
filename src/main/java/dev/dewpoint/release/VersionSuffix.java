package dev.dewpoint.release;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.stream.Stream;

/** What versions of every order end with: pre-release and build metadata. */
final class VersionSuffix {
    static final String GRAMMAR = "(?:-([0-9A-Za-z.-]+))?(?:\\+([0-9A-Za-z.-]+))?";

    private VersionSuffix() {}

    /** The first {@code width} groups of the match are the numbers, the two after them pre-release and build. */
    static Version version(Tag tag, Matcher match, int width, boolean strictNumbers) {
        List<BigInteger> numbers = new ArrayList<>(width);
        for (int group = 1; group <= width; group++) {
            numbers.add(new BigInteger(match.group(group)));
        }
        String preRelease = Optional.ofNullable(match.group(width + 1)).orElse("");
        String build = Optional.ofNullable(match.group(width + 2)).orElse("");
        boolean strict = strictNumbers
                && identifiers(preRelease).noneMatch(identifier -> identifier.isEmpty() || Version.isNumber(identifier) && hasLeadingZero(identifier))
                && identifiers(build).noneMatch(String::isEmpty);
        return new Version(tag, numbers, preRelease, build, strict);
    }

    private static Stream<String> identifiers(String suffix) {
        return suffix.isEmpty() ? Stream.empty() : Stream.of(suffix.split("\\.", -1));
    }

    static boolean hasLeadingZero(String digits) {
        return digits.length() > 1 && digits.charAt(0) == '0';
    }
}
