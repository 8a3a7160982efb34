package dev.dewpoint.config;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.proxy.RouteOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What stands behind the question mark of a route. */
final class RouteOptionsText {
    static final List<String> KNOWN = List.of("strip", "weight", "host", "protocol", "health", "health-path", "health-status", "health-host", "health-interval", "health-timeout", "health-rise", "health-fall", "eject",
            "refresh", "resolver", "valid", "max-body", "connect-timeout", "response-timeout", "idle-timeout", "tunnel-timeout", "hold", "hold-time", "drain-time");

    private static final List<String> OF_REQUESTS = List.of("strip", "host", "protocol", "max-body", "response-timeout", "idle-timeout", "hold", "hold-time");
    private static final List<String> OF_HTTP_CHECKS = List.of("health-path", "health-status", "health-host");
    private static final Pattern STATUSES = Pattern.compile("([1-5]\\d\\d)(?:-([1-5]\\d\\d))?");
    private static final Pattern TARGET = Pattern.compile("/[\\x21-\\x7e&&[^#]]*");
    private static final Duration DAY = Duration.ofDays(1);
    private static final int HEAVIEST = 1000;

    private enum HealthCheck { OFF, TCP, HTTP }

    private final Map<String, String> given;
    private final Values values;
    private final Problems problems;

    private RouteOptionsText(Map<String, String> given, Problems problems) {
        Map<String, List<String>> each = new LinkedHashMap<>();
        given.forEach((name, value) -> each.put(name, List.of(value)));
        this.given = given;
        this.values = new Values(new Flags(each, Map.of(), List.of()), problems);
        this.problems = problems;
    }

    /** @param query what stands behind the question mark */
    static RouteOptionsText parse(String query, Problems problems) {
        Map<String, String> given = Map.of();
        try {
            given = Url.options(query);
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
        }
        given.keySet().stream().filter(Predicate.not(KNOWN::contains)).forEach(name -> problems.add("it has no option " + name + meant(name)));
        return new RouteOptionsText(given, problems);
    }

    private static String meant(String name) {
        String nearest = Problems.didYouMean(name, KNOWN);
        return nearest.isEmpty() ? " (known: " + String.join(", ", KNOWN) + ")" : nearest;
    }

    /** One number for each upstream, or one for all. */
    List<Integer> weights() {
        return values.read("weight", List.of(1), text -> Stream.of(text.split(",")).map(RouteOptionsText::weight).toList());
    }

    /** What a stream can't do. */
    void refuseRequests() {
        OF_REQUESTS.stream().filter(given::containsKey).forEach(name -> problems.add(name + ": a tcp route knows no requests; " + (name.equals("idle-timeout") ? "tunnel-timeout says how long a stream may be silent" : "leave it away, or leave tcp: away")));
    }

    RouteOptions read(RouteOptions usual) {
        Optional<String> host = values.optional("host", HostText::authority);
        RouteOptions.Health health = new RouteOptions.Health(check(host), rhythm(usual.health().rhythm()), values.yes("eject", usual.health().eject()));
        boolean h2c = values.read("protocol", false, text -> switch (text) {
            case "h2c" -> true;
            case "http/1.1" -> false;
            default -> throw new IllegalArgumentException("it is http/1.1 or h2c");
        });
        return new RouteOptions(values.yes("strip"), host, h2c, health, names(usual.names()), limits(usual.limits()), hold(usual.hold()), duration("drain-time", usual.drainTime(), Duration.ZERO, DAY));
    }

    private Check check(Optional<String> host) {
        HealthCheck kind = values.choice("health", given.containsKey("health-path") ? HealthCheck.HTTP : HealthCheck.TCP, HealthCheck.class);
        if (kind != HealthCheck.HTTP) {
            OF_HTTP_CHECKS.stream().filter(given::containsKey).forEach(name -> problems.add(name + " belongs to a check by HTTP; " + (given.containsKey("health") ? "write health=http, or leave one of them away" : "add health-path=/PATH")));
        }
        return switch (kind) {
            case OFF -> new Check.None();
            case TCP -> new Check.Tcp();
            case HTTP -> {
                int[] statuses = values.read("health-status", new int[] {200, 299}, RouteOptionsText::statuses);
                yield new Check.Http(values.read("health-path", "/", RouteOptionsText::target), statuses[0], statuses[1], values.optional("health-host", HostText::authority).or(() -> host));
            }
        };
    }

    private Rhythm rhythm(Rhythm usual) {
        return new Rhythm(
                duration("health-interval", usual.interval(), Duration.ofMillis(100), Duration.ofHours(1)),
                duration("health-timeout", usual.timeout(), Duration.ofMillis(10), Duration.ofMinutes(5)),
                values.number("health-rise", usual.rise(), 1, 100),
                values.number("health-fall", usual.fall(), 1, 100));
    }

    private RouteOptions.Names names(RouteOptions.Names usual) {
        Optional<Duration> valid = given.containsKey("valid") ? Optional.of(duration("valid", Duration.ofSeconds(1), Duration.ofSeconds(1), DAY)) : usual.valid();
        return new RouteOptions.Names(duration("refresh", usual.refresh(), Duration.ofSeconds(1), DAY), values.optional("resolver", RouteOptionsText::resolver).or(usual::server), valid);
    }

    private RouteOptions.Limits limits(RouteOptions.Limits usual) {
        return new RouteOptions.Limits(
                values.bytes("max-body", usual.body()),
                duration("connect-timeout", usual.connect(), Duration.ofMillis(10), Duration.ofMinutes(10)),
                duration("response-timeout", usual.answer(), Duration.ofMillis(100), DAY),
                duration("idle-timeout", usual.idle(), Duration.ofMillis(100), DAY),
                duration("tunnel-timeout", usual.tunnelIdle(), Duration.ofSeconds(1), Duration.ofDays(7)));
    }

    private RouteOptions.Hold hold(RouteOptions.Hold usual) {
        RouteOptions.Hold hold = new RouteOptions.Hold(values.number("hold", usual.requests(), 0, 100_000), duration("hold-time", usual.time(), Duration.ofMillis(100), Duration.ofHours(1)));
        if (given.containsKey("hold-time") && hold.requests() == 0) {
            problems.add("hold-time: no request is held; say how many may wait, such as hold=100");
        }
        return hold;
    }

    private Duration duration(String name, Duration usual, Duration least, Duration most) {
        return values.duration(name, usual, least, most);
    }

    private static int weight(String text) {
        try {
            int weight = Integer.parseInt(text.strip());
            if (weight >= 1 && weight <= HEAVIEST) {
                return weight;
            }
        } catch (NumberFormatException e) {
            // told below, like a number that is too large
        }
        throw new IllegalArgumentException("weights are whole numbers between 1 and " + HEAVIEST + ", by comma");
    }

    private static int[] statuses(String text) {
        Matcher match = STATUSES.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("it is a status or a range of them, such as 204 or 200-299");
        }
        int lowest = Integer.parseInt(match.group(1));
        int highest = match.group(2) == null ? lowest : Integer.parseInt(match.group(2));
        if (highest < lowest) {
            throw new IllegalArgumentException("a range goes up, such as 200-299");
        }
        return new int[] {lowest, highest};
    }

    private static String target(String text) {
        if (!TARGET.matcher(text).matches()) {
            throw new IllegalArgumentException("it begins with a slash and holds no blanks, such as /health; what isn't ASCII stands percent-encoded twice");
        }
        return text;
    }

    private static String resolver(String text) {
        boolean bare = text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("[");
        String authority = HostText.authority(bare ? "[" + text + "]" : text);
        if (!HostText.isAddress(authority.replaceFirst(":\\d+$", ""))) {
            throw new IllegalArgumentException("a resolver is named by its address, such as 127.0.0.11 or 127.0.0.11:53");
        }
        return authority.endsWith("]") || !authority.contains(":") ? authority + ":53" : authority;
    }
}
