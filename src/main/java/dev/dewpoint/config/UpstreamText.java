package dev.dewpoint.config;

import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Upstream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What stands behind the equals sign of a route, up to its options: {@code [BALANCE:]UPSTREAM[,UPSTREAM…]}. */
final class UpstreamText {
    static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

    private static final Pattern VARIABLE_NAME = Pattern.compile("[A-Za-z_][0-9A-Za-z_]*");
    private static final Pattern PORTS = Pattern.compile("(\\d{1,5})-(\\d{1,5})");
    private static final Pattern PORT_ALONE = Pattern.compile("[\\d-]+");
    private static final String NAMED = "dns:";
    private static final int WIDEST = 1024;

    private final Map<String, String> environment;
    private final Problems problems;

    UpstreamText(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** One of what was named. An IPv6 address stands without brackets. */
    record Place(boolean named, String host, int port) {
        Upstream weighing(int weight) {
            return named ? new Upstream.Named(host, port, weight) : new Upstream.Fixed(host, port, weight);
        }

        @Override
        public String toString() {
            return (named ? NAMED : "") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** The word before the first upstream. */
    static Optional<Balance> balance(String text) {
        return Arrays.stream(Balance.values()).filter(balance -> text.startsWith(word(balance) + ":")).findFirst();
    }

    static String word(Balance balance) {
        return balance.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@code text} begins behind the balance. */
    List<Place> places(String text) {
        List<Place> places = new ArrayList<>();
        int before = problems.list().size();
        for (String written : Values.elements(text)) {
            for (String element : expanded(written)) {
                try {
                    places.addAll(places(element, written));
                } catch (IllegalArgumentException e) {
                    problems.add(e.getMessage() + (written.equals(element) ? "" : " (from " + written + ")"));
                }
            }
        }
        if (places.isEmpty() && problems.list().size() == before) {
            problems.add("it names no upstream; write where requests go behind the equals sign, such as 8000=127.0.0.1:3001");
        }
        reportTwins(places);
        return places;
    }

    private void reportTwins(List<Place> places) {
        List<String> seen = new ArrayList<>();
        for (Place place : places) {
            String target = new Place(false, place.host(), place.port()).toString();
            if (seen.contains(target)) {
                problems.add(target + " stands in it twice; name it once, and let it weigh more with ?weight= if it should get more");
            }
            seen.add(target);
        }
    }

    /** What stands around a variable goes to each element of its list. */
    private List<String> expanded(String element) {
        List<String> all = List.of("");
        Matcher variable = VARIABLE.matcher(element);
        int from = 0;
        while (variable.find()) {
            String literal = element.substring(from, variable.start());
            List<String> list = list(variable.group(1));
            all = all.stream().flatMap(head -> list.stream().map(value -> head + literal + value)).toList();
            from = variable.end();
        }
        String tail = element.substring(from);
        return all.stream().map(head -> head + tail).toList();
    }

    private List<String> list(String name) {
        String example = "; set it to a list, such as " + name + "=\"10.0.0.1:80 10.0.0.2:80\"";
        if (!VARIABLE_NAME.matcher(name).matches()) {
            problems.add("${" + name + "}: no variable can be called that; write ${NAME}");
            return List.of();
        }
        String value = environment.get(name);
        if (value == null) {
            List<String> others = environment.keySet().stream().filter(other -> other.length() > 2).toList();
            problems.add("${" + name + "}: there is no variable " + name + " in the environment" + example + Problems.didYouMean(name, others));
            return List.of();
        }
        List<String> elements = Values.elements(value);
        if (elements.isEmpty()) {
            problems.add("${" + name + "}: the variable " + name + " is empty" + example);
        }
        return elements;
    }

    private static List<Place> places(String element, String written) {
        if (element.contains("${")) {
            throw new IllegalArgumentException(element + ": a variable in the value of a variable is not looked up; write the list itself");
        }
        if (element.contains("://")) {
            throw new IllegalArgumentException(element + ": an upstream is HOST:PORT, without scheme and path (behind the proxy plain HTTP is spoken, or h2c with ?protocol=h2c)");
        }
        boolean named = element.startsWith(NAMED);
        String place = named ? element.substring(NAMED.length()) : element;
        int colon = place.lastIndexOf(':');
        if (PORT_ALONE.matcher(place).matches()) {
            throw new IllegalArgumentException(element + ": it has no host; write 127.0.0.1:" + place);
        }
        if (colon < 0 || place.endsWith("]")) {
            throw new IllegalArgumentException(element + ": it has no port; write " + element + ":80");
        }
        String text = place.substring(0, colon);
        if (text.contains(":") && !text.startsWith("[")) {
            throw new IllegalArgumentException(element + ": " + tooManyColons(place, text));
        }
        try {
            String host = HostText.host(text);
            if (named && HostText.isAddress(host)) {
                throw new IllegalArgumentException(text + " is an address, there is nothing to look up; leave dns: away");
            }
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return ports(place.substring(colon + 1)).stream().map(port -> new Place(named, bare, port)).toList();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(element + ": " + e.getMessage(), e);
        }
    }

    private static List<Integer> ports(String text) {
        Matcher range = PORTS.matcher(text);
        if (!range.matches()) {
            return List.of(HostText.port(text));
        }
        int first = HostText.port(range.group(1));
        int last = HostText.port(range.group(2));
        if (last < first || last - first >= WIDEST) {
            throw new IllegalArgumentException("a range of ports goes up, and over " + WIDEST + " at most");
        }
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    private static String tooManyColons(String place, String text) {
        String prefix = place.substring(0, place.indexOf(':'));
        List<String> known = Stream.concat(Arrays.stream(Balance.values()).map(UpstreamText::word), Stream.of("dns")).toList();
        if (prefix.isEmpty() || text.contains("::") || text.chars().filter(letter -> letter == ':').count() > 3) {
            return "an IPv6 address stands in brackets, [::1]:8080";
        }
        if (known.contains(prefix)) {
            return prefix.equals("dns") ? "dns: stands once, right before the name" : prefix + ": stands once, before the first upstream";
        }
        return "there is no balance " + prefix + Problems.didYouMean(prefix, known) + " (known: " + String.join(", ", known.subList(0, known.size() - 1)) + ")";
    }
}
