package dev.dewpoint.proxy.http2;

import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.xnio.Cancellable;
import org.xnio.FinishedIoFuture;
import org.xnio.FutureResult;
import org.xnio.IoFuture;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;

/** What one IO thread has of connections to one backend that speaks HTTP/2: mostly one. */
final class Upstream {
    private static final OptionMap NO_DELAY = OptionMap.create(Options.TCP_NODELAY, true);

    private final Loop loop;
    private final Backend backend;
    private final List<Wire> wires = new ArrayList<>();
    private final ArrayDeque<FutureResult<StreamConnection>> waiting = new ArrayDeque<>();
    private boolean connecting;

    Upstream(Loop loop, Backend backend) {
        this.loop = loop;
        this.backend = backend;
    }

    Backend backend() {
        return backend;
    }

    boolean isEmpty() {
        return wires.isEmpty() && waiting.isEmpty() && !connecting;
    }

    IoFuture<StreamConnection> open() {
        for (Wire wire : wires) {
            if (wire.mayOpen()) {
                return new FinishedIoFuture<>(wire.open());
            }
        }
        FutureResult<StreamConnection> result = new FutureResult<>(loop.thread());
        result.addCancelHandler(new Cancellable() {
            @Override
            public Cancellable cancel() {
                waiting.remove(result);
                result.setCancelled();
                return this;
            }
        });
        waiting.add(result);
        connect();
        return result.getIoFuture();
    }

    private void connect() {
        if (connecting) {
            return;
        }
        connecting = true;
        loop.thread().openStreamConnection(backend.address(), null, NO_DELAY).addNotifier((ended, _) -> {
            try {
                if (ended.getStatus() == IoFuture.Status.CANCELLED) {
                    throw new Broken("nobody wanted it any more");
                }
                wires.add(new Wire(loop, new Role.Asking(this), ended.get()));
            } catch (IOException e) {
                fail(e);
            }
        }, null);
    }

    private void fail(IOException why) {
        connecting = false;
        List<FutureResult<StreamConnection>> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(result -> result.setException(why));
    }

    /** Streams may be opened on it, now or again. */
    void ready(Wire wire) {
        connecting = false;
        if (!wire.mayOpen()) {
            // it takes no streams at all: more such connections would be of no use
            fail(new Broken("it takes no streams"));
        }
        freed(wire);
    }

    void freed(Wire wire) {
        while (!waiting.isEmpty() && wire.mayOpen()) {
            waiting.poll().setResult(wire.open());
        }
        if (!waiting.isEmpty()) {
            connect();
        }
    }

    void lost(Wire wire) {
        if (wires.remove(wire) && !wire.settledYet()) {
            fail(new Broken("the connection ended before it began"));
        }
    }
}
