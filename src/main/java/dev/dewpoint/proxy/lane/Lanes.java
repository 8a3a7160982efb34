package dev.dewpoint.proxy.lane;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.Terms;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;

/** The lanes of all IO threads, as others see them: new connections go in, news about routes and backends are passed on. */
public final class Lanes {
    private final Lane[] lanes;
    private final Terms terms;
    private final SecondProtocol second;
    private final Shortage shortage;
    private final AtomicInteger connections = new AtomicInteger();

    /** {@code second}: who speaks HTTP/2; null if nobody does. {@code trouble}: hears now and then that this host has no files or ports left. */
    public Lanes(XnioWorker worker, int threads, Terms terms, Time time, AccessLog log, RandomGenerator.SplittableGenerator random, SecondProtocol second, Consumer<String> trouble) {
        this.terms = terms;
        this.second = second;
        this.shortage = new Shortage(time, trouble);
        this.lanes = new Lane[threads];
        for (int i = 0; i < threads; i++) {
            lanes[i] = new Lane(worker.getIoThread(i), terms, time, log, random.split(), second, shortage);
        }
    }

    /** Takes connections of one public HTTP port, on their own IO thread. */
    public ChannelListener<StreamConnection> entrance(Entrance entrance) {
        return connection -> {
            if (admit(connection)) {
                new Front(of(connection), entrance, connection, second);
            }
        };
    }

    /** Takes connections of one public TCP port. */
    public ChannelListener<StreamConnection> stream(Route route) {
        return connection -> {
            if (admit(connection)) {
                new Stream(of(connection), route, connection);
            }
        };
    }

    private boolean admit(StreamConnection connection) {
        if (connections.incrementAndGet() > terms.connections()) {
            connections.decrementAndGet();
            IoUtils.safeClose(connection);
            return false;
        }
        connection.setCloseListener(_ -> connections.decrementAndGet());
        return true;
    }

    private Lane of(StreamConnection connection) {
        return lanes[connection.getIoThread().getNumber()];
    }

    public int connections() {
        return connections.get();
    }

    /** Connections to backends that could not be made because this host has no files or ports left. */
    public long shortages() {
        return shortage.count();
    }

    public void changed(Route route) {
        each(lane -> lane.changed(route));
    }

    /** Ends what is still in flight on a backend whose time is over. */
    public void cut(Backend backend) {
        each(lane -> lane.cut(backend));
    }

    /** Done when whoever has been accepted until now has got to a lane: from the thread that accepted to another, at most. */
    public void settle() throws InterruptedException {
        onEach(_ -> { });
        onEach(_ -> { });
    }

    /** Connections end with what they are doing now; idle ones at once, but for those whose first request may be on its way. */
    public void stop() {
        each(lane -> {
            lane.stop();
            if (second != null) {
                second.stop(lane.thread);
            }
        });
    }

    /** Whatever is left is cut off. Waits until that is done, for a moment at most. */
    public void abort() throws InterruptedException {
        onEach(lane -> {
            lane.leave();
            if (second != null) {
                second.abort(lane.thread);
            }
        });
    }

    private void onEach(Consumer<Lane> what) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(lanes.length);
        each(lane -> {
            what.accept(lane);
            done.countDown();
        });
        done.await(2, TimeUnit.SECONDS);
    }

    private void each(Consumer<Lane> what) {
        for (Lane lane : lanes) {
            try {
                lane.thread.execute(() -> what.accept(lane));
            } catch (RejectedExecutionException e) {
                // it has ended, and all of its connections with it
            }
        }
    }
}
