package dev.dewpoint.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Log;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.testing.ManualTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyLogTest {
    private final ManualTime time = new ManualTime();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void itReadsAsAStory() {
        ProxyLog log = new ProxyLog(new Log(time, out, Log.Level.DEBUG, Log.Format.TEXT, text -> text));
        String route = "80=dns:api:80";
        List.of(new ProxyEvent.BackendJoined(route, "10.0.0.1:80", time.now()), new ProxyEvent.BackendReady(route, "10.0.0.1:80", time.now(), "status 200"),
                new ProxyEvent.LookupFailed(route, "api", time.now(), "there is no such name"), new ProxyEvent.LookupRecovered(route, "api", time.now(), Duration.ofSeconds(30)),
                new ProxyEvent.BackendKept(route, "10.0.0.1:80", time.now(), "5 requests in a row failed there"), new ProxyEvent.BackendEjected(route, "10.0.0.1:80", time.now(), "no connection can be made", Duration.ofSeconds(2)),
                new ProxyEvent.RouteEmpty(route, time.now(), Duration.ZERO), new ProxyEvent.RouteEmpty(route, time.now(), Duration.ofMinutes(1)), new ProxyEvent.BackendUnready(route, "10.0.0.1:80", time.now(), "status 503"),
                new ProxyEvent.RouteServed(route, time.now(), Duration.ofSeconds(75)), new ProxyEvent.BackendLeft(route, "10.0.0.1:80", time.now()), new ProxyEvent.RouteWaits(route, time.now()), new ProxyEvent.Stumbled(route, time.now(), "a\nb")).forEach(log::saw);
        assertThat(out.toString(StandardCharsets.UTF_8).lines().map(line -> line.substring("2026-01-15T10:30:45Z ".length()))).containsExactly(
                "INFO: Backend joined route=\"80=dns:api:80\" backend=\"10.0.0.1:80\"",
                "INFO: Backend is ready route=\"80=dns:api:80\" backend=\"10.0.0.1:80\" check=\"status 200\"",
                "WARN: Name can't be looked up; its last addresses stay route=\"80=dns:api:80\" name=\"api\" reason=\"there is no such name\"",
                "INFO: Name can be looked up again route=\"80=dns:api:80\" name=\"api\" after=\"30.0s\"",
                "WARN: Backend fails and stays, as the last one route=\"80=dns:api:80\" backend=\"10.0.0.1:80\" reason=\"5 requests in a row failed there\"",
                "WARN: Backend is put out route=\"80=dns:api:80\" backend=\"10.0.0.1:80\" reason=\"no connection can be made\" next_check_in=\"2.0s\"",
                "ERROR: Route has no backend that is ready route=\"80=dns:api:80\" since=\"now\"",
                "ERROR: Route has no backend that is ready route=\"80=dns:api:80\" since=\"1m0s\"",
                "WARN: Backend is not ready route=\"80=dns:api:80\" backend=\"10.0.0.1:80\" reason=\"status 503\"",
                "INFO: Route is served again route=\"80=dns:api:80\" after=\"1m15s\"",
                "INFO: Backend left route=\"80=dns:api:80\" backend=\"10.0.0.1:80\"",
                "INFO: Route waits for its first replicas route=\"80=dns:api:80\"",
                "ERROR: Backends could not be looked after; this is a defect of Dewpoint route=\"80=dns:api:80\" error=\"a\\nb\"");
    }
}
