package org.xnio.nio;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;

/**
 * A listening socket on which the IO threads accept by themselves. XNIO's own listener accepts on a thread that does
 * nothing else and hands each connection over, which costs two wake-ups a connection: more than all the rest of a short
 * one. Here a connection changes its thread only if another one has clearly fewer.
 */
public final class DirectListener implements Closeable {
    private static final int AT_ONCE = 16;
    private static final int UNFAIR = 2;
    private static final long REST_MILLIS = 100;

    private final ServerSocketChannel server;
    private final InetSocketAddress address;
    private final WorkerThread[] threads;
    private final AtomicInteger[] connections;
    private final Door[] doors;
    private final ChannelListener<? super StreamConnection> taker;

    private DirectListener(ServerSocketChannel server, InetSocketAddress address, WorkerThread[] threads, ChannelListener<? super StreamConnection> taker) throws ClosedChannelException {
        this.server = server;
        this.address = address;
        this.threads = threads;
        this.taker = taker;
        this.connections = new AtomicInteger[threads.length];
        this.doors = new Door[threads.length];
        for (int i = 0; i < threads.length; i++) {
            connections[i] = new AtomicInteger();
            SelectionKey key = threads[i].registerChannel(server);
            doors[i] = new Door(i, key);
            key.attach(doors[i]);
        }
        for (Door door : doors) {
            door.resume(SelectionKey.OP_ACCEPT);
        }
    }

    /** {@code taker} is called on the connection's own IO thread. */
    public static DirectListener open(XnioWorker worker, InetSocketAddress at, int backlog, ChannelListener<? super StreamConnection> taker) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        boolean done = false;
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(at, backlog);
            DirectListener listener = on(worker, server, (InetSocketAddress) server.getLocalAddress(), taker);
            done = true;
            return listener;
        } finally {
            if (!done) {
                IoUtils.safeClose(server);
            }
        }
    }

    /** A channel that listens already; {@code address}: where, which it needn't know itself. It stays the caller's if this fails. */
    public static DirectListener on(XnioWorker worker, ServerSocketChannel server, InetSocketAddress address, ChannelListener<? super StreamConnection> taker) throws IOException {
        server.configureBlocking(false);
        return new DirectListener(server, address, ((NioXnioWorker) worker).getAll(), taker);
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Whoever waits in the backlog is turned away, unless another process has the socket too. */
    @Override
    public void close() throws IOException {
        server.close();
        for (Door door : doors) {
            door.cancelKey(false);
        }
    }

    private int lightest(int here) {
        int lightest = here;
        for (int i = 0; i < connections.length; i++) {
            if (connections[i].get() < connections[lightest].get()) {
                lightest = i;
            }
        }
        return connections[here].get() - connections[lightest].get() >= UNFAIR ? lightest : here;
    }

    private void begin(int on, SocketChannel channel) {
        WorkerThread thread = threads[on];
        boolean done = false;
        try {
            SelectionKey key = thread.registerChannel(channel);
            StreamConnection connection = new NioSocketStreamConnection(thread, key, connections[on]::decrementAndGet);
            done = true;
            taker.handleEvent(connection);
        } catch (ClosedChannelException e) {
            // it has gone again
        } finally {
            if (!done) {
                connections[on].decrementAndGet();
                IoUtils.safeClose(channel);
            }
        }
    }

    /** The listening socket as one IO thread sees it. */
    private final class Door extends NioHandle {
        private final int number;

        Door(int number, SelectionKey key) {
            super(threads[number], key);
            this.number = number;
        }

        @Override
        void handleReady(int ops) {
            try {
                for (int i = 0; i < AT_ONCE; i++) {
                    SocketChannel channel = server.accept();
                    if (channel == null) {
                        return;
                    }
                    admit(channel);
                }
            } catch (ClosedChannelException e) {
                // no more will come
            } catch (IOException e) {
                // most likely no more files: some may be closed soon
                suspend(SelectionKey.OP_ACCEPT);
                getWorkerThread().executeAfter(() -> resume(SelectionKey.OP_ACCEPT), REST_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void admit(SocketChannel channel) throws IOException {
            try {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            } catch (IOException e) {
                IoUtils.safeClose(channel);
                return;
            }
            int on = lightest(number);
            connections[on].incrementAndGet();
            if (on == number) {
                begin(on, channel);
            } else {
                handOver(on, channel);
            }
        }

        private void handOver(int on, SocketChannel channel) {
            try {
                threads[on].execute(() -> begin(on, channel));
            } catch (RejectedExecutionException e) {
                // that thread has ended
                connections[on].decrementAndGet();
                IoUtils.safeClose(channel);
            }
        }

        @Override
        void forceTermination() {
            IoUtils.safeClose(server);
        }

        @Override
        void terminated() {
            IoUtils.safeClose(server);
        }
    }
}
