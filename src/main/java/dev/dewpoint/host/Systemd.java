package dev.dewpoint.host;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/** Tells systemd how we are, if it asked for it. A message that can't be delivered harms nothing but itself. */
public final class Systemd {
    private static final int READY_TRIES = 20;
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(50);

    private final Optional<String> socket;
    private final Optional<Duration> watchdog;

    private Systemd(Optional<String> socket, Optional<Duration> watchdog) {
        this.socket = socket;
        this.watchdog = watchdog;
    }

    /** From {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC} and {@code WATCHDOG_PID} of the agent's environment. */
    public static Systemd from(Map<String, String> environment) {
        Optional<String> socket = Optional.ofNullable(environment.get("NOTIFY_SOCKET")).filter(name -> name.startsWith("/") || name.startsWith("@"));
        boolean isForUs = Optional.ofNullable(environment.get("WATCHDOG_PID")).flatMap(Systemd::number).map(pid -> pid == ProcessHandle.current().pid()).orElse(true);
        Optional<Duration> patience = Optional.ofNullable(environment.get("WATCHDOG_USEC")).flatMap(Systemd::number).filter(micros -> micros > 0).map(micros -> Duration.of(micros, ChronoUnit.MICROS));
        return new Systemd(socket, patience.filter(any -> isForUs && socket.isPresent()));
    }

    public boolean isPresent() {
        return socket.isPresent();
    }

    /** Until this arrives, systemd holds back what waits for us. It also learns who we are, whatever started us. */
    public boolean ready(String status) throws InterruptedException {
        String message = "READY=1\nMAINPID=" + ProcessHandle.current().pid() + "\nSTATUS=" + oneLine(status);
        for (int i = 1; i < READY_TRIES && isPresent(); i++) {
            if (send(message)) {
                return true;
            }
            Thread.sleep(BETWEEN_TRIES); // its socket is full or not there yet, and nothing says when that is over
        }
        return send(message);
    }

    public boolean status(String text) {
        return send("STATUS=" + oneLine(text));
    }

    public boolean stopping() {
        return send("STOPPING=1");
    }

    /**
     * Until {@link #ready} says that it is over.
     *
     * @param monotonicMicros when it began, by the machine's monotonic clock, on which {@link Time#nanos} counts too
     */
    public boolean reloading(long monotonicMicros) {
        return send("RELOADING=1\nMONOTONIC_USEC=" + monotonicMicros);
    }

    public boolean watchdog() {
        return watchdog.isPresent() && send("WATCHDOG=1");
    }

    /** How often {@link #watchdog} is due: half of what systemd allows. */
    public Optional<Duration> watchdogInterval() {
        return watchdog.map(patience -> patience.dividedBy(2));
    }

    private boolean send(String message) {
        try {
            return socket.isPresent() && Posix.send(socket.get(), message);
        } catch (IOException e) {
            return false;
        }
    }

    /** A line break would begin another assignment. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }

    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
