package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.async.ResultCallback;
import dev.dewpoint.host.Time;
import java.io.Closeable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What an engine streams, for the thread that reads it. The engine is read on only as fast as its items are taken.
 */
final class Feed<T> implements ResultCallback<T> {
    private static final int AHEAD = 256;

    /** Exactly one of them is there; none: the end. */
    private record Item<T>(boolean started, Optional<T> value, Optional<Throwable> broken) {}

    private final BlockingQueue<Item<T>> items = new ArrayBlockingQueue<>(AHEAD);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Time time;

    Feed(Time time) {
        this.time = time;
    }

    interface Sink<T> {
        void take(T item) throws InterruptedException;
    }

    /**
     * Until the engine ends it.
     *
     * @param silence how long it may say nothing; empty: for ever, once it has begun
     * @throws TimeoutException it was silent for longer
     */
    void read(Duration begin, Optional<Duration> silence, Runnable begun, Sink<T> sink) throws InterruptedException, TimeoutException, Broken {
        long start = time.nanos();
        Optional<Duration> patience = Optional.of(begin);
        while (true) {
            Item<T> item = patience.isPresent() ? items.poll(patience.get().toMillis(), TimeUnit.MILLISECONDS) : items.take();
            if (item == null) {
                throw new TimeoutException("silent for " + time.since(start).toSeconds() + " s");
            }
            if (item.broken().isPresent()) {
                throw new Broken(item.broken().get());
            }
            if (item.started()) {
                begun.run();
            } else if (item.value().isPresent()) {
                sink.take(item.value().get());
            } else {
                return;
            }
            start = time.nanos();
            patience = silence;
        }
    }

    /** The stream ended before its end. */
    static final class Broken extends Exception {
        Broken(Throwable cause) {
            super(cause);
        }
    }

    @Override
    public void onStart(Closeable stream) {
        put(new Item<>(true, Optional.empty(), Optional.empty()));
    }

    @Override
    public void onNext(T item) {
        put(new Item<>(false, Optional.of(item), Optional.empty()));
    }

    @Override
    public void onError(Throwable thrown) {
        put(new Item<>(false, Optional.empty(), Optional.of(thrown)));
    }

    @Override
    public void onComplete() {
        put(new Item<>(false, Optional.empty(), Optional.empty()));
    }

    private void put(Item<T> item) {
        try {
            while (!closed.get() && !items.offer(item, 100, TimeUnit.MILLISECONDS)) {
                // full: the reader comes, or goes for good
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
