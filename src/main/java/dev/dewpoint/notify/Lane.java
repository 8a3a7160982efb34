package dev.dewpoint.notify;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** One channel's notices, sent in order by one virtual thread, each tried for a day. */
final class Lane {
    private static final Duration TRIED_FOR = Duration.ofHours(24);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(5);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration LONGEST_SEND = Duration.ofMinutes(2);
    private static final int MOST_WAITING = 200;

    private final Channel channel;
    private final Supplier<Sender> maker;
    private final Time time;
    private final Log log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // guarded by lock, as is the spool; no network while it is held
    private final Spool spool;
    private final Deque<Spool.Waiting> waiting = new ArrayDeque<>();
    private boolean underWay;
    private boolean closing;
    private boolean rests;
    private boolean diskFails;
    private int dropped;
    /** Made when the first notice is sent: what it takes is loaded only then. */
    private volatile Sender sender;
    // touched by the lane's thread alone
    private String trouble = "";
    private Thread thread;

    Lane(Channel channel, Supplier<Sender> maker, Spool spool, Time time, Log log) {
        this.channel = channel;
        this.maker = maker;
        this.spool = spool;
        this.time = time;
        this.log = log;
    }

    void start() {
        List<String> damaged = new ArrayList<>();
        onDisk(() -> waiting.addAll(spool.open(damaged)));
        if (!damaged.isEmpty()) {
            log.warn("Notices that waited are damaged and were removed", "channel", channel.name(), "files", String.join(" ", damaged));
        }
        thread = Thread.ofVirtual().name("notify " + channel.key()).start(this::run);
    }

    /** Written down when it returns, if the disk lets us. */
    void offer(Notice notice) {
        lock.lock();
        try {
            if (closing || spool.knows(notice.id())) {
                return;
            }
            Spool.Waiting next = spool.next(notice, time.now());
            onDisk(() -> spool.write(next));
            waiting.addLast(next);
            if (waiting.size() > MOST_WAITING) {
                dropOne();
            }
            rests = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What can't be sent in its present try is left for the next start. */
    void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void awaitEnd(Duration atMost) throws InterruptedException {
        if (!thread.join(atMost)) {
            thread.interrupt();
            thread.join(Duration.ofSeconds(1));
        }
    }

    /** Time has passed without us: the clock is looked at again. */
    void wake() {
        lock.lock();
        try {
            rests = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it waits, for a notice or for the next try. */
    boolean rests() {
        lock.lock();
        try {
            return rests;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            for (Optional<Spool.Waiting> next = take(); next.isPresent(); next = take()) {
                if (!deliver(next.get())) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            // closed before everything was sent: the rest stays on disk
        }
    }

    private Optional<Spool.Waiting> take() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closing) {
                rests = true;
                changed.await();
            }
            rests = false;
            underWay = !waiting.isEmpty();
            return Optional.ofNullable(waiting.peekFirst());
        } finally {
            lock.unlock();
        }
    }

    /** False if it was closed in between. */
    private boolean deliver(Spool.Waiting next) throws InterruptedException {
        long startNanos = time.nanos();
        Duration sinceOffered = Duration.between(next.since(), time.now());
        Duration age = sinceOffered.isNegative() ? Duration.ZERO : sinceOffered;
        for (int tries = 1; ; tries++) {
            switch (send(next.notice())) {
                case Sent.Done done -> {
                    if (!trouble.isEmpty()) {
                        log.info("Notices can be sent again", "channel", channel.name());
                        trouble = "";
                    }
                    settle(next, done.thread());
                    return true;
                }
                case Sent.Never never -> {
                    tellOnce("Notice could not be sent and is given up", never.why());
                    settle(next, Optional.empty());
                    return true;
                }
                case Sent.Later later -> {
                    tellOnce("Notice could not be sent yet", later.why());
                    if (age.plus(time.since(startNanos)).compareTo(TRIED_FOR) >= 0) {
                        log.warn("Notice was tried for a day and is given up", "channel", channel.name(), "notice", next.notice().headline(), "error", later.why());
                        settle(next, Optional.empty());
                        return true;
                    }
                    if (!pause(later.after().orElse(backoff(tries)))) {
                        return false;
                    }
                }
            }
        }
    }

    private static Duration backoff(int tries) {
        return FIRST_WAIT.multipliedBy(1L << Math.min(tries - 1, 10));
    }

    /** On a thread of its own, so that what ignores its deadlines is left behind. */
    private Sent send(Notice notice) throws InterruptedException {
        Optional<String> inThread = threadOf(notice);
        FutureTask<Sent> task = new FutureTask<>(() -> {
            if (sender == null) {
                sender = maker.get();
            }
            return sender.send(notice, inThread);
        });
        Thread.ofVirtual().name("send " + channel.key()).start(task);
        try {
            return task.get(LONGEST_SEND.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            return Sent.later("it took longer than " + LONGEST_SEND.toSeconds() + " s");
        } catch (ExecutionException e) {
            return Sent.later(String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            task.cancel(true);
            throw e;
        }
    }

    private Optional<String> threadOf(Notice notice) {
        lock.lock();
        try {
            return spool.thread(notice);
        } finally {
            lock.unlock();
        }
    }

    /** False if it was closed meanwhile. */
    private boolean pause(Duration asked) throws InterruptedException {
        Duration wait = asked.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : asked;
        long startNanos = time.nanos();
        lock.lock();
        try {
            while (!closing) {
                long left = wait.minus(time.since(startNanos)).toNanos();
                if (left <= 0) {
                    rests = false;
                    return true;
                }
                rests = true;
                changed.awaitNanos(left);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void settle(Spool.Waiting done, Optional<String> inThread) {
        lock.lock();
        try {
            waiting.remove(done);
            underWay = false;
            onDisk(() -> spool.settle(done, inThread));
        } finally {
            lock.unlock();
        }
    }

    /** Progress goes first, the oldest of it; never the one that is being sent. */
    private void dropOne() {
        Spool.Waiting victim = null;
        Iterator<Spool.Waiting> all = waiting.iterator();
        if (underWay) {
            all.next();
        }
        while (all.hasNext()) {
            Spool.Waiting each = all.next();
            boolean isProgress = each.notice().importance() == Notice.Importance.PROGRESS;
            if (victim == null || isProgress) {
                victim = each;
            }
            if (isProgress) {
                break;
            }
        }
        Spool.Waiting gone = victim;
        waiting.remove(gone);
        onDisk(() -> spool.settle(gone, Optional.empty()));
        if (dropped++ % MOST_WAITING == 0) {
            log.warn("Too many notices wait, the oldest are dropped", "channel", channel.name(), "waiting", waiting.size(), "dropped", dropped);
        }
    }

    private void tellOnce(String message, String why) {
        if (!trouble.equals(why)) {
            trouble = why;
            log.warn(message, "channel", channel.name(), "error", why);
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    /** A disk that refuses is told once; the notice goes its way from memory. */
    private void onDisk(Step step) {
        try {
            step.run();
            diskFails = false;
        } catch (IOException e) {
            if (!diskFails) {
                diskFails = true;
                log.error("The outbox can't be written; notices are kept in memory alone", "channel", channel.name(), "error", e);
            }
        }
    }
}
