package dev.dewpoint.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Runs command lines by {@code /bin/sh -c}, bounded: in time, in output, and in what they leave behind. Each command
 * carries a mark of its own in its environment; what carries it afterwards, in the command's process group or not, is
 * ended before {@link #run} returns. Only what sheds both its environment and the group, on purpose, gets away.
 */
public final class Commands {
    /** The variable that marks what we started; its value begins as the caller wishes and is never used twice. */
    public static final String MARK = "DEWPOINT_MARK";

    private static final int TAIL_BYTES = 64 * 1024;
    private static final Duration LONGEST_LEFTOVER_GRACE = Duration.ofSeconds(1);

    private final Time time;
    private final Duration grace;

    /** @param grace between SIGTERM and SIGKILL for a command that is out of time */
    public Commands(Time time, Duration grace) {
        this.time = time;
        this.grace = grace;
    }

    public Commands(Time time) {
        this(time, Duration.ofSeconds(5));
    }

    /**
     * @param timedOut the command was ended because its time was over
     * @param took until the command itself ended; what it left behind isn't counted
     * @param leftovers how many processes it had left behind
     */
    public record Ended(ExitStatus status, boolean timedOut, Duration took, Tail stdout, Tail stderr, int leftovers) {}

    /**
     * An interrupt ends the command as its deadline does.
     *
     * @throws IOException if nothing was started
     */
    public Ended run(String text, Map<String, String> environment, Path directory, Duration limit, String markPrefix) throws IOException, InterruptedException {
        String mark = markPrefix + UUID.randomUUID();
        Map<String, String> marked = new HashMap<>(environment);
        marked.put(MARK, mark);
        try (Pipe out = Posix.pipe(); Pipe err = Posix.pipe()) {
            Drain drain = Drain.start(out.readEnd(), err.readEnd(), TAIL_BYTES);
            try {
                long start = time.nanos();
                Child child = Posix.start(new Launch(List.of("/bin/sh", "-c", text), marked, directory, out.writeEnd(), err.writeEnd()));
                out.writeEnd().close();
                err.writeEnd().close();
                return new Running(child, mark, start, drain).toEnd(limit);
            } finally {
                // nothing started, or nobody waits any longer
                drain.finish();
            }
        }
    }

    /** Ends whatever carries such a mark, however it came to run; how many were found. */
    public int endMarked(String markName, String valuePrefix) throws InterruptedException {
        String entry = Processes.bytesOf(markName + "=" + valuePrefix);
        return new Leftovers(time, grace).end(seen -> seen.carriesPrefix(entry), Long.MAX_VALUE);
    }

    private final class Running {
        private final Child child;
        private final Family family;
        private final long start;
        private final Drain drain;

        private Running(Child child, String mark, long start, Drain drain) {
            this.child = child;
            this.family = new Family(child, mark, time);
            this.start = start;
            this.drain = drain;
        }

        private Ended toEnd(Duration limit) throws IOException, InterruptedException {
            try {
                boolean inTime = child.awaitEnd(limit);
                if (!inTime) {
                    family.endChild(grace);
                }
                return sum(!inTime);
            } catch (InterruptedException e) {
                cleanUpAfterInterrupt();
                throw e;
            }
        }

        private Ended sum(boolean timedOut) throws IOException, InterruptedException {
            Duration took = time.since(start);
            int leftovers = family.endRest(grace.compareTo(LONGEST_LEFTOVER_GRACE) < 0 ? grace : LONGEST_LEFTOVER_GRACE);
            drain.finish();
            return new Ended(family.status(), timedOut, took, drain.stdout(), drain.stderr(), leftovers);
        }

        /** The interrupt was taken by who waited; another one cuts the grace short. */
        private void cleanUpAfterInterrupt() {
            try {
                family.endChild(grace);
                sum(false);
            } catch (InterruptedException again) {
                child.signalGroup(Signal.KILL);
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                // /proc can't be read; the group has had its signals
            }
        }
    }
}
