package dev.dewpoint.config;

import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code [tcp:]PROXY[:CONTAINER][/tcp]}: a public port of an app, and the port in its containers. */
record DoorText(Flags.Value given, int port, OptionalInt inside, boolean stream) {
    private static final Pattern RANGE = Pattern.compile("\\d{1,7}-\\d{1,7}");
    private static final Pattern FORM = Pattern.compile("(tcp:)?(\\d{1,7})(?::(\\d{1,7}))?(/tcp|/http)?");

    static DoorText parse(Flags.Value given) {
        Matcher match = FORM.matcher(given.text());
        if (!match.matches()) {
            throw new IllegalArgumentException("a port has the form PROXY or PROXY:CONTAINER, such as 8000 or 8000:8080; tcp: before it for what isn't HTTP");
        }
        OptionalInt inside = match.group(3) == null ? OptionalInt.empty() : OptionalInt.of(HostText.port(match.group(3)));
        return new DoorText(given, HostText.port(match.group(2)), inside, match.group(1) != null || "/tcp".equals(match.group(4)));
    }

    /** One, or those of a range. */
    private static List<DoorText> parse(String origin, String element) {
        if (!RANGE.matcher(element).matches()) {
            return List.of(parse(new Flags.Value(origin, element)));
        }
        return PortText.parse(element).stream().map(port -> parse(new Flags.Value(origin, Integer.toString(port.number())))).toList();
    }

    /** All of them; repeated, by commas, or as ranges. */
    static List<DoorText> all(Values values) {
        List<DoorText> doors = new ArrayList<>();
        for (Flags.Value value : values.flags().all("--port")) {
            for (String element : Values.elements(value.text())) {
                values.read(new Flags.Value(value.origin(), element), _ -> parse(value.origin(), element)).ifPresent(doors::addAll);
            }
        }
        return List.copyOf(doors);
    }

    DoorText leadingTo(OptionalInt container) {
        return new DoorText(given, port, inside.isPresent() ? inside : container, stream);
    }

    RouteText route(String app, Balance balance, RouteOptions options) {
        Match match = new Match(port, "", "/", false);
        String text = (stream ? "tcp:" : "") + port + "=app:" + app;
        Rule rule = new Rule(match, stream, balance, List.of(new Upstream.Replicas(app)), options, text);
        return new RouteText(given.origin() + " " + given.text(), stream, Optional.of(match), Optional.of(rule));
    }
}
