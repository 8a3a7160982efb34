package dev.dewpoint.proxy.gateway;

import static dev.dewpoint.proxy.AccessLogFile.quoted;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.lane.OwnPages;
import dev.dewpoint.proxy.lane.Page;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** What the proxy says of itself, read only: a page and its JSON, a line for an outer balancer, the client's address. */
public final class StatusPages implements OwnPages {
    private static final String HEALTH = "/health";
    private static final String CLIENT = "/api/client-ip";

    private final Optional<String> status;
    private final boolean health;
    private final boolean clientAddress;
    private final List<Route> routes;
    private final IntSupplier connections;
    private final LongSupplier shortages;
    private final byte[][] paths;

    /** {@code status}: the page's path, without a slash at its end; the JSON stands below it. */
    public StatusPages(Optional<String> status, boolean health, boolean clientAddress, List<Route> routes, IntSupplier connections, LongSupplier shortages) {
        this.status = status;
        this.health = health;
        this.clientAddress = clientAddress;
        this.routes = List.copyOf(routes);
        this.connections = connections;
        this.shortages = shortages;
        List<String> all = new ArrayList<>();
        if (health) {
            all.add(HEALTH);
        }
        if (clientAddress) {
            all.add(CLIENT);
        }
        status.ifPresent(page -> all.addAll(List.of(page, page + "/", page + "/status")));
        this.paths = all.stream().map(path -> path.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
    }

    @Override
    public boolean has(byte[] bytes, int from, int to) {
        for (byte[] path : paths) {
            if (Arrays.equals(path, 0, path.length, bytes, from, to)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Page page(String path, InetAddress client) {
        if (health && path.equals(HEALTH)) {
            return healthLine();
        }
        if (clientAddress && path.equals(CLIENT)) {
            return json("{\"ip\":" + quoted(client.getHostAddress()) + "}\n");
        }
        boolean asJson = status.map(page -> page + "/status").equals(Optional.of(path));
        return asJson ? json(statusJson()) : new Page(200, "OK", "", "text/html; charset=utf-8", html(), false);
    }

    /** Well, as long as every route has somebody who takes its requests. */
    private Page healthLine() {
        List<String> empty = routes.stream().filter(route -> route.live().ready().length == 0).map(route -> route.rule().text()).toList();
        return empty.isEmpty()
                ? new Page(200, "OK", "", "text/plain; charset=utf-8", "ok\n", false)
                : new Page(503, "Service Unavailable", "Retry-After: 1\r\n", "text/plain; charset=utf-8", "no backend is ready on " + empty.size() + " of " + routes.size() + " routes\n", false);
    }

    private static Page json(String body) {
        return new Page(200, "OK", "", "application/json", body, false);
    }

    private String statusJson() {
        return "{\"connections\":" + connections.getAsInt() + ",\"shortages\":" + shortages.getAsLong() + ",\"routes\":[" + routes.stream().map(StatusPages::route).collect(Collectors.joining(",")) + "]}\n";
    }

    private static String route(Route route) {
        return "{\"route\":" + quoted(route.rule().text()) + ",\"port\":" + route.rule().match().port() + ",\"host\":" + quoted(route.rule().match().host()) + ",\"path\":" + quoted(route.rule().match().path())
                + ",\"balance\":" + quoted(words(route.rule().balance().name())) + ",\"gate\":" + quoted(gate(route.gate())) + ",\"waiting\":" + route.waiting() + ",\"backends\":["
                + route.live().members().stream().map(StatusPages::backend).collect(Collectors.joining(",")) + "]}";
    }

    private static String backend(Backend backend) {
        return "{\"backend\":" + quoted(backend.name()) + ",\"state\":" + quoted(state(backend)) + ",\"weight\":" + backend.weight() + ",\"in_flight\":" + backend.inFlight() + ",\"requests\":" + backend.traffic().requests()
                + ",\"server_errors\":" + backend.traffic().serverErrors() + ",\"failures\":" + backend.traffic().failures() + ",\"mean_ms\":" + mean(backend) + "}";
    }

    private static String state(Backend backend) {
        return backend.sealed() ? "draining" : backend.ready() ? "ready" : "unready";
    }

    private static String gate(Gate gate) {
        return switch (gate) {
            case Gate.Open _ -> "open";
            case Gate.Holding _ -> "holding";
            case Gate.Closed _ -> "closed";
        };
    }

    private static String mean(Backend backend) {
        long requests = backend.traffic().requests();
        return requests == 0 ? "0" : String.format(Locale.ROOT, "%.3f", backend.traffic().microseconds() / 1000.0 / requests);
    }

    private String html() {
        String rows = routes.stream().map(route -> "<tr><th colspan=7>" + escaped(route.rule().text()) + " (" + gate(route.gate()) + ")</th></tr>" + route.live().members().stream()
                .map(backend -> "<tr class=" + state(backend) + "><td>" + escaped(backend.name()) + "<td>" + state(backend) + "<td>" + backend.inFlight() + "<td>" + backend.traffic().requests() + "<td>" + backend.traffic().serverErrors()
                        + "<td>" + backend.traffic().failures() + "<td>" + mean(backend) + "</tr>")
                .collect(Collectors.joining("\n"))).collect(Collectors.joining("\n"));
        return "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=2><title>Dewpoint proxy</title><style>body{font:15px system-ui;margin:2em}td,th{padding:.3em 1em;text-align:left}"
                + ".unready td{color:#b00}.draining td{color:#888}</style><h1>Proxy</h1><p>" + connections.getAsInt() + " connections</p><table><tr><td>backend<td>state<td>in flight<td>requests<td>5xx<td>failures<td>mean ms</tr>\n"
                + rows + "</table></html>\n";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String words(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
