package dev.dewpoint.proxy.lane;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.IoUtils;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/** Two connections, joined: what one sends the other gets. Each direction ends by itself; all is over with the second. */
final class Relay {
    /** Going away. */
    private static final byte[] CLOSE_FRAME = {(byte) 0x88, 2, 0x03, (byte) 0xe9};

    private final Lane lane;
    private final StreamConnection client;
    private final StreamConnection backend;
    private final Runnable ended;
    private final Frames frames;
    private final Flow up;
    private final Flow down;
    private boolean over;
    private long counted;
    private long quietSince;

    /** {@code ended}: called once, after both are closed. */
    Relay(Lane lane, StreamConnection client, StreamConnection backend, boolean webSocket, Runnable ended) {
        this.lane = lane;
        this.client = client;
        this.backend = backend;
        this.ended = ended;
        this.frames = webSocket ? new Frames() : null;
        this.quietSince = lane.time.nanos();
        this.up = new Flow(client, backend, null);
        this.down = new Flow(backend, client, frames);
    }

    /** With what was already read of either side. */
    void start(ByteBuffer fromClient, ByteBuffer fromBackend) {
        join(client, up, down);
        join(backend, down, up);
        up.pass(fromClient);
        down.pass(fromBackend);
        if (!over) {
            up.go();
            down.go();
        }
    }

    /** It had said all it had to say before. */
    void clientEnded() {
        up.ended();
    }

    private static void join(StreamConnection connection, Flow from, Flow to) {
        connection.getSourceChannel().setReadListener(_ -> from.readable());
        connection.getSinkChannel().setWriteListener(_ -> to.writable());
    }

    long sentToClient() {
        return down.total;
    }

    void tick(long now, long idleNanos) {
        if (up.total + down.total != counted) {
            counted = up.total + down.total;
            quietSince = now;
        } else if (now - quietSince > idleNanos) {
            cut();
        }
    }

    /** Says good-bye where that can be said without cutting into a frame. */
    void cut() {
        if (frames != null && frames.between() && down.parked == null && !over) {
            try {
                down.sink.write(ByteBuffer.wrap(CLOSE_FRAME));
                down.sink.flush();
                down.sink.terminateWrites();
                down.sink.flush();
            } catch (IOException e) {
                // then without a word
            }
            end(false);
        } else {
            end(true);
        }
    }

    void end(boolean abruptly) {
        if (over) {
            return;
        }
        over = true;
        for (StreamConnection connection : new StreamConnection[] {client, backend}) {
            if (abruptly) {
                abortive(connection);
            }
            IoUtils.safeClose(connection);
        }
        up.drop();
        down.drop();
        ended.run();
    }

    /** Closing it then is a reset, which nobody mistakes for a regular end. */
    static void abortive(StreamConnection connection) {
        try {
            connection.setOption(Options.CLOSE_ABORT, true);
        } catch (IOException | IllegalArgumentException e) {
            // then it ends less abruptly
        }
    }

    private final class Flow {
        private final StreamSourceConduit source;
        private final StreamSinkConduit sink;
        private final Frames frames;
        private ByteBuffer parked;
        private boolean sourceEnded;
        private boolean sinkEnded;
        private boolean slow;
        private long total;

        Flow(StreamConnection from, StreamConnection to, Frames frames) {
            this.source = from.getSourceChannel().getConduit();
            this.sink = to.getSinkChannel().getConduit();
            this.frames = frames;
        }

        void go() {
            if (parked == null) {
                source.resumeReads();
            }
        }

        void readable() {
            for (int round = 0; round < Lane.BUDGET && parked == null && !over; round++) {
                int window = lane.window(slow);
                ByteBuffer in = lane.in(window);
                int read;
                try {
                    read = source.read(in);
                } catch (IOException e) {
                    end(true);
                    return;
                }
                if (read == 0) {
                    return;
                }
                if (read < 0) {
                    ended();
                    return;
                }
                pass(in.limit(in.position()).position(Lane.HEADROOM));
                if (read < window) {
                    return;
                }
            }
            if (parked != null) {
                source.suspendReads();
            }
        }

        void ended() {
            source.suspendReads();
            sourceEnded = true;
            endSink();
        }

        void pass(ByteBuffer bytes) {
            total += bytes.remaining();
            if (frames != null) {
                frames.pass(bytes);
            }
            try {
                while (bytes.hasRemaining()) {
                    if (sink.write(bytes) == 0) {
                        parked = lane.park(bytes);
                        slow = true;
                        source.suspendReads();
                        sink.resumeWrites();
                        return;
                    }
                }
                if (!sink.flush()) {
                    sink.resumeWrites();
                }
            } catch (IOException e) {
                end(true);
            }
        }

        void writable() {
            try {
                while (parked != null && parked.hasRemaining()) {
                    if (sink.write(parked) == 0) {
                        return;
                    }
                }
                if (!sink.flush()) {
                    return;
                }
                sink.suspendWrites();
                drop();
                if (sourceEnded) {
                    endSink();
                } else {
                    source.resumeReads();
                }
            } catch (IOException e) {
                end(true);
            }
        }

        void drop() {
            if (parked != null) {
                lane.unpark(parked);
                parked = null;
            }
        }

        private void endSink() {
            if (parked != null || sinkEnded || over) {
                return;
            }
            sinkEnded = true;
            try {
                sink.terminateWrites();
                if (!sink.flush()) {
                    sink.resumeWrites();
                }
            } catch (IOException e) {
                end(true);
                return;
            }
            if (up.sinkEnded && down.sinkEnded) {
                end(false);
            }
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
