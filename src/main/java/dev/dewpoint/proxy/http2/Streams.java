package dev.dewpoint.proxy.http2;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The streams of one connection by number: which live, who is still held by somebody, which we have reset. */
final class Streams {
    private static final int MOST = 128;
    private static final int REMEMBERED = 256;

    private final boolean asks;
    private final Map<Integer, Strand> alive = new HashMap<>();
    /** Whom somebody still holds, whether its stream has ended or not. */
    private final Set<Strand> held = new LinkedHashSet<>();
    private final LinkedHashSet<Integer> resetByUs = new LinkedHashSet<>();
    private int lastHeard;
    private int lastServed;
    private int nextId = 1;

    /** {@code asks}: ours is the client's side. */
    Streams(boolean asks) {
        this.asks = asks;
    }

    /** How many of them a client may have at a time. */
    static int most() {
        return MOST;
    }

    boolean full() {
        return alive.size() >= MOST;
    }

    /** Null: it has ended, or never began. */
    Strand get(int id) {
        return alive.get(id);
    }

    Collection<Strand> alive() {
        return alive.values();
    }

    boolean isEmpty() {
        return alive.isEmpty();
    }

    /** Neither alive nor held. */
    boolean none() {
        return alive.isEmpty() && held.isEmpty();
    }

    void start(Strand strand, int id) {
        strand.id = id;
        alive.put(id, strand);
    }

    /** The next of ours. */
    void startNext(Strand strand) {
        start(strand, nextId);
        nextId += 2;
    }

    /** There are numbers left, and the other side takes so many. */
    boolean mayStart(long most) {
        return held.size() < most && nextId > 0;
    }

    void end(Strand strand) {
        alive.remove(strand.id);
    }

    /** Nobody has begun it yet. */
    boolean idle(int id) {
        boolean ours = (id & 1) == (asks ? 1 : 0);
        return ours ? id >= nextId : id > lastHeard;
    }

    void heardOf(int id) {
        lastHeard = id;
    }

    void serves(int id) {
        lastServed = id;
    }

    /** The last of the other side's that we do something about. */
    int lastServed() {
        return asks ? 0 : lastServed;
    }

    void hold(Strand strand) {
        held.add(strand);
    }

    void letGo(Strand strand) {
        held.remove(strand);
    }

    /** Ends all. Answers who is still held. */
    List<Strand> endAll() {
        alive.clear();
        return List.copyOf(held);
    }

    /** What the other side has sent before it heard of our reset is no breach. */
    void rememberReset(int id) {
        resetByUs.add(id);
        if (resetByUs.size() > REMEMBERED) {
            resetByUs.removeFirst();
        }
    }

    boolean wasResetByUs(int id) {
        return resetByUs.contains(id);
    }
}
