package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.health.Check;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.RouteOptions.Limits;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** What the lane's tests set up, with patience that fits into a test. */
final class Given {
    /** Every deadline within a second or two. */
    static final Terms IMPATIENT = new Terms(64 << 10, Duration.ofMillis(700), Duration.ofSeconds(1), Duration.ofMillis(700), 100, 1000, _ -> false);

    private static final RouteOptions USUAL = RouteOptions.USUAL;

    private Given() {}

    static Terms trusting(Predicate<InetAddress> trusted) {
        return new Terms(Terms.USUAL.head(), Terms.USUAL.parse(), Terms.USUAL.idle(), Terms.USUAL.stall(), Terms.USUAL.rate(), Terms.USUAL.connections(), trusted);
    }

    static Stage stage(Terms terms, TestBackend... backends) {
        return stage(terms, USUAL, backends);
    }

    static Stage stage(Terms terms, RouteOptions options, TestBackend... backends) {
        return Stage.open(terms, Balance.ROUND_ROBIN, options, AccessLog.OFF, backends);
    }

    static RouteOptions limits(Limits limits) {
        return new RouteOptions(USUAL.strip(), USUAL.host(), USUAL.h2c(), USUAL.health(), USUAL.names(), limits, USUAL.hold(), USUAL.drainTime());
    }

    static RouteOptions largestBody(long bytes) {
        return limits(new Limits(bytes, USUAL.limits().connect(), USUAL.limits().answer(), USUAL.limits().idle(), USUAL.limits().tunnelIdle()));
    }

    static RouteOptions answerWithin(Duration answer, Duration idle) {
        return limits(new Limits(-1, USUAL.limits().connect(), answer, idle, USUAL.limits().tunnelIdle()));
    }

    static RouteOptions hold(int requests, Duration time) {
        return new RouteOptions(false, Optional.empty(), false, USUAL.health(), USUAL.names(), USUAL.limits(), new RouteOptions.Hold(requests, time), USUAL.drainTime());
    }

    static RouteOptions checked(boolean strip, String path) {
        RouteOptions.Health health = new RouteOptions.Health(new Check.Http(path, 200, 299, Optional.empty()), USUAL.health().rhythm(), true);
        return new RouteOptions(strip, Optional.empty(), false, health, USUAL.names(), USUAL.limits(), USUAL.hold(), USUAL.drainTime());
    }

    static RouteOptions host(String host) {
        return new RouteOptions(false, Optional.of(host), false, USUAL.health(), USUAL.names(), USUAL.limits(), USUAL.hold(), USUAL.drainTime());
    }

    /** Fails after ten seconds. */
    static void eventually(String what, BooleanSupplier isTrue) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!isTrue.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** What it is when it has not changed for a while. */
    static long settled(LongSupplier what) {
        long last = -1;
        for (int same = 0; same < 10; same++) {
            long now = what.getAsLong();
            same = now == last ? same : 0;
            last = now;
            LockSupport.parkNanos(30_000_000);
        }
        return last;
    }

    /** Keeps every line. */
    static final class RecordingLog implements AccessLog {
        private final List<Line> lines = new CopyOnWriteArrayList<>();

        @Override
        public boolean wanted() {
            return true;
        }

        @Override
        public void write(Line line) {
            lines.add(line);
        }

        List<Line> lines() {
            return lines;
        }

        Line first() {
            eventually("a line in the access log", () -> !lines.isEmpty());
            return lines.getFirst();
        }
    }
}
