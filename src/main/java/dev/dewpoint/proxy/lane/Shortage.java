package dev.dewpoint.proxy.lane;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** This host is out of files or ports: no backend is to blame for that, and the next one couldn't be reached either. */
final class Shortage {
    private static final long NEVER = Long.MIN_VALUE;
    private static final Duration TOLD_EVERY = Duration.ofMinutes(1);
    /** EMFILE, ENFILE, ENOBUFS, ENOMEM. */
    private static final List<String> WORDS = List.of("Too many open files", "No buffer space available", "Cannot allocate memory");

    private final Time time;
    private final Consumer<String> told;
    private final LongAdder count = new LongAdder();
    private final AtomicLong toldAt = new AtomicLong(NEVER);

    /** {@code told}: hears of it once a minute at most, on a thread of its own. */
    Shortage(Time time, Consumer<String> told) {
        this.time = time;
        this.told = told;
    }

    /** Whether it is the reason why this backend couldn't be connected to. */
    static boolean isReason(IOException why, Backend to) {
        if (why instanceof BindException) {
            // ports run out for one address at a time, after many connections to it; an address that never worked has another fault
            return to.traffic().requests() > 0;
        }
        return why != null && why.getClass() == SocketException.class && (saysSo(why) || noFileLeft());
    }

    private static boolean saysSo(IOException why) {
        String message = String.valueOf(why.getMessage());
        return WORDS.stream().anyMatch(message::startsWith);
    }

    /** The kernel's words may be in the language of this host. */
    private static boolean noFileLeft() {
        try (SocketChannel _ = SocketChannel.open()) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    void met(IOException why) {
        count.increment();
        long now = time.nanos();
        long last = toldAt.get();
        if ((last == NEVER || now - last >= TOLD_EVERY.toNanos()) && toldAt.compareAndSet(last, now)) {
            String message = "this host has no files or ports left to connect with (" + why.getMessage() + "), " + count.sum() + " times so far; raise the limit of open files, or widen net.ipv4.ip_local_port_range";
            Thread.ofVirtual().name("shortage").start(() -> told.accept(message));
        }
    }

    /** Connections that could not be made for it. */
    long count() {
        return count.sum();
    }
}
