package dev.dewpoint.proxy.http1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Both directions of a connection that has changed its protocol. Each ends by itself; the tunnel ends with the second. */
final class Tunnel {
    /** Going away. */
    private static final byte[] CLOSE_FRAME = {(byte) 0x88, 2, 0x03, (byte) 0xe9};

    private final Front front;
    private final Behind behind;
    private final Exchange exchange;
    private final long idleNanos;
    private final Frames frames;
    private boolean clientEnded;
    private boolean backendEnded;
    private boolean slow;
    private long bytes;
    private long lastBytes;
    private long quietSince;

    Tunnel(Front front, Behind behind, Exchange exchange, Duration idle, boolean webSocket) {
        this.front = front;
        this.behind = behind;
        this.exchange = exchange;
        this.idleNanos = idle.toNanos();
        this.frames = webSocket ? new Frames() : null;
        this.quietSince = front.lane.time.nanos();
    }

    /** What the client sent before it knew. */
    void sentAhead(ByteBuffer early) throws IOException {
        bytes += early.remaining();
        if (!behind.send(early)) {
            front.pause();
        }
    }

    void clientReadable() throws IOException {
        if (behind.choked()) {
            front.pause();
            return;
        }
        for (int round = 0; round < Lane.BUDGET; round++) {
            ByteBuffer in = front.lane.in(Lane.WINDOW);
            int read = front.read(in);
            if (read == 0) {
                return;
            }
            if (read < 0) {
                clientEnded = true;
                try {
                    behind.endSending();
                } catch (IOException e) {
                    end(true);
                    return;
                }
                endWithBoth();
                return;
            }
            bytes += read;
            try {
                if (!behind.send(in)) {
                    front.pause();
                    return;
                }
            } catch (IOException e) {
                end(true);
                return;
            }
        }
    }

    void backendReady() {
        front.resume();
    }

    boolean received(ByteBuffer in) {
        bytes += in.remaining();
        if (frames != null) {
            frames.pass(in);
        }
        try {
            if (!front.send(in)) {
                slow = true;
                behind.pause();
                return false;
            }
            return true;
        } catch (IOException e) {
            end(true);
            return false;
        }
    }

    boolean slow() {
        return slow;
    }

    void clientReady() {
        if (backendEnded) {
            endClient();
        } else {
            behind.resume();
        }
    }

    void backendEnded() {
        backendEnded = true;
        if (!front.choked()) {
            endClient();
        }
    }

    private void endClient() {
        try {
            front.endSending();
            endWithBoth();
        } catch (IOException e) {
            end(true);
        }
    }

    private void endWithBoth() {
        if (clientEnded && backendEnded) {
            end(false);
        }
    }

    void backendBroke() {
        end(true);
    }

    void clientGone() {
        exchange.tunnelEnded(bytes);
    }

    /** Says good-bye where that can be said without cutting into a frame. */
    void cut() {
        if (frames != null && frames.between() && !front.choked()) {
            try {
                front.send(ByteBuffer.wrap(CLOSE_FRAME));
            } catch (IOException e) {
                // then without a word
            }
            exchange.tunnelEnded(bytes);
            front.finishAndClose();
        } else {
            end(true);
        }
    }

    void tick(long now) {
        if (bytes != lastBytes) {
            lastBytes = bytes;
            quietSince = now;
        } else if (now - quietSince > idleNanos) {
            cut();
        }
    }

    private void end(boolean abruptly) {
        exchange.tunnelEnded(bytes);
        if (abruptly) {
            front.abort();
        } else {
            front.close();
        }
    }

    /** Where one WebSocket frame ends and the next begins. */
    static final class Frames {
        private final byte[] head = new byte[14];
        private int have;
        private int need = 2;
        private long payload;

        boolean between() {
            return payload == 0 && have == 0;
        }

        void pass(ByteBuffer in) {
            int at = in.position();
            int to = in.limit();
            while (at < to) {
                if (payload > 0) {
                    long part = Math.min(payload, to - at);
                    payload -= part;
                    at += (int) part;
                    continue;
                }
                head[have++] = in.get(at++);
                if (have == 2) {
                    int length = head[1] & 0x7f;
                    need = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (head[1] < 0 ? 4 : 0);
                }
                if (have >= 2 && have == need) {
                    payload = length();
                    have = 0;
                    need = 2;
                }
            }
        }

        private long length() {
            int length = head[1] & 0x7f;
            if (length < 126) {
                return length;
            }
            long said = 0;
            for (int i = 0; i < (length == 126 ? 2 : 8); i++) {
                said = said << 8 | head[2 + i] & 0xff;
            }
            return said & Long.MAX_VALUE;
        }
    }
}
