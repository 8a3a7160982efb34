package dev.dewpoint.host;

import java.io.IOException;
import java.time.Duration;

/**
 * A child and whatever it started: its process group, and what carries its mark in or out of the group. Only what sheds
 * both its environment and the group, on purpose, gets away.
 */
public final class Family {
    /** A killed process that doesn't end sits in the kernel; it can't be waited for, nor hold up a deploy. */
    private static final Duration AFTER_KILL = Duration.ofSeconds(10);
    private static final Duration SHORTEST_REST = Duration.ofSeconds(1);

    private final Child child;
    private final String entry;
    private final Time time;

    /** @param mark the value of {@link Commands#MARK} in the child's environment, given to no other */
    public Family(Child child, String mark, Time time) {
        this.child = child;
        this.entry = Processes.bytesOf(Commands.MARK + "=" + mark);
        this.time = time;
    }

    /**
     * @param inTime the child itself ended without SIGKILL
     * @param leftovers how many processes it had left behind
     */
    public record Ended(ExitStatus status, boolean inTime, int leftovers) {}

    /**
     * SIGTERM to the group and, once the child has ended or the grace is over, SIGKILL to it; the others get what is
     * left of the grace, a second at least. The child is reaped. One that has ended already leaves only the others to be
     * ended. Whoever can't wait kills the group meanwhile.
     */
    public Ended end(Duration grace) throws InterruptedException {
        long start = time.nanos();
        boolean inTime = endChild(grace);
        Duration left = grace.minus(time.since(start));
        int leftovers = endRest(left.compareTo(SHORTEST_REST) < 0 ? SHORTEST_REST : left);
        return new Ended(status(), inTime, leftovers);
    }

    /** Whether it did so within the grace. */
    boolean endChild(Duration grace) throws InterruptedException {
        child.signalGroup(Signal.TERM);
        if (child.awaitEnd(grace)) {
            return true;
        }
        child.signalGroup(Signal.KILL);
        child.awaitEnd(AFTER_KILL);
        return false;
    }

    /** Before the child is reaped: until then its number can't be another group's. */
    int endRest(Duration grace) throws InterruptedException {
        return new Leftovers(time, grace).end(seen -> seen.carries(entry) || seen.group() == child.pid(), startTicks());
    }

    ExitStatus status() {
        return child.hasEnded() ? child.reap() : new ExitStatus.Killed(Signal.KILL.number());
    }

    /** Without /proc nothing is found in any case. */
    private long startTicks() {
        try {
            return Processes.startTicks(child.pid());
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
