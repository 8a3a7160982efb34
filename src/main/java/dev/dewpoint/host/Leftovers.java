package dev.dewpoint.host;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Ends the processes that a predicate picks, and those that they start meanwhile: SIGTERM, after the grace SIGKILL, until
 * a look at all processes finds none.
 */
final class Leftovers {
    private static final Duration AFTER_KILL = Duration.ofSeconds(5);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(25);
    /** How long nothing found is not taken for nothing there; a program that hides its arguments looks as if it were amid an exec. */
    private static final Duration LONGEST_DOUBT = Duration.ofSeconds(2);
    /** The same for processes that were gone when we looked, which may have been anybody's. */
    private static final Duration DOUBT_OF_STRANGERS = Duration.ofMillis(200);

    private final Time time;
    private final Duration grace;

    Leftovers(Time time, Duration grace) {
        this.time = time;
        this.grace = grace;
    }

    /**
     * How many were asked to end.
     *
     * @param since the start time of the oldest process that may be ours: while one that old or younger is amid an exec,
     *     or has just died and may have left a child, another look is due
     */
    int end(Predicate<Processes.Seen> ours, long since) throws InterruptedException {
        Set<Processes.Identity> asked = new HashSet<>();
        Set<Processes.Identity> dead = new HashSet<>();
        long start = time.nanos();
        long lastFound = start;
        Duration pause = SHORTEST_PAUSE;
        while (true) {
            Processes.Look look = Processes.look();
            List<Processes.Seen> found = look.alive().stream().filter(ours).toList();
            Duration elapsed = time.since(start);
            boolean somethingDied = dead.addAll(look.dead().stream().filter(one -> one.startTicks() >= since).toList());
            boolean someAreAmidExec = look.alive().stream().anyMatch(seen -> seen.isAmidExec() && seen.startTicks() >= since);
            lastFound = found.isEmpty() ? lastFound : time.nanos();
            Duration doubt = somethingDied || someAreAmidExec ? LONGEST_DOUBT : look.isTorn() ? DOUBT_OF_STRANGERS : Duration.ZERO;
            if (found.isEmpty() && time.since(lastFound).compareTo(doubt) >= 0 || elapsed.compareTo(grace.plus(AFTER_KILL)) > 0) {
                return asked.size();
            }
            for (Processes.Seen one : found) {
                boolean isNew = asked.add(one.identity());
                if (elapsed.compareTo(grace) >= 0) {
                    signal(one, ours, Signal.KILL);
                } else if (isNew) {
                    signal(one, ours, Signal.TERM);
                }
            }
            Thread.sleep(pause); // processes that are not our children end without telling us
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    private static void signal(Processes.Seen one, Predicate<Processes.Seen> ours, Signal signal) {
        Posix.signalIf(() -> Processes.look(one.pid()).filter(now -> now.identity().equals(one.identity()) && ours.test(now)).isPresent(), one.pid(), signal);
    }
}
