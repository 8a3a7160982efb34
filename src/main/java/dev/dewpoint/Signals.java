package dev.dewpoint;

import dev.dewpoint.deploy.DeployLoop;
import dev.dewpoint.deploy.Request;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Systemd;
import dev.dewpoint.host.Time;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import sun.misc.Signal;

/** What the agent is asked by signals, from its first moment on. */
final class Signals {
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final boolean restarts;
    private final Log log;
    private final Systemd systemd;
    private final Time time;
    private final UnaryOperator<String> redaction;
    private final Thread assembling = Thread.currentThread();
    private final CountDownLatch told = new CountDownLatch(1);
    private final AtomicReference<String> why = new AtomicReference<>("done");
    /** While it recovers. Before, nothing takes long, and a file must not be cut off while it is read. */
    private final AtomicReference<DeployLoop> recovering = new AtomicReference<>();
    private final AtomicReference<DeployLoop> turning = new AtomicReference<>();
    /** Whom a second signal is passed on to. */
    private final AtomicReference<Runner> runner = new AtomicReference<>();
    private final AtomicInteger underWay = new AtomicInteger();
    /** Held while it is decided whether the agent has come to its loop. */
    private final ReentrantLock early = new ReentrantLock();

    private Signals(boolean restarts, Log log, Systemd systemd, Time time, UnaryOperator<String> redaction) {
        this.restarts = restarts;
        this.log = log;
        this.systemd = systemd;
        this.time = time;
        this.redaction = redaction;
    }

    /** @param restarts whether HUP and USR1 restart what runs; elsewhere they must not end the agent, and do nothing */
    static Signals heard(boolean restarts, Log log, Systemd systemd, Time time, UnaryOperator<String> redaction) {
        Signals signals = new Signals(restarts, log, systemd, time, redaction);
        for (String name : List.of("TERM", "INT")) {
            Signal.handle(new Signal(name), signal -> signals.end("SIG" + signal.getName()));
        }
        for (String name : List.of("HUP", "USR1")) {
            Signal.handle(new Signal(name), signal -> signals.restart("SIG" + signal.getName()));
        }
        return signals;
    }

    void runs(Runner who) {
        runner.set(who);
    }

    /** From now on the thread that assembles may be cut short. */
    void recovers(DeployLoop loop) {
        recovering.set(loop);
    }

    /** From now on the loop is asked, and nobody else is interrupted. */
    void turns(DeployLoop loop) {
        early.lock();
        try {
            turning.set(loop);
            boolean _ = Thread.interrupted(); // whoever was to stop meanwhile was told
        } finally {
            early.unlock();
        }
    }

    Optional<DeployLoop> loop() {
        return Optional.ofNullable(turning.get());
    }

    boolean areToldToEnd() {
        return told.getCount() == 0;
    }

    void awaitEnd() throws InterruptedException {
        told.await();
    }

    /** Whether it was within this time. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        return told.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** There is nothing left to do. */
    void done() {
        told.countDown();
    }

    String why() {
        return why.get();
    }

    private void end(String signal) {
        boolean again = areToldToEnd();
        why.set(signal);
        told.countDown();
        if (again) {
            Optional.ofNullable(runner.get()).ifPresent(Runner::hasten);
        } else {
            endEarly();
        }
    }

    /** What has been started until now is brought to its end where it is. A hook that is owed gets its time. */
    private void endEarly() {
        early.lock();
        try {
            if (turning.get() == null && recovering.get() != null) {
                recovering.get().stop();
                recovering.get().cutShort(assembling);
                Thread.ofVirtual().name("early end").start(this::insist);
            }
        } finally {
            early.unlock();
        }
    }

    private void insist() {
        try {
            time.sleep(GRACE);
        } catch (InterruptedException e) {
            return;
        }
        early.lock();
        try {
            if (turning.get() == null) {
                assembling.interrupt();
            }
        } finally {
            early.unlock();
        }
    }

    /** Whoever asked by {@code systemctl reload} may wait for the end of it. */
    private void restart(String signal) {
        if (!restarts || turning.get() == null) {
            log.debug("Signal ignored", "signal", signal);
            return;
        }
        log.info("Restart asked for", "signal", signal);
        if (underWay.getAndIncrement() == 0) {
            systemd.reloading(time.nanos() / 1_000);
        }
        turning.get().ask(new Request.Restart()).thenAcceptAsync(reply -> {
            log.info("Restart over", "result", reply.message());
            if (underWay.decrementAndGet() == 0) {
                readyAgain(reply.message());
            }
        }, Thread::startVirtualThread);
    }

    private void readyAgain(String status) {
        try {
            systemd.ready(redaction.apply(status));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
