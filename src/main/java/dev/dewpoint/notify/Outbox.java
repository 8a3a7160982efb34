package dev.dewpoint.notify;

import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Observer;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Http;
import dev.dewpoint.proxy.ProxyEvent;
import dev.dewpoint.proxy.ProxyObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Makes notices of what happens and sees that each channel gets them, in order and once, also after a crash. What is to
 * be sent is on disk before {@link #saw} returns; sending is the business of one thread a channel.
 */
public final class Outbox implements Observer, ProxyObserver {
    /** A channel, and whether it is told this notice. */
    private record Subscriber(Channel.Manner manner, Lane lane) {
        void offer(Notice notice) {
            if (manner.quiet() && notice.importance() == Notice.Importance.PROGRESS) {
                return;
            }
            lane.offer(manner.hookOutput() ? notice : notice.withoutOutputs());
        }
    }

    private final Time time;
    private final Log log;
    private final Wording wording;
    private final ProxyWording proxyWording;
    private final RepeatsFile repeatsFile;
    private final Forgotten forgotten;
    private final List<Subscriber> subscribers;
    private final ReentrantLock oneByOne = new ReentrantLock();
    // guarded by oneByOne
    private final Repeats repeats;
    private boolean closed;
    private boolean diskFails;

    /** {@code folder} need not exist yet. What an earlier run left there is sent first. */
    public static Outbox open(Path folder, List<Channel> channels, Http http, Time time, Log log, String host, UnaryOperator<String> redaction) {
        return new Outbox(folder, channels, new Senders(http, host), time, log, host, redaction);
    }

    Outbox(Path folder, List<Channel> channels, Function<Channel, Sender> senders, Time time, Log log, String host, UnaryOperator<String> redaction) {
        this.time = time;
        this.log = log;
        this.wording = new Wording(host, redaction);
        this.proxyWording = new ProxyWording(wording);
        this.repeatsFile = new RepeatsFile(folder);
        this.repeats = repeatsFile.read();
        Set<String> keys = new HashSet<>();
        List<Subscriber> all = new ArrayList<>();
        for (Channel channel : channels) {
            Spool spool = new Spool(folder.resolve(unique(channel.key(), keys)));
            all.add(new Subscriber(channel.manner(), new Lane(channel, () -> senders.apply(channel), spool, time, log)));
        }
        this.subscribers = List.copyOf(all);
        this.forgotten = new Forgotten(folder, Set.copyOf(keys), time);
        forgotten.sweep(log);
        subscribers.forEach(each -> each.lane().start());
    }

    @Override
    public void saw(Event event) {
        tell(event.getClass(), () -> {
            Optional<Notice> pollsAgain = wording.pollsAgain(event, repeats.pollsAgain(event));
            Optional<Notice> notice = wording.of(event, repeats.judge(event));
            pollsAgain.ifPresent(this::offer);
            notice.ifPresent(this::offer);
        });
    }

    @Override
    public void saw(ProxyEvent event) {
        tell(event.getClass(), () -> proxyWording.of(event, repeats.judge(event)).ifPresent(this::offer));
    }

    private void tell(Class<?> event, Runnable notices) {
        if (subscribers.isEmpty()) {
            return;
        }
        // a thread that is being stopped could not write files
        boolean interrupted = Thread.interrupted();
        oneByOne.lock();
        try {
            if (closed) {
                return;
            }
            notices.run();
            if (repeats.takeChanged()) {
                remember();
            }
            forgotten.sweep(log);
        } catch (RuntimeException bug) {
            log.error("A notice could not be made; this is a defect of Dewpoint", "event", event.getSimpleName(), "error", bug);
        } finally {
            oneByOne.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Sends what it can for at most this long. The rest waits for the next start. */
    public void close(Duration flush) {
        oneByOne.lock();
        try {
            closed = true;
        } finally {
            oneByOne.unlock();
        }
        long startNanos = time.nanos();
        subscribers.forEach(each -> each.lane().close());
        try {
            for (Subscriber each : subscribers) {
                Duration left = flush.minus(time.since(startNanos));
                each.lane().awaitEnd(left.isNegative() ? Duration.ZERO : left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For a clock that doesn't run by itself: it was moved on. */
    void wake() {
        subscribers.forEach(each -> each.lane().wake());
    }

    /** Whether every channel waits, for a notice or for its next try. */
    boolean rests() {
        return subscribers.stream().allMatch(each -> each.lane().rests());
    }

    private void offer(Notice notice) {
        subscribers.forEach(each -> each.offer(notice));
    }

    private void remember() {
        try {
            repeatsFile.write(repeats);
            diskFails = false;
        } catch (IOException e) {
            if (!diskFails) {
                diskFails = true;
                log.error("The outbox can't be written; after a restart some notices may come again", "error", e);
            }
        }
    }

    /** Two channels to one place keep their notices apart. */
    private static String unique(String key, Set<String> taken) {
        String unique = key;
        for (int i = 2; !taken.add(unique); i++) {
            unique = key + "-" + i;
        }
        return unique;
    }
}
