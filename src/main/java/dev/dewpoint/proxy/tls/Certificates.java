package dev.dewpoint.proxy.tls;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;

/**
 * The certificates of a port. What is shown is an immutable snapshot behind one reference; a reload makes a new one and
 * never touches a connection. A pair of files that can't be used any longer stays as it was, beside the others' news.
 */
public final class Certificates {
    private static final Duration NEAR = Duration.ofDays(14);

    /** @param trouble why the files as they are now are not what is shown */
    private record Slot(PemPair files, Stamp stamp, Identity identity, Optional<Failure> trouble) {}

    private record Snapshot(List<Slot> slots, Names names, SSLContext context) {
        static Snapshot of(List<Slot> slots) {
            List<Identity> identities = slots.stream().map(Slot::identity).toList();
            Names names = Names.of(identities);
            return new Snapshot(List.copyOf(slots), names, ServerContext.holding(new NamedKeys(identities, names)));
        }

        Snapshot withOnlyNotes(List<Slot> noted) {
            return new Snapshot(List.copyOf(noted), names, context);
        }
    }

    /**
     * @param changed the certificates that new connections see from now on
     * @param kept    why others are shown as they were
     */
    public record Reload(List<Path> changed, List<Failure> kept) {}

    private final Time time;
    private final Log log;
    private final AtomicReference<Snapshot> live;
    private final ServerContext context;
    private final ReentrantLock reloading = new ReentrantLock();

    private Certificates(Time time, Log log, Snapshot first) {
        this.time = time;
        this.log = log;
        this.live = new AtomicReference<>(first);
        this.context = new ServerContext(() -> live.get().context());
    }

    /**
     * The first pair is the default: for clients that name no host, or one that nobody knows.
     *
     * @throws Failure naming the file and what to do, if any pair is of no use
     */
    public static Certificates load(List<PemPair> pairs, Time time, Log log) {
        if (pairs.isEmpty()) {
            throw new Failure(Failure.Kind.MISCONFIGURED, "open a port for TLS", "no certificate is given");
        }
        List<Slot> slots = pairs.stream().map(Certificates::read).toList();
        Certificates certificates = new Certificates(time, log, Snapshot.of(slots));
        slots.forEach(slot -> certificates.tell("Certificate loaded", slot));
        certificates.remindOfExpiry();
        return certificates;
    }

    /** One for the life of the port; engines only. What is reloaded shows in the engines made from then on. */
    public SSLContext context() {
        return context;
    }

    /** Whether a certificate names this host, a name or an address without its port. */
    public boolean knows(String host) {
        return live.get().names().knows(host);
    }

    /** Reads all files again, whether they seem changed or not. */
    public Reload reload() {
        return reload(_ -> true);
    }

    /** Looks at the files this often, for as long as the answer isn't closed. */
    public CertificateWatch watch(Duration every) {
        return CertificateWatch.start(this, time, log, every);
    }

    boolean seemsChanged() {
        return live.get().slots().stream().anyMatch(Certificates::isDue);
    }

    Reload reloadChanged() {
        return reload(Certificates::isDue);
    }

    private static boolean isDue(Slot slot) {
        return slot.trouble().isPresent() || !slot.stamp().equals(Stamp.of(slot.files()));
    }

    private Reload reload(Predicate<Slot> wanted) {
        reloading.lock();
        try {
            Snapshot before = live.get();
            List<Slot> after = new ArrayList<>();
            List<Path> changed = new ArrayList<>();
            List<Failure> kept = new ArrayList<>();
            for (Slot slot : before.slots()) {
                Slot next = wanted.test(slot) ? again(slot) : slot;
                next.trouble().ifPresent(kept::add);
                if (!next.identity().equals(slot.identity())) {
                    changed.add(next.files().certificate());
                }
                after.add(next);
            }
            live.set(changed.isEmpty() ? before.withOnlyNotes(after) : Snapshot.of(after));
            after.stream().filter(slot -> changed.contains(slot.files().certificate())).forEach(slot -> tell("Certificate reloaded", slot));
            if (!changed.isEmpty()) {
                remindOfExpiry();
            }
            return new Reload(List.copyOf(changed), List.copyOf(kept));
        } finally {
            reloading.unlock();
        }
    }

    private Slot again(Slot slot) {
        try {
            return read(slot.files());
        } catch (Failure failure) {
            if (slot.trouble().filter(known -> known.getMessage().equals(failure.getMessage())).isEmpty()) {
                log.warn("Certificate kept as it was", "names", slot.identity().names(), "expires", slot.identity().expires(), "error", failure.getMessage());
            }
            return new Slot(slot.files(), slot.stamp(), slot.identity(), Optional.of(failure));
        }
    }

    /** The stamp first: a change while reading is then a change since. */
    private static Slot read(PemPair files) {
        Stamp stamp = Stamp.of(files);
        return new Slot(files, stamp, Identity.read(files), Optional.empty());
    }

    private void tell(String message, Slot slot) {
        Identity identity = slot.identity();
        log.info(message, "names", identity.names(), "expires", identity.expires(), "file", slot.files().certificate());
        identity.remarks().forEach(remark -> log.warn("Certificate is odd", "file", slot.files().certificate(), "remark", remark));
        if (isReadableByEverybody(slot.files().key())) {
            log.warn("Private key is readable by every user of this host", "file", slot.files().key(), "remedy", "chmod o-r " + slot.files().key());
        }
    }

    private static boolean isReadableByEverybody(Path key) {
        try {
            return Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    void remindOfExpiry() {
        Instant now = time.now();
        for (Slot slot : live.get().slots()) {
            Identity identity = slot.identity();
            if (identity.own().getNotBefore().toInstant().isAfter(now)) {
                warn("Certificate is not valid yet", slot, "from", identity.own().getNotBefore().toInstant());
            }
            if (identity.expires().isBefore(now)) {
                warn("Certificate has expired", slot, "expires", identity.expires());
            } else if (identity.expires().isBefore(now.plus(NEAR))) {
                warn("Certificate expires soon", slot, "expires", identity.expires());
            }
        }
    }

    private void warn(String message, Slot slot, String word, Instant when) {
        log.warn(message, "names", slot.identity().names(), word, when, "file", slot.files().certificate());
    }
}
