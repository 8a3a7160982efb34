package dev.dewpoint.proxy.tls;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.time.Duration;

/** Looks whether the files have changed, again and again, and once a day whether a certificate is about to expire. */
public final class CertificateWatch implements AutoCloseable {
    /** Chain and key are two files: whoever has written one is given this long for the other. */
    private static final Duration SETTLE = Duration.ofMillis(500);
    private static final Duration A_DAY = Duration.ofDays(1);
    private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(5);

    private final Certificates certificates;
    private final Time time;
    private final Log log;
    private final Duration every;
    private final Thread thread;

    private CertificateWatch(Certificates certificates, Time time, Log log, Duration every) {
        this.certificates = certificates;
        this.time = time;
        this.log = log;
        this.every = every;
        this.thread = Thread.ofVirtual().name("certificates").unstarted(this::look);
    }

    static CertificateWatch start(Certificates certificates, Time time, Log log, Duration every) {
        CertificateWatch watch = new CertificateWatch(certificates, time, log, every);
        watch.thread.start();
        return watch;
    }

    private void look() {
        try {
            long reminded = time.nanos();
            while (!Thread.interrupted()) {
                time.sleep(every);
                lookOnce();
                if (time.since(reminded).compareTo(A_DAY) >= 0) {
                    reminded = time.nanos();
                    certificates.remindOfExpiry();
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void lookOnce() throws InterruptedException {
        try {
            if (certificates.seemsChanged()) {
                time.sleep(SETTLE);
                certificates.reloadChanged();
            }
        } catch (RuntimeException e) {
            // a defect must not end the watch: the certificates that are shown stay good
            log.error("Certificates could not be looked at", "error", e);
        }
    }

    /** Returns when the watch has ended. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(LONGEST_GOODBYE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
