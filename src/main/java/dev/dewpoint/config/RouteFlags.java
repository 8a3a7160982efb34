package dev.dewpoint.config;

import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** All routes of one proxy, and whether they can stand beside each other. */
final class RouteFlags {
    private final List<RouteText> texts;

    private RouteFlags(List<RouteText> texts) {
        this.texts = texts;
    }

    static RouteFlags read(Flags flags, RouteOptions usual, Problems problems) {
        List<Flags.Value> given = flags.all("--route");
        if (given.isEmpty()) {
            problems.add("--route is not set: say what goes where, such as --route 8000=127.0.0.1:3001,127.0.0.1:3002");
        }
        RouteFlags routes = new RouteFlags(given.stream().map(value -> RouteText.parse(value, flags.environment(), usual, problems)).toList());
        routes.reportConflicts(problems);
        return routes;
    }

    /** Those without a problem. */
    List<Rule> rules() {
        return texts.stream().flatMap(text -> text.rule().stream()).toList();
    }

    /** Where HTTP is spoken. */
    Set<Integer> httpPorts() {
        Set<Integer> ports = new TreeSet<>(ports(false));
        ports.removeAll(ports(true));
        return ports;
    }

    /** What takes this port, for messages. */
    Optional<String> takenBy(int port) {
        return texts.stream().filter(text -> text.match().filter(match -> match.port() == port).isPresent()).map(RouteText::name).findFirst();
    }

    boolean isStream(int port) {
        return ports(true).contains(port);
    }

    private Set<Integer> ports(boolean stream) {
        return texts.stream().filter(text -> text.stream() == stream).flatMap(text -> text.match().stream()).map(Match::port).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Not the match itself: a record's own hash code is linked at its first use, which takes a start some 10 ms. */
    private static String key(Match match) {
        return match.port() + "@" + match.host() + match.path() + (match.exact() ? "$" : "");
    }

    private void reportConflicts(Problems problems) {
        Map<String, RouteText> byMatch = new LinkedHashMap<>();
        Map<Integer, RouteText> byPort = new LinkedHashMap<>();
        for (RouteText text : texts) {
            if (text.match().isEmpty()) {
                continue;
            }
            Match match = text.match().get();
            RouteText same = byMatch.putIfAbsent(key(match), text);
            RouteText beside = byPort.putIfAbsent(match.port(), text);
            if (beside != null && (beside.stream() || text.stream())) {
                problems.add(text.name() + ": it shares port " + match.port() + " with " + beside.name() + ", and a tcp route can't share its port; give one of them another");
            } else if (same != null) {
                problems.add(text.name() + ": it matches the same requests as " + same.name() + "; remove one, or put all upstreams into one");
            }
        }
    }
}
