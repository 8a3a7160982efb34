package dev.dewpoint.proxy.http2;

import dev.dewpoint.proxy.lane.Shared;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.xnio.StreamConnection;

/** One stream, as the connection that the lane takes it for. */
final class Strand extends StreamConnection implements Shared, Told {
    final Wire wire;
    final Ends ends = new Ends(this);
    /** 0 until its first frame. */
    int id;
    /** What the other side may still be sent. */
    long window;
    /** The other side said all. */
    boolean heard;
    /** All was said to the other side. */
    boolean said;
    /** In the line of those that may not send yet. */
    boolean inLine;
    /** In the line of those that have something to be told. */
    boolean noted;
    private final boolean usedBefore;
    private final Unframing toSend = new Unframing(this);
    private final Pile received = new Pile();
    /** Bytes of frames that came, for which the stream was given no new room yet. */
    private int owed;
    /** The same for the connection. */
    private int held;
    private String method = "";
    private boolean headHeard;
    private boolean chunked;
    private boolean deaf;
    private long expected = -1;
    private IOException broken;
    /** The other side wants no more of what we say, and has said all itself. */
    private boolean mute;

    Strand(Wire wire, boolean usedBefore) {
        super(wire.loop().thread());
        this.wire = wire;
        this.usedBefore = usedBefore;
        setSourceConduit(ends);
        setSinkConduit(ends);
    }

    @Override
    public boolean stale() {
        return usedBefore && wire.gone();
    }

    // ---- what comes

    /** The head of a request. */
    void asked(Heads.Read head, boolean last) {
        method = head.method();
        begin(head, last);
    }

    /** The head of a response, the last or one before it. False: it is malformed. */
    boolean answered(Listed fields, boolean last) {
        Heads.Read head = Heads.response(fields, last, method);
        if (head.malformed()) {
            return false;
        }
        if (head.status() < 200) {
            received.put(head.text());
            wire.pump.note(this);
            return true;
        }
        deaf = head.length() == 0;
        begin(head, last);
        return true;
    }

    private void begin(Heads.Read head, boolean last) {
        headHeard = true;
        expected = head.length();
        chunked = expected < 0 && !last;
        received.put(head.text());
        heard = last;
        wire.pump.note(this);
    }

    boolean headHeard() {
        return headHeard;
    }

    /** Whether more came than there was room for. */
    boolean overflows(int counted) {
        return owed + counted > wire.roomOfStream();
    }

    /** False: it isn't as long as it was said to be. */
    boolean more(ByteBuffer data, int counted, boolean last) {
        owed += counted;
        held += counted;
        int count = data.remaining();
        if (expected >= 0 && !deaf) {
            expected -= count;
            if (expected < 0 || last && expected > 0) {
                return false;
            }
        }
        if (count > 0 && !deaf && isOpen()) {
            if (chunked) {
                received.put(Integer.toHexString(count) + "\r\n");
            }
            received.put(data);
            if (chunked) {
                received.put("\r\n");
            }
        }
        if (last) {
            whole("");
        }
        wire.pump.note(this);
        return true;
    }

    /** False: they are malformed. */
    boolean trailers(Listed fields) {
        String lines = Heads.trailers(fields);
        if (lines == null || expected > 0 && !deaf) {
            return false;
        }
        whole(lines);
        wire.pump.note(this);
        return true;
    }

    private void whole(String trailers) {
        heard = true;
        if (chunked) {
            received.put("0\r\n" + trailers + "\r\n");
        }
    }

    void breakOff(IOException why) {
        if (broken == null) {
            broken = why;
            wire.pump.note(this);
        }
    }

    void mute() {
        mute = true;
    }

    boolean isBroken() {
        return broken != null;
    }

    boolean readable() {
        return !received.isEmpty() || heard || broken != null;
    }

    int read(ByteBuffer into) throws IOException {
        int count = received.take(into);
        if (count > 0 || !into.hasRemaining()) {
            owed -= wire.giveRoom(this, owed - received.size());
            int left = Math.min(held, received.size());
            wire.consumed(held - left);
            held = left;
            return count;
        }
        if (heard) {
            return -1;
        }
        if (broken != null) {
            throw broken;
        }
        return 0;
    }

    /** What nobody reads any more. */
    int forgive() {
        int rest = held;
        held = 0;
        received.clear();
        return rest;
    }

    // ---- what goes

    int write(ByteBuffer from) throws IOException {
        flush();
        int before = from.remaining();
        if (mute) {
            from.position(from.limit());
            return before;
        }
        toSend.pass(from);
        return before - from.remaining();
    }

    void flush() throws IOException {
        if (broken != null) {
            throw broken;
        }
        if (!isOpen()) {
            throw new Broken("the stream is closed");
        }
    }

    @Override
    public Unframing.Body head(String head) throws IOException {
        Heads.Written written = wire.asks() ? Heads.request(head) : Heads.response(head, method);
        method = written.method();
        wire.send(this, written.fields(), written.body().length() == 0);
        return written.body();
    }

    @Override
    public int data(ByteBuffer from, long most, boolean last) throws IOException {
        return wire.send(this, from, most, last);
    }

    @Override
    public void end(String trailers) throws IOException {
        wire.sendEnd(this, trailers);
    }

    /** Nothing follows. */
    void finish() throws IOException {
        if (!said && !mute && broken == null && toSend.open()) {
            wire.sendEnd(this, "");
        }
    }

    // ---- as a connection

    @Override
    protected void closeAction() {
        wire.left(this);
    }

    @Override
    protected void notifyWriteClosed() {
        // closed as a whole
    }

    @Override
    protected void notifyReadClosed() {
        // closed as a whole
    }

    @Override
    public SocketAddress getPeerAddress() {
        return wire.peer();
    }

    @Override
    public SocketAddress getLocalAddress() {
        return wire.local();
    }
}
