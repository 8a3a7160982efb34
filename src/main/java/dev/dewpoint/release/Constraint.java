package dev.dewpoint.release;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A range of versions: {@code ^1.4}, {@code ~1.4.2}, {@code >=1.4 <2}, {@code 1.x}, {@code 1.2 - 1.9}, {@code 1.4 || 2.1};
 * blanks and commas mean "and".
 *
 * <p>A pre-release belongs to its core version where a range ends: {@code <2} and {@code ^1.4} leave 2.0.0-rc.1 out,
 * unless the bound itself is a pre-release ({@code <2.0.0-rc.2}). Where a range begins the plain order counts:
 * {@code >=1.4} leaves 1.4.0-rc.1 out. Whether pre-releases are wanted at all is for the {@link Selection} to say.
 */
public record Constraint(String text, List<List<Bound>> alternatives) {
    private static final Pattern OPERATOR = Pattern.compile(">=|<=|==|[<>=^~]");
    private static final Pattern OPERATOR_AND_BLANKS = Pattern.compile("(" + OPERATOR + ")\\s*");
    private static final Pattern TERM = Pattern.compile("(" + OPERATOR + "|)(.+)");
    private static final Set<String> WILDCARDS = Set.of("x", "X", "*");
    private static final int LONGEST = 1000;

    public Constraint {
        alternatives = alternatives.stream().map(List::copyOf).toList();
    }

    /** For SemVer. */
    public static Constraint parse(String text) {
        return parse(text, VersionOrder.semver());
    }

    /** @throws IllegalArgumentException saying what is wrong and what is allowed */
    public static Constraint parse(String text, VersionOrder order) {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException("a constraint has at most " + LONGEST + " characters, this one has " + text.length());
        }
        List<List<Bound>> alternatives = Stream.of(text.split("\\|\\|", -1)).map(part -> new Reader(text, order).alternative(part)).toList();
        return new Constraint(text.strip(), alternatives);
    }

    public boolean admits(Version version) {
        return alternatives.stream().anyMatch(bounds -> bounds.stream().allMatch(bound -> bound.admits(version)));
    }

    @Override
    public String toString() {
        return text;
    }

    enum Edge { AT_LEAST, ABOVE, AT_MOST, BELOW }

    /** One end of a range. */
    record Bound(Edge edge, List<BigInteger> numbers, String preRelease) {
        boolean admits(Version version) {
            int sign = Version.compare(version.numbers(), version.preRelease(), numbers, preRelease);
            return switch (edge) {
                case AT_LEAST -> sign >= 0;
                case ABOVE -> sign > 0;
                case AT_MOST -> sign <= 0;
                case BELOW -> preRelease.isEmpty() ? Version.compareNumbers(version.numbers(), numbers) < 0 : sign < 0;
            };
        }
    }

    /** A version or the beginning of one: {@code 1.4} stands for every version that begins so. */
    private record Operand(List<BigInteger> numbers, String preRelease, boolean whole) {
        Bound at(Edge edge) {
            return new Bound(edge, numbers, preRelease);
        }

        /** Below the first version in which the number at {@code index} is one higher. */
        Bound belowNext(int index) {
            return new Bound(Edge.BELOW, next(index), "");
        }

        List<BigInteger> next(int index) {
            List<BigInteger> next = new ArrayList<>(numbers.subList(0, index + 1));
            next.set(index, next.get(index).add(BigInteger.ONE));
            return next;
        }

        int last() {
            return numbers.size() - 1;
        }

        int firstThatCounts() {
            for (int i = 0; i < last(); i++) {
                if (numbers.get(i).signum() != 0) {
                    return i;
                }
            }
            return last();
        }
    }

    private record Reader(String text, VersionOrder order) {
        List<Bound> alternative(String part) {
            String spaced = OPERATOR_AND_BLANKS.matcher(part.replace(',', ' ')).replaceAll(" $1").strip();
            if (spaced.isEmpty()) {
                throw refused(text.isBlank() ? "it is empty" : "one side of || is empty");
            }
            List<String> words = List.of(spaced.split("\\s+"));
            List<Bound> bounds = new ArrayList<>();
            for (int i = 0; i < words.size(); i++) {
                if (i + 2 < words.size() && words.get(i + 1).equals("-")) {
                    bounds.addAll(bounds(">=", operand(words.get(i))));
                    bounds.addAll(bounds("<=", operand(words.get(i + 2))));
                    i += 2;
                } else {
                    bounds.addAll(term(words.get(i)));
                }
            }
            return bounds;
        }

        private List<Bound> term(String word) {
            Matcher match = TERM.matcher(word);
            if (!match.matches() || OPERATOR.matcher(word).matches()) {
                throw refused("no version follows \"" + word + "\"");
            }
            return bounds(match.group(1), operand(match.group(2)));
        }

        private List<Bound> bounds(String operator, Operand operand) {
            if (operand.numbers().isEmpty()) {
                if (operator.equals(">") || operator.equals("<")) {
                    throw refused("nothing is " + (operator.equals(">") ? "above" : "below") + " every version");
                }
                return List.of();
            }
            return switch (operator) {
                case ">=" -> List.of(operand.at(Edge.AT_LEAST));
                case "<" -> List.of(operand.at(Edge.BELOW));
                case ">" -> List.of(operand.whole() ? operand.at(Edge.ABOVE) : new Bound(Edge.AT_LEAST, operand.next(operand.last()), ""));
                case "<=" -> List.of(operand.whole() ? operand.at(Edge.AT_MOST) : operand.belowNext(operand.last()));
                case "^" -> List.of(operand.at(Edge.AT_LEAST), operand.belowNext(operand.firstThatCounts()));
                case "~" -> List.of(operand.at(Edge.AT_LEAST), operand.belowNext(Math.min(1, operand.last())));
                default -> List.of(operand.at(Edge.AT_LEAST), operand.whole() ? operand.at(Edge.AT_MOST) : operand.belowNext(operand.last()));
            };
        }

        private Operand operand(String word) {
            var version = Tag.parse(word).flatMap(order::parse);
            if (version.isPresent()) {
                if (version.get().slot().isPresent()) {
                    throw refused("the build metadata of \"" + word + "\" plays no part in an order; --slot selects by it");
                }
                return new Operand(version.get().numbers(), version.get().preRelease(), true);
            }
            List<String> parts = List.of((word.startsWith("v") ? word.substring(1) : word).split("\\.", -1));
            List<BigInteger> numbers = parts.stream().takeWhile(Version::isNumber).map(BigInteger::new).toList();
            if (!parts.stream().skip(numbers.size()).allMatch(WILDCARDS::contains)) {
                throw refused("\"" + word + "\" is no version and no beginning of one");
            }
            if (parts.size() > order.width()) {
                throw refused("\"" + word + "\" has " + parts.size() + " numbers, versions here have " + order.width());
            }
            return new Operand(numbers, "", numbers.size() == order.width());
        }

        private IllegalArgumentException refused(String why) {
            return new IllegalArgumentException("the constraint \"" + text.strip() + "\" can't be read: " + why
                    + "; allowed are ^1.4, ~1.4.2, >=1.4 <2, =1.2.3, 1.x, 1.4.*, 1.2 - 1.9, joined by blanks or commas (and) or || (or)");
        }
    }
}
