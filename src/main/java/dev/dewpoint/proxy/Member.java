package dev.dewpoint.proxy;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Readiness;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.health.Verdict;
import java.time.Duration;

/** A backend and what its membership knows of it. Belongs to the membership's thread. */
final class Member {
    private static final Duration FIRST_REST = Duration.ofSeconds(1);
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);
    /** Whoever stayed in for this long after it came back starts with the shortest rest again. */
    private static final Duration PROVEN = Duration.ofSeconds(60);

    private enum Told { NOTHING, READY, UNREADY }

    final Backend backend;
    final Upstream upstream;
    private final Check check;
    private final Rhythm rhythm;
    private Readiness readiness;
    private Told told = Told.NOTHING;
    private boolean decided;
    private boolean asking;
    private boolean suspect;
    private boolean keptTold;
    private boolean out;
    /** A verdict on what was asked before it was put out says nothing. */
    private int round;
    private boolean scheduled;
    private long due;
    private Duration rest = FIRST_REST;
    private Duration patience = FIRST_REST;
    private long backAt;

    Member(Backend backend, Upstream upstream, Check check, Rhythm rhythm, long now) {
        this.backend = backend;
        this.upstream = upstream;
        this.check = check;
        this.rhythm = rhythm;
        this.readiness = Readiness.unknown(check, rhythm);
        this.decided = readiness.ready();
        this.scheduled = !readiness.ready();
        this.due = now;
        this.backAt = now;
    }

    /** It has passed its check before it came here. */
    void proven(long now) {
        readiness = readiness.proven();
        told = Told.READY;
        decided = true;
        boolean unchecked = check instanceof Check.None;
        scheduled = !unchecked;
        due = now + rhythm.interval().toNanos();
    }

    boolean ready() {
        return readiness.ready();
    }

    /** Whether it is known if it can serve. */
    boolean decided() {
        return decided;
    }

    int round() {
        return round;
    }

    /** What can be asked of what is otherwise not checked. */
    Check question() {
        return check instanceof Check.None ? new Check.Tcp() : check;
    }

    long nanosLeft(long now) {
        return asking || !scheduled ? Long.MAX_VALUE : Math.max(0, due - now);
    }

    void asked() {
        asking = true;
        scheduled = false;
    }

    void askAt(long nanos) {
        scheduled = true;
        due = nanos;
    }

    /** Traffic says that nobody listens, and there is nobody else: one failed check more is enough. */
    void suspect(long now) {
        suspect = true;
        askAt(now);
    }

    /** @return whether that settles that it is out, at once */
    boolean heard(Verdict verdict) {
        boolean confirmed = suspect && readiness.ready() && verdict instanceof Verdict.Unready;
        asking = false;
        suspect = false;
        if (!confirmed) {
            readiness = readiness.after(verdict);
        }
        decided = decided || readiness.ready() || verdict instanceof Verdict.Unready;
        return confirmed;
    }

    /** How long until the next check of it, now that one has been heard. Zero if none is due. */
    Duration pause() {
        boolean unchecked = check instanceof Check.None;
        if (!out) {
            return unchecked ? Duration.ZERO : readiness.ready() ? rhythm.interval() : sooner();
        }
        Duration pause = unchecked || rest.compareTo(rhythm.interval()) < 0 ? rest : rhythm.interval();
        rest = doubled(rest);
        return pause;
    }

    /** What is not ready yet is asked again soon, however long the interval is, and then less and less often. */
    private Duration sooner() {
        Duration pause = patience.compareTo(rhythm.interval()) < 0 ? patience : rhythm.interval();
        patience = doubled(patience);
        return pause;
    }

    /** @return for how long it is left alone */
    Duration eject(long now) {
        if (!out && now - backAt >= PROVEN.toNanos()) {
            rest = FIRST_REST;
        }
        Duration pause = rest;
        rest = doubled(rest);
        readiness = readiness.lost();
        out = true;
        asking = false;
        suspect = false;
        told = Told.UNREADY;
        round++;
        askAt(now + pause.toNanos());
        return pause;
    }

    boolean resting() {
        return out && !asking;
    }

    /** Whether people have to hear that it is ready. */
    boolean turnsReady(long now) {
        if (!readiness.ready() || told == Told.READY) {
            return false;
        }
        told = Told.READY;
        patience = FIRST_REST;
        if (out) {
            out = false;
            backAt = now;
        }
        return true;
    }

    /** Whether people have to hear that it isn't ready. */
    boolean turnsUnready() {
        if (readiness.ready() || told == Told.UNREADY) {
            return false;
        }
        told = Told.UNREADY;
        return true;
    }

    /** Whether people have to hear that it stays only because nobody else is left. */
    boolean turnsKept() {
        boolean news = !keptTold;
        keptTold = true;
        return news;
    }

    void hasCompany() {
        keptTold = false;
    }

    private static Duration doubled(Duration rest) {
        Duration twice = rest.plus(rest);
        return twice.compareTo(LONGEST_REST) < 0 ? twice : LONGEST_REST;
    }
}
