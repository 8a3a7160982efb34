package dev.dewpoint.proxy.gateway;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Listener;
import dev.dewpoint.host.PortHolder;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.http2.Http2;
import dev.dewpoint.proxy.lane.Entrance;
import dev.dewpoint.proxy.lane.Lanes;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.nio.DirectListener;

/** Listens, and lets go in order. */
public final class Gateway implements AutoCloseable {
    private static final int BACKLOG = 4096;

    private final XnioWorker worker;
    private final Lanes lanes;
    private final Terms terms;
    private final List<Closeable> listeners = new CopyOnWriteArrayList<>();

    /** Its threads are gone, and would never answer a second one. */
    private final AtomicBoolean closed = new AtomicBoolean();

    private Gateway(XnioWorker worker, Lanes lanes, Terms terms) {
        this.worker = worker;
        this.lanes = lanes;
        this.terms = terms;
    }

    public static Gateway open(int threads, Terms terms, Time time, AccessLog log, RandomGenerator.SplittableGenerator random) {
        return open(threads, terms, time, log, random, _ -> { });
    }

    /** {@code trouble}: hears, once a minute at most, that requests are turned away because this host has no files or ports left. */
    public static Gateway open(int threads, Terms terms, Time time, AccessLog log, RandomGenerator.SplittableGenerator random, Consumer<String> trouble) {
        try {
            XnioWorker worker = Xnio.getInstance(Gateway.class.getClassLoader()).createWorker(OptionMap.builder()
                    .set(Options.WORKER_NAME, "proxy")
                    .set(Options.WORKER_IO_THREADS, threads)
                    .set(Options.WORKER_TASK_CORE_THREADS, 1)
                    .set(Options.WORKER_TASK_MAX_THREADS, 2)
                    .set(Options.THREAD_DAEMON, true)
                    .getMap());
            return new Gateway(worker, new Lanes(worker, threads, terms, time, log, random, new Http2(threads, terms, time), trouble), terms);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "start the proxy's IO threads", "this host could not: " + e, e);
        }
    }

    /** Follows a route: who waits for it is told when something changes. */
    public void follow(Route route) {
        route.onChange(() -> lanes.changed(route));
    }

    /** Answers the address that was bound. */
    public InetSocketAddress listen(InetAddress address, Entrance entrance) {
        return listen(new InetSocketAddress(address, entrance.port()), lanes.entrance(entrance));
    }

    public InetSocketAddress stream(InetAddress address, Route route) {
        return listen(new InetSocketAddress(address, route.rule().match().port()), lanes.stream(route));
    }

    /** The same over TLS: HTTP/2 with clients that prefer it. Which certificate is shown to whom is the context's affair. */
    public InetSocketAddress listen(InetAddress address, Entrance entrance, SSLContext context) {
        return listen(new InetSocketAddress(address, entrance.port()), new Handshakes(context, terms.parse(), lanes.entrance(entrance)));
    }

    /** On a socket that others hold too, and that outlives us; it is ours to close from now on. */
    public void listen(Listener held, Entrance entrance) {
        listen(held, lanes.entrance(entrance));
    }

    public void listen(Listener held, Entrance entrance, SSLContext context) {
        listen(held, new Handshakes(context, terms.parse(), lanes.entrance(entrance)));
    }

    public void stream(Listener held, Route route) {
        listen(held, lanes.stream(route));
    }

    private void listen(Listener held, ChannelListener<StreamConnection> taker) {
        try {
            ServerSocketChannel channel = held.channel();
            listeners.add(channel);
            listeners.add(DirectListener.on(worker, channel, held.address(), taker));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "listen on the inherited socket " + held.key(), "this host could not: " + e, e);
        }
    }

    private InetSocketAddress listen(InetSocketAddress at, ChannelListener<StreamConnection> taker) {
        try {
            DirectListener listener = DirectListener.open(worker, at, BACKLOG, taker);
            listeners.add(listener);
            return listener.address();
        } catch (BindException e) {
            String why = PortHolder.of(at.getPort()).map(holder -> "it is taken by " + holder).orElse("it is taken or not ours to take: " + e.getMessage() + "; see `ss -ltnp`");
            throw new Failure(Failure.Kind.MISCONFIGURED, "listen on port " + at.getPort(), why + "; choose another port, or end what holds it", e);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "listen on port " + at.getPort(), "this host could not: " + e, e);
        }
    }

    public int connections() {
        return lanes.connections();
    }

    /** Connections to backends that could not be made because this host has no files or ports left. */
    public long shortages() {
        return lanes.shortages();
    }

    public void cut(Backend backend) {
        lanes.cut(backend);
    }

    /** Those that have left get this time for what they have in flight; what is left then is cut off. Done when nothing is. */
    public CompletableFuture<Void> drain(List<Backend> gone, Duration patience) {
        gone.forEach(backend -> backend.seal().orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).exceptionally(late -> {
            lanes.cut(backend);
            return backend;
        }));
        return CompletableFuture.allOf(gone.stream().map(Backend::seal).toArray(CompletableFuture[]::new));
    }

    /** Once. No new connections, no further requests; what is in flight gets the time to end. */
    public void close(Duration grace, Time time) throws InterruptedException {
        if (closed.getAndSet(true)) {
            return;
        }
        listeners.forEach(IoUtils::safeClose);
        // whoever was let in until then is somebody's guest before the guests are counted
        lanes.settle();
        lanes.stop();
        long start = time.nanos();
        while (lanes.connections() > 0 && time.since(start).compareTo(grace) < 0) {
            time.sleep(Duration.ofMillis(20));
        }
        lanes.abort();
        worker.shutdownNow();
        worker.awaitTermination(2, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        try {
            close(Duration.ZERO, Time.system());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
