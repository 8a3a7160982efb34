package dev.dewpoint.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.RoutingTable;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.proxy.lane.Entrance;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The proxy's own pages, and what is none of them. */
class StatusPagesTest {
    @Test
    void pathsThatAreAskedForAreOursAndNoOthers() {
        StatusPages all = pages(Optional.of("/lb"), true, List.of());
        assertThat(List.of("/lb", "/lb/", "/lb/status", "/health", "/api/client-ip")).allMatch(path -> has(all, path));
        assertThat(List.of("/", "/l", "/lbx", "/lb/statu", "/lb/status/", "/LB", "/health/", "/api", "")).noneMatch(path -> has(all, path));
        StatusPages none = pages(Optional.empty(), false, List.of());
        assertThat(List.of("/lb", "/health", "/api/client-ip", "/", "")).noneMatch(path -> has(none, path));
    }

    @Test
    void eachIsWhatItIsAskedFor() throws Exception {
        StatusPages pages = pages(Optional.of("/status"), true, List.of());
        InetAddress client = InetAddress.getByName("192.0.2.7");
        assertThat(pages.page("/status", client).type()).startsWith("text/html");
        assertThat(pages.page("/status/", client).type()).startsWith("text/html");
        assertThat(pages.page("/status/status", client).body()).isEqualTo("{\"connections\":3,\"shortages\":5,\"routes\":[]}\n");
        assertThat(pages.page("/health", client).body()).isEqualTo("ok\n");
        assertThat(pages.page("/api/client-ip", client).body()).isEqualTo("{\"ip\":\"192.0.2.7\"}\n");
    }

    @Test
    void ownPagesAndMissingRoutesAreAnsweredOverTheWire() {
        try (TestBackend backend = TestBackend.saying("application"); Gateway gateway = Gateway.open(1, Terms.USUAL, Time.system(), AccessLog.OFF, (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"))) {
            int port = Stage.freePort();
            Route route = new Route(new Rule(new Match(port, "", "/app", false), false, Balance.ROUND_ROBIN, List.of(), RouteOptions.USUAL, port + "/app="));
            route.publish(List.of(backend.backend()));
            Entrance entrance = new Entrance(port, false, new RoutingTable(List.of(route)), pages(Optional.of("/lb"), true, List.of(route)), OptionalInt.empty());
            try (TestClient client = new TestClient(gateway.listen(InetAddress.getLoopbackAddress(), entrance))) {
                assertThat(client.get("/app/x").text()).isEqualTo("application");
                assertThat(client.get("/lb?refresh=1").text()).contains("<h1>Proxy</h1>", backend.backend().name());
                assertThat(client.get("/lb/status").text()).contains("\"requests\":1,");
                assertThat(client.get("/health").text()).isEqualTo("ok\n");
                TestClient.Response none = client.get("/elsewhere");
                assertThat(none.status()).isEqualTo(404);
                assertThat(none.text()).contains("404 Not Found", "Nothing is served at this address.");
                TestClient.Response json = client.send("GET /application HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n").response();
                assertThat(json.status()).isEqualTo(404);
                assertThat(json.text()).isEqualTo("{\"status\":404,\"error\":\"Not Found\",\"message\":\"Nothing is served at this address.\"}\n");
                assertThat(client.get("/app").text()).as("the connection goes on").isEqualTo("application");
                assertThat(backend.requests()).hasSize(2);
            }
        }
    }

    private static StatusPages pages(Optional<String> status, boolean others, List<Route> routes) {
        return new StatusPages(status, others, others, routes, () -> 3, () -> 5);
    }

    private static boolean has(StatusPages pages, String path) {
        byte[] around = (" " + path + " ").getBytes(StandardCharsets.US_ASCII);
        return pages.has(around, 1, around.length - 1);
    }
}
