package dev.dewpoint.release;

import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a tag means. The order is that of SemVer §11: numbers, then a release above its pre-releases, then their
 * identifiers; build metadata and a leading {@code v} play no part. So {@code v1.0.0} and {@code 1.0.0+blue} compare as
 * 0 and yet are not equal: they are two releases of one rank.
 *
 * @param preRelease empty for a finished release
 * @param build      empty if there is none
 * @param strict     false if the tag was accepted although its scheme forbids it: leading zeros, empty identifiers
 */
public record Version(Tag tag, List<BigInteger> numbers, String preRelease, String build, boolean strict) implements Comparable<Version> {
    public Version {
        Objects.requireNonNull(tag, "tag is null");
        Objects.requireNonNull(preRelease, "preRelease is null");
        Objects.requireNonNull(build, "build is null");
        numbers = List.copyOf(numbers);
    }

    public boolean isPreRelease() {
        return !preRelease.isEmpty();
    }

    /** Which of several lines of the same versions it belongs to: its build metadata. */
    public Optional<String> slot() {
        return build.isEmpty() ? Optional.empty() : Optional.of(build);
    }

    @Override
    public int compareTo(Version other) {
        return compare(numbers, preRelease, other.numbers, other.preRelease);
    }

    @Override
    public String toString() {
        return tag.text();
    }

    static int compare(List<BigInteger> numbers, String preRelease, List<BigInteger> otherNumbers, String otherPreRelease) {
        int byNumbers = compareNumbers(numbers, otherNumbers);
        return byNumbers != 0 ? byNumbers : comparePreReleases(preRelease, otherPreRelease);
    }

    /** A missing number counts as zero. */
    static int compareNumbers(List<BigInteger> left, List<BigInteger> right) {
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            int sign = at(left, i).compareTo(at(right, i));
            if (sign != 0) {
                return sign;
            }
        }
        return 0;
    }

    static int comparePreReleases(String left, String right) {
        if (left.isEmpty() || right.isEmpty()) {
            return Boolean.compare(left.isEmpty(), right.isEmpty());
        }
        String[] lefts = left.split("\\.", -1);
        String[] rights = right.split("\\.", -1);
        for (int i = 0; i < Math.min(lefts.length, rights.length); i++) {
            int sign = compareIdentifiers(lefts[i], rights[i]);
            if (sign != 0) {
                return sign;
            }
        }
        return Integer.compare(lefts.length, rights.length);
    }

    private static int compareIdentifiers(String left, String right) {
        boolean leftIsNumber = isNumber(left);
        boolean rightIsNumber = isNumber(right);
        if (leftIsNumber && rightIsNumber) {
            return new BigInteger(left).compareTo(new BigInteger(right));
        }
        return leftIsNumber == rightIsNumber ? Integer.signum(left.compareTo(right)) : Boolean.compare(rightIsNumber, leftIsNumber);
    }

    static boolean isNumber(String identifier) {
        return !identifier.isEmpty() && identifier.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static BigInteger at(List<BigInteger> numbers, int index) {
        return index < numbers.size() ? numbers.get(index) : BigInteger.ZERO;
    }
}
