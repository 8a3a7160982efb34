package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.proxy.ProxyEvent;
import java.time.Duration;
import java.util.Optional;

/** What serves, once it does: looked after, restarted, scaled, ended. Called by the loop's thread alone, but for what is said otherwise. */
interface Tended extends AutoCloseable {
    /** Files stay where they are. */
    Tended FILES = new Tended() {};

    /** Looks after it. Answers after how long that is due again, if nothing happens. */
    default Duration tend() {
        return Duration.ofDays(1);
    }

    /** Why it should give way to what served before: it began a moment ago, and ends again and again. Said once. */
    default Optional<String> looping() {
        return Optional.empty();
    }

    /** How replicas take each other's place, in a word or two; empty where there are none. */
    default Optional<String> way() {
        return Optional.empty();
    }

    /** Who stands behind the proxy; empty where nobody does. From any thread. */
    default Optional<Roster> roster() {
        return Optional.empty();
    }

    /** Starts it anew, as a deployment of it would. A failure leaves what runs as it was. */
    default void restart(Served served, Delivery.Turning turning) {
        throw new Failure(Failure.Kind.MISCONFIGURED, "restart " + served.tag(), "it is files, and nothing of it runs");
    }

    /** So many replicas from now on. Answers once they are there, or why they aren't. */
    default Request.Reply scale(int replicas) {
        return new Request.Reply(false, "there are no replicas here that could become " + replicas + "; what `dewpoint container` runs has some");
    }

    /** What was asked for at run time by an earlier agent's operator goes on to hold, or gives way to a flag that has changed. Once, before anything else. */
    default void settleWishes() {}

    /** What the proxy has seen of those behind its routes. From any thread. */
    default void saw(ProxyEvent event) {}

    /** Ends what serves, for good. */
    default void end() {}

    /** It goes on; nobody looks after it any more. */
    @Override
    default void close() {}
}
