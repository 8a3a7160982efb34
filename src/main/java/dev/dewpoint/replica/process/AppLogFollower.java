package dev.dewpoint.replica.process;

import dev.dewpoint.host.Descriptor;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the files that the processes append to ({@code raw/APP/NUMBER.REPLICA.STREAM}) for who keeps the log. A kill
 * of ours loses and doubles nothing in a file: the length of the log and the positions are remembered in one write. A failure of
 * the machine may lose or double what was read in its last moments.
 */
final class AppLogFollower implements AppLog, AppLogSource.Taker {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
    private static final Pattern RAW = Pattern.compile("(\\d{1,18})\\.(.+)\\.(stdout|stderr)");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}");
    private static final int MOST_LOOKS_TO_CATCH_UP = 8;
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path raw;
    private final Time time;
    private final AppLogKeeper log;
    private final AppLogPositions positions;
    private final AtomicLong numbers = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    /** Guards everything below, and the files. */
    private final ReentrantLock looking = new ReentrantLock();
    private final Map<AppLogSource, Optional<OutputFiles>> sources = new LinkedHashMap<>();
    private final byte[] buffer = new byte[BUFFER_BYTES];

    /** Opens where lines are kept, which was so long at the last moment that is known of. */
    interface Opening {
        AppLogKeeper open(long known) throws IOException;
    }

    private AppLogFollower(Path raw, Time time, AppLogKeeper log, AppLogPositions positions) {
        this.raw = raw;
        this.time = time;
        this.log = log;
        this.positions = positions;
        // it waits for the disk, which a virtual thread should not
        this.thread = Thread.ofPlatform().daemon().name("app log").unstarted(this::follow);
    }

    static AppLogFollower open(Path directory, String app, Time time, Opening opening) throws IOException {
        AppLogFollower follower = prepare(directory, app, time, opening);
        follower.thread.start();
        return follower;
    }

    /** Without the thread: somebody calls {@link #look}. */
    static AppLogFollower prepare(Path directory, String app, Time time, Opening opening) throws IOException {
        Path raw = directory.resolve("raw").resolve(named(app));
        Files.createDirectories(raw);
        AppLogPositions.Known known = AppLogPositions.read(raw.resolve("positions"));
        AppLogKeeper log = opening.open(known.logLength().orElse(Long.MAX_VALUE));
        AppLogFollower follower = new AppLogFollower(raw, time, log, AppLogPositions.open(raw.resolve("positions")));
        follower.takeLeft(known);
        return follower;
    }

    @Override
    public Output begin(String replica) throws IOException {
        String name = numbers.incrementAndGet() + "." + named(replica) + ".";
        try {
            return toFiles(name, replica);
        } catch (IOException e) {
            // without its output an app still serves
            return new AppLogNowhere(Descriptor.nowhere(), e.getMessage());
        }
    }

    private Output toFiles(String name, String replica) throws IOException {
        AppLogSource stdout = AppLogSource.fresh(raw.resolve(name + "stdout"), replica, "stdout");
        try {
            OutputFiles output = new OutputFiles(this, stdout, AppLogSource.fresh(raw.resolve(name + "stderr"), replica, "stderr"));
            looking.lock();
            try {
                output.sources().forEach(source -> sources.put(source, Optional.of(output)));
            } finally {
                looking.unlock();
            }
            return output;
        } catch (IOException e) {
            stdout.remove();
            throw e;
        }
    }

    /** Whether there is more already. */
    boolean look() {
        boolean more = false;
        looking.lock();
        try {
            for (AppLogSource source : List.copyOf(sources.keySet())) {
                more |= look(source, false, false);
            }
        } finally {
            looking.unlock();
        }
        return more;
    }

    /** What its process has printed at last. */
    String upToDate(OutputFiles output) {
        looking.lock();
        try {
            StringBuilder text = new StringBuilder();
            List<AppLogSource> open = output.sources().stream().filter(sources::containsKey).toList();
            open.forEach(this::catchUp);
            text.append(output.recent());
            for (AppLogSource source : open) {
                String begun = source.unfinished();
                text.append(begun).append(begun.isEmpty() ? "" : "\n");
            }
            return text.toString();
        } catch (IOException e) {
            return output.recent();
        } finally {
            looking.unlock();
        }
    }

    void end(OutputFiles output) {
        looking.lock();
        try {
            List<AppLogSource> open = output.sources().stream().filter(sources::containsKey).toList();
            open.forEach(this::finish);
            if (!open.isEmpty()) {
                remember();
            }
        } finally {
            looking.unlock();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        looking.lock();
        try {
            for (AppLogSource source : sources.keySet()) {
                look(source, false, true);
                source.close();
            }
            sources.clear();
            positions.close();
            log.close();
        } catch (IOException e) {
            // it was read through them, nothing more is written
        } finally {
            looking.unlock();
        }
    }

    @Override
    public AppLogLines lines(AppLogSource source) {
        return log.lines(time.now(), source.replica(), source.stream());
    }

    @Override
    public boolean isReady() {
        return log.isReady();
    }

    @Override
    public boolean take(AppLogSource source, byte[] lines, byte[] text, int from, int to) {
        sources.get(source).ifPresent(output -> output.printed(text, from, to));
        boolean isKept = keep(source.stream(), lines);
        remember();
        return isKept;
    }

    private boolean keep(String stream, byte[] lines) {
        try {
            if (log.makeRoom(lines.length)) {
                remember();
            }
            log.keep(stream, lines);
            return true;
        } catch (IOException e) {
            // a full disk: the lines are counted as missing, and what was read gives its place back
            return false;
        }
    }

    private void remember() {
        Map<String, Long> now = new LinkedHashMap<>();
        sources.keySet().forEach(source -> now.put(source.name(), source.position()));
        try {
            positions.write(log.length(), now);
        } catch (IOException e) {
            // after a kill these lines would be doubled
        }
    }

    private void follow() {
        try {
            while (closed.getCount() > 0) {
                if (!look()) {
                    boolean ignored = closed.await(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean look(AppLogSource source, boolean isOver, boolean isUrgent) {
        try {
            return source.look(this, buffer, isOver, isUrgent);
        } catch (IOException e) {
            // the next look tries again
            return false;
        }
    }

    /** A backlog has an end; an app that prints faster than we read has none. */
    private void catchUp(AppLogSource source) {
        for (int i = 0; i < MOST_LOOKS_TO_CATCH_UP && look(source, false, true); i++) {
            // one part after the other
        }
    }

    private void finish(AppLogSource source) {
        while (look(source, true, true)) {
            // one part after the other
        }
        try {
            source.remove();
        } catch (IOException e) {
            // it is removed at the next start, and read to its end as it is
        }
        sources.remove(source);
    }

    private void takeLeft(AppLogPositions.Known known) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(raw)) {
            entries.filter(file -> number(file) > 0).sorted(Comparator.comparingLong(AppLogFollower::number)).forEach(files::add);
        }
        List<AppLogSource> left = new ArrayList<>();
        for (Path file : files) {
            Matcher parts = RAW.matcher(file.getFileName().toString());
            if (parts.matches()) {
                numbers.set(Math.max(numbers.get(), number(file)));
                Optional<Long> position = known.logLength().isPresent() ? Optional.of(known.positions().getOrDefault(file.getFileName().toString(), 0L)) : Optional.empty();
                left.add(AppLogSource.left(file, parts.group(2), parts.group(3), position));
            }
        }
        looking.lock();
        try {
            // all of them first: a position is remembered until its file is gone
            left.forEach(source -> sources.put(source, Optional.empty()));
            left.forEach(this::finish);
            remember();
        } finally {
            looking.unlock();
        }
    }

    private static long number(Path file) {
        Matcher parts = RAW.matcher(file.getFileName().toString());
        return parts.matches() ? Long.parseLong(parts.group(1)) : 0;
    }

    /** It becomes a part of a file's name. */
    private static String named(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is no name for a file");
        }
        return name;
    }
}
