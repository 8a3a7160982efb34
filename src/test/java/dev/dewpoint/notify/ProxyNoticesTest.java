package dev.dewpoint.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Log;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.testing.ManualTime;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people hear of backends and routes that go down and up. */
class ProxyNoticesTest {
    private static final String ROUTE = "80=10.0.0.1:80,10.0.0.2:80";
    private static final String BACKEND = "10.0.0.1:80";

    private final ManualTime time = new ManualTime();
    private final ProxyWording wording = new ProxyWording(new Wording("web-1", text -> text));
    private final List<Notice> told = new ArrayList<>();
    private Repeats repeats = new Repeats(Map.of());

    @TempDir
    Path directory;

    @Test
    void aBackendThatGoesDownAndComesBackIsToldTwice() {
        ready();
        assertThat(told).isEmpty();
        saw(new ProxyEvent.BackendEjected(ROUTE, BACKEND, time.now(), "no connection can be made", Duration.ofSeconds(1)));
        assertThat(told).singleElement().satisfies(notice -> {
            assertThat(notice.word()).isEqualTo("backend-ejected");
            assertThat(notice.importance()).isEqualTo(Notice.Importance.ERROR);
            assertThat(notice.headline()).isEqualTo("proxy: Backend 10.0.0.1:80 is put out");
            assertThat(notice.lines()).containsExactly("Reason: no connection can be made", "Next check in 1s", "Route: " + ROUTE);
        });
        time.advance(Duration.ofSeconds(3));
        ready();
        assertThat(told).hasSize(2).last().satisfies(notice -> {
            assertThat(notice.word()).isEqualTo("backend-recovered");
            assertThat(notice.tone()).isEqualTo(Notice.Tone.GOOD);
        });
        ready();
        assertThat(told).hasSize(2);
    }

    @Test
    void whatGoesUpAndDownAllTheTimeIsToldOnce() {
        for (int i = 0; i < 50; i++) {
            unready();
            time.advance(Duration.ofSeconds(5));
            ready();
            time.advance(Duration.ofSeconds(5));
        }
        assertThat(told).extracting(Notice::word).containsExactly("backend-unready", "backend-recovered");
        time.advance(Duration.ofMinutes(11));
        unready();
        assertThat(told).hasSize(3);
    }

    @Test
    void anEmptyRouteIsAnErrorAndRemindedOfAfterAnHour() {
        for (int minute = 0; minute <= 65; minute++) {
            empty(minute);
            time.advance(Duration.ofMinutes(1));
        }
        assertThat(told).hasSize(2).allSatisfy(notice -> {
            assertThat(notice.word()).isEqualTo("route-empty");
            assertThat(notice.importance()).isEqualTo(Notice.Importance.ERROR);
            assertThat(notice.tone()).isEqualTo(Notice.Tone.BAD);
        });
        assertThat(told.getFirst().title()).isEqualTo("No backend is ready: " + ROUTE);
        assertThat(told.getLast().lines()).contains("Since 2026-01-15 10:30:45 UTC");
        saw(new ProxyEvent.RouteServed(ROUTE, time.now(), Duration.ofMinutes(66)));
        assertThat(told).last().extracting(Notice::word).isEqualTo("route-served");
    }

    @Test
    void aRestlessRouteThatStaysEmptyIsToldAfterTenMinutes() {
        empty(0);
        saw(new ProxyEvent.RouteServed(ROUTE, time.now(), Duration.ZERO));
        time.advance(Duration.ofMinutes(2));
        for (int minute = 0; minute < 10; minute++) {
            empty(minute);
            time.advance(Duration.ofMinutes(1));
        }
        assertThat(told).hasSize(2);
        empty(10);
        assertThat(told).hasSize(3).last().extracting(Notice::word).isEqualTo("route-empty");
    }

    @Test
    void theRecoveryIsToldAfterARestartToo() throws Exception {
        unready();
        RepeatsFile file = new RepeatsFile(directory);
        file.write(repeats);
        repeats = file.read();
        unready();
        ready();
        assertThat(told).extracting(Notice::word).containsExactly("backend-unready", "backend-recovered");
    }

    @Test
    void whoLeavesIsNotWaitedFor() {
        unready();
        saw(new ProxyEvent.BackendLeft(ROUTE, BACKEND, time.now()));
        ready();
        saw(new ProxyEvent.BackendJoined(ROUTE, BACKEND, time.now()));
        saw(new ProxyEvent.LookupFailed(ROUTE, "api", time.now(), "there is no such name"));
        assertThat(told).extracting(Notice::word).containsExactly("backend-unready");
    }

    @Test
    void theLastOneThatFailsIsTold() {
        saw(new ProxyEvent.BackendKept(ROUTE, BACKEND, time.now(), "5 requests in a row failed there"));
        assertThat(told).singleElement().extracting(Notice::title).isEqualTo("Backend 10.0.0.1:80 fails and stays, as the last one");
    }

    @Test
    void theyGoOutWithAllOthers() {
        List<Notice> arrived = new CopyOnWriteArrayList<>();
        Channel.Webhook channel = new Channel.Webhook(URI.create("https://e.org/a"), Optional.empty(), new Channel.Manner(true, true));
        Sender sender = (notice, _) -> {
            arrived.add(notice);
            return new Sent.Done(Optional.empty());
        };
        Log log = new Log(time, OutputStream.nullOutputStream(), Log.Level.ERROR, Log.Format.TEXT, text -> text);
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(channel), _ -> sender, time, log, "web-1", text -> text);
        outbox.saw(new ProxyEvent.RouteEmpty(ROUTE, time.now(), Duration.ZERO));
        outbox.saw(new ProxyEvent.RouteEmpty(ROUTE, time.now(), Duration.ofMinutes(1)));
        outbox.saw(new ProxyEvent.RouteServed(ROUTE, time.now(), Duration.ofMinutes(1)));
        Eventually.until("both have arrived", () -> arrived.size() == 2);
        outbox.close(Duration.ZERO);
        assertThat(arrived).extracting(Notice::word).containsExactly("route-empty", "route-served");
    }

    private void ready() {
        saw(new ProxyEvent.BackendReady(ROUTE, BACKEND, time.now(), "status 200"));
    }

    private void unready() {
        saw(new ProxyEvent.BackendUnready(ROUTE, BACKEND, time.now(), "status 503"));
    }

    private void empty(int minutes) {
        saw(new ProxyEvent.RouteEmpty(ROUTE, time.now(), Duration.ofMinutes(minutes)));
    }

    private void saw(ProxyEvent event) {
        wording.of(event, repeats.judge(event)).ifPresent(told::add);
    }
}
