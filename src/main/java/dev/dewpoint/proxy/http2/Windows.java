package dev.dewpoint.proxy.http2;

/** How much may be sent on one connection, each way, all its streams together. */
final class Windows {
    /** What holds until something else is said. */
    static final int USUAL = 65_535;
    /** What may come before somebody has taken it. */
    private static final int ROOM = 1 << 20;

    private long toPeer = USUAL;
    private int initial = USUAL;
    private long fromPeer = ROOM;
    private int taken;

    /** To be given at the beginning. */
    int firstRoom() {
        return ROOM - USUAL;
    }

    // ---- to the other side

    /** What a new stream may send. */
    int initial() {
        return initial;
    }

    /** Answers by how much that of each stream changes. */
    long initial(long value) throws Violation {
        Violation.check(value <= Integer.MAX_VALUE, Frame.FLOW_CONTROL_ERROR);
        long change = value - initial;
        initial = (int) value;
        return change;
    }

    long toPeer() {
        return toPeer;
    }

    void sent(int count) {
        toPeer -= count;
    }

    void grew(int more) throws Violation {
        Violation.check(more > 0, Frame.PROTOCOL_ERROR);
        toPeer += more;
        Violation.check(toPeer <= Integer.MAX_VALUE, Frame.FLOW_CONTROL_ERROR);
    }

    // ---- from the other side

    void came(int count) throws Violation {
        fromPeer -= count;
        Violation.check(fromPeer >= 0, Frame.FLOW_CONTROL_ERROR);
    }

    void taken(int count) {
        taken += count;
    }

    boolean worthGiving() {
        return taken >= ROOM / 2;
    }

    /** Answers how much room is given for what was taken. */
    int give() {
        int given = taken;
        fromPeer += given;
        taken = 0;
        return given;
    }
}
