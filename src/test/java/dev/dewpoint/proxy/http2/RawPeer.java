package dev.dewpoint.proxy.http2;

import io.undertow.protocols.http2.HpackDecoder;
import io.undertow.protocols.http2.HpackEncoder;
import io.undertow.protocols.http2.HpackException;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/** One side of an HTTP/2 connection on which a test says every frame. */
final class RawPeer implements AutoCloseable {
    record Got(int type, int flags, int stream, byte[] payload, Map<String, String> fields) {
        int code() {
            return ByteBuffer.wrap(payload).getInt(payload.length >= 8 ? 4 : 0);
        }

        /** The last stream that a GOAWAY speaks of. */
        int number() {
            return ByteBuffer.wrap(payload).getInt();
        }

        boolean last() {
            return (flags & Frame.END_STREAM) != 0;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final HpackDecoder decoder = new HpackDecoder();
    private final HpackEncoder encoder = new HpackEncoder(4096);

    RawPeer(Socket socket) {
        this.socket = socket;
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
            out = new DataOutputStream(socket.getOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A client; {@code settings}: pairs of name and value. */
    static RawPeer client(InetSocketAddress to, int... settings) throws IOException {
        RawPeer peer = new RawPeer(new Socket(to.getAddress(), to.getPort()));
        peer.out.write(Inward.PREFACE);
        return peer.settings(settings);
    }

    /** A server, on an accepted connection. */
    static RawPeer server(Socket accepted, int... settings) throws IOException {
        RawPeer peer = new RawPeer(accepted);
        peer.in.readNBytes(Inward.PREFACE.length);
        return peer.settings(settings);
    }

    RawPeer settings(int... pairs) {
        ByteBuffer payload = ByteBuffer.allocate(pairs.length * 3);
        for (int i = 0; i < pairs.length; i += 2) {
            payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
        }
        return send(Frame.SETTINGS, 0, 0, payload.array());
    }

    RawPeer send(int type, int flags, int stream, byte... payload) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream frame = new DataOutputStream(bytes);
            frame.writeInt(payload.length << 8 | type);
            frame.writeByte(flags);
            frame.writeInt(stream);
            frame.write(payload);
            out.write(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    RawPeer say(int type, int stream, int... numbers) {
        ByteBuffer payload = ByteBuffer.allocate(numbers.length * 4);
        for (int number : numbers) {
            payload.putInt(number);
        }
        return send(type, 0, stream, payload.array());
    }

    RawPeer headers(int stream, boolean last, String... pairs) {
        HeaderMap fields = new HeaderMap();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.add(new HttpString(pairs[i]), pairs[i + 1]);
        }
        ByteBuffer block = ByteBuffer.allocate(200_000);
        encoder.encode(fields, block);
        block.flip();
        int type = Frame.HEADERS;
        int flags = last ? Frame.END_STREAM : 0;
        while (true) {
            byte[] piece = new byte[Math.min(Frame.MOST, block.remaining())];
            block.get(piece);
            send(type, flags | (block.hasRemaining() ? 0 : Frame.END_HEADERS), stream, piece);
            if (!block.hasRemaining()) {
                return this;
            }
            type = Frame.CONTINUATION;
            flags = 0;
        }
    }

    RawPeer get(int stream, String path) {
        return headers(stream, true, ":method", "GET", ":scheme", "http", ":path", path, ":authority", "example.com");
    }

    /** The next frame that is not about settings or windows; null at the end. */
    Got next() {
        try {
            while (true) {
                int first = in.read();
                if (first < 0) {
                    return null;
                }
                int length = first << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = in.readNBytes(length);
                Map<String, String> fields = new LinkedHashMap<>();
                if (type == Frame.HEADERS) {
                    decoder.setHeaderEmitter((name, value, _) -> fields.put(name.toString(), value));
                    decoder.decode(ByteBuffer.wrap(payload), false);
                }
                if (type == Frame.SETTINGS && (flags & Frame.ACK) == 0) {
                    send(Frame.SETTINGS, Frame.ACK, 0);
                } else if (type != Frame.SETTINGS && type != Frame.WINDOW_UPDATE) {
                    return new Got(type, flags, stream, payload, fields);
                }
            }
        } catch (java.net.SocketException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (HpackException e) {
            throw new IllegalStateException(e);
        }
    }

    Got await(Predicate<Got> wanted) {
        for (Got got = next(); got != null; got = next()) {
            if (wanted.test(got)) {
                return got;
            }
        }
        return null;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
