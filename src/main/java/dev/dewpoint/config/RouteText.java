package dev.dewpoint.config;

import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Upstream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * {@code [tcp:]PORT[@HOST][/PATH]=[BALANCE:]UPSTREAM[,UPSTREAM…][?OPTIONS]}, understood as far as it can be.
 *
 * @param name how messages call it: the flag or variable, and the text
 * @param rule empty if anything is wrong with it
 */
record RouteText(String name, boolean stream, Optional<Match> match, Optional<Rule> rule) {
    private static final String STREAM = "tcp:";
    private static final String FORM = "a route has the form PORT[@HOST][/PATH]=UPSTREAM[,UPSTREAM…], such as 8000=127.0.0.1:3001";
    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e&&[^?#]]*");
    private static final Pattern SCHEME = Pattern.compile("([a-z]+):.*");

    /** Reads one; what is wrong with it is noted, all of it. */
    static RouteText parse(Flags.Value given, Map<String, String> environment, RouteOptions usual, Problems problems) {
        Problems here = new Problems();
        String text = given.text().strip().replaceAll("\\s+", " ");
        RouteText read = new Reading(environment, usual, here).read(given.origin() + " " + text, text);
        here.list().forEach(problem -> problems.add(read.name() + ": " + problem));
        return here.isEmpty() ? read : new RouteText(read.name(), read.stream(), read.match(), Optional.empty());
    }

    private record Reading(Map<String, String> environment, RouteOptions usual, Problems problems) {

        RouteText read(String name, String text) {
            boolean stream = text.startsWith(STREAM);
            int equals = text.indexOf('=');
            if (equals < 0) {
                problems.add(FORM);
                return new RouteText(name, stream, Optional.empty(), Optional.empty());
            }
            String left = text.substring(stream ? STREAM.length() : 0, equals).strip();
            String right = text.substring(equals + 1).strip();
            int question = right.indexOf('?');
            Optional<Match> match = match(left, stream);
            String options = question < 0 ? "" : right.substring(question + 1);
            refuseVariables(left + options);
            Optional<Rule> rule = rule(text, stream, match, question < 0 ? right : right.substring(0, question), RouteOptionsText.parse(options, problems));
            return new RouteText(name, stream, match, rule);
        }

        private void refuseVariables(String outside) {
            Matcher variable = UpstreamText.VARIABLE.matcher(outside);
            if (variable.find()) {
                problems.add(variable.group() + ": variables stand for upstreams only, behind the equals sign and before the question mark");
            }
        }

        private Optional<Rule> rule(String text, boolean stream, Optional<Match> match, String targets, RouteOptionsText options) {
            Optional<Balance> balance = UpstreamText.balance(targets);
            String list = balance.map(given -> targets.substring(UpstreamText.word(given).length() + 1)).orElse(targets);
            List<UpstreamText.Place> places = new UpstreamText(environment, problems).places(list);
            List<Integer> weights = options.weights();
            if (!places.isEmpty() && weights.size() != 1 && weights.size() != places.size()) {
                problems.add("it has " + places.size() + (places.size() == 1 ? " upstream and " : " upstreams and ") + weights.size() + " weights; give each one a weight, or one to all");
            }
            if (stream) {
                options.refuseRequests();
                if (balance.filter(Balance.COOKIE::equals).isPresent()) {
                    problems.add("a tcp route sees no cookies; write ip-hash: to keep clients where they are");
                }
            }
            RouteOptions read = options.read(usual);
            if (read.strip() && match.filter(where -> where.path().equals("/")).isPresent()) {
                problems.add("strip: the path / leaves nothing to strip; name the prefix, such as 80/api=…?strip, or leave strip away");
            }
            if (!problems.isEmpty()) {
                return Optional.empty();
            }
            List<Upstream> upstreams = IntStream.range(0, places.size()).mapToObj(i -> places.get(i).weighing(weights.get(weights.size() == 1 ? 0 : i))).toList();
            return Optional.of(new Rule(match.orElseThrow(), stream, balance.orElse(Balance.ROUND_ROBIN), upstreams, read, text));
        }

        private Optional<Match> match(String left, boolean stream) {
            int slash = left.indexOf('/');
            String place = slash < 0 ? left : left.substring(0, slash);
            int at = place.indexOf('@');
            Optional<Integer> port = told(() -> port(at < 0 ? place : place.substring(0, at)));
            Optional<String> host = told(() -> at < 0 ? "" : host(place.substring(at + 1)));
            String written = slash < 0 ? "/" : left.substring(slash);
            Optional<String> path = told(() -> path(written));
            if (stream && (at >= 0 || slash >= 0)) {
                problems.add("a tcp route has a port and nothing else, tcp:PORT=…: a stream of bytes names neither host nor path");
            }
            return port.flatMap(number -> host.flatMap(name -> path.map(where -> new Match(number, name, where, written.endsWith("$")))));
        }

        private <T> Optional<T> told(Supplier<T> parse) {
            try {
                return Optional.of(parse.get());
            } catch (IllegalArgumentException e) {
                problems.add(e.getMessage());
                return Optional.empty();
            }
        }

        private static int port(String text) {
            Matcher scheme = SCHEME.matcher(text);
            if (scheme.matches()) {
                throw new IllegalArgumentException("no route begins with " + scheme.group(1) + ":; it begins with its port, or with tcp: and its port. TLS is a matter of --tls-cert and --tls-port");
            }
            if (text.isEmpty() || !text.chars().allMatch(letter -> letter >= '0' && letter <= '9')) {
                throw new IllegalArgumentException("`" + text + "` is no port; " + FORM);
            }
            return HostText.port(text);
        }

        private static String host(String text) {
            if (text.equals("*")) {
                throw new IllegalArgumentException("a route for any host names none; leave @* away");
            }
            if (text.startsWith("*.")) {
                return "*." + HostText.name(text.substring(2));
            }
            if (text.contains("*")) {
                throw new IllegalArgumentException(text + ": a star stands for whole labels at the front, *.example.com");
            }
            if (text.contains(":") && !text.endsWith("]")) {
                throw new IllegalArgumentException(text + ": the port stands before the @, PORT@HOST; an IPv6 address stands in brackets");
            }
            return HostText.host(text);
        }

        private static String path(String written) {
            String path = written.endsWith("$") ? written.substring(0, written.length() - 1) : written;
            if (!PATH.matcher(path).matches() || path.contains("//")) {
                throw new IllegalArgumentException(written + ": a path is compared as it is sent: it begins with one slash, has no empty segments, and what isn't ASCII stands percent-encoded");
            }
            return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        }
    }
}
