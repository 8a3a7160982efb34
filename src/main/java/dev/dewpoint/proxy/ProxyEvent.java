package dev.dewpoint.proxy;

import java.time.Duration;
import java.time.Instant;

/** What happened to who stands behind a route. {@code route} is the route as it was written. */
public sealed interface ProxyEvent {
    String route();

    Instant at();

    sealed interface OfBackend extends ProxyEvent {
        String backend();
    }

    /** It takes traffic from now on. */
    record BackendReady(String route, String backend, Instant at, String status) implements OfBackend {}

    /** Its checks fail. Told once, also of one that never was ready. */
    record BackendUnready(String route, String backend, Instant at, String why) implements OfBackend {}

    /** Requests failed there: it takes none until it has passed a check, the first of them after {@code rest}. */
    record BackendEjected(String route, String backend, Instant at, String why, Duration rest) implements OfBackend {}

    /** Requests fail there, but it is the last one that is ready. Told once until another one is. */
    record BackendKept(String route, String backend, Instant at, String why) implements OfBackend {}

    /** Its address is there; it takes traffic once it is ready. */
    record BackendJoined(String route, String backend, Instant at) implements OfBackend {}

    /** Its address is gone: it gets nothing new. */
    record BackendLeft(String route, String backend, Instant at) implements OfBackend {}

    /** The last addresses stay. Told once until a lookup succeeds. */
    record LookupFailed(String route, String name, Instant at, String why) implements ProxyEvent {}

    record LookupRecovered(String route, String name, Instant at, Duration lasted) implements ProxyEvent {}

    /** No backend is ready. Told at once and every minute while it lasts; {@code lasted} is zero the first time. */
    record RouteEmpty(String route, Instant at, Duration lasted) implements ProxyEvent {}

    /** No replica has stood behind it yet. Told once, instead of {@link RouteEmpty}. */
    record RouteWaits(String route, Instant at) implements ProxyEvent {}

    /** One is ready again. */
    record RouteServed(String route, Instant at, Duration lasted) implements ProxyEvent {}

    /** A defect of ours; what it was about was left as it is. */
    record Stumbled(String route, Instant at, String over) implements ProxyEvent {}
}
