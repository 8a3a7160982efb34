package dev.dewpoint.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Three replicas of one release, each on a port of its own. Once retired they end what they have begun, and are gone. */
final class Replicas implements AutoCloseable {
    private static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket[] sockets = new ServerSocket[3];
    private final Set<Conversation> open = ConcurrentHashMap.newKeySet();
    private final Duration work;

    Replicas(Duration work) throws IOException {
        this.work = work;
        for (int i = 0; i < sockets.length; i++) {
            ServerSocket socket = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
            sockets[i] = socket;
            Thread.ofVirtual().start(() -> accept(socket));
        }
    }

    int[] ports() {
        int[] ports = new int[sockets.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = sockets[i].getLocalPort();
        }
        return ports;
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Conversation conversation = new Conversation(socket.accept());
                open.add(conversation);
                Thread.ofVirtual().start(conversation);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        open.forEach(Conversation::retire);
    }

    private final class Conversation implements Runnable {
        private final Socket socket;
        private final ReentrantLock lock = new ReentrantLock();
        private boolean busy;
        private boolean retired;

        Conversation(Socket socket) {
            this.socket = socket;
        }

        @Override
        public void run() {
            try (socket) {
                socket.setTcpNoDelay(true);
                InputStream in = new BufferedInputStream(socket.getInputStream(), 2048);
                OutputStream out = socket.getOutputStream();
                for (int first = in.read(); first >= 0 && turn(true); first = in.read()) {
                    skipRequest(in);
                    if (!work.isZero()) {
                        LockSupport.parkNanos(work.toNanos());
                    }
                    out.write(ANSWER);
                    if (!turn(false)) {
                        return;
                    }
                }
            } catch (IOException e) {
                // whoever asked has gone
            } finally {
                open.remove(this);
            }
        }

        /** False once there is to be no further request. */
        private boolean turn(boolean begins) {
            lock.lock();
            try {
                busy = begins;
                return begins || !retired;
            } finally {
                lock.unlock();
            }
        }

        void retire() {
            lock.lock();
            try {
                retired = true;
                if (!busy) {
                    socket.close();
                }
            } catch (IOException e) {
                // gone already
            } finally {
                lock.unlock();
            }
        }

        private static void skipRequest(InputStream in) throws IOException {
            int ends = 0;
            int length = 0;
            StringBuilder line = new StringBuilder();
            while (ends < 2) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("half a request");
                }
                if (next == '\n') {
                    ends = line.isEmpty() ? 2 : 0;
                    if (line.length() > 15 && line.substring(0, 15).equalsIgnoreCase("content-length:")) {
                        length = Integer.parseInt(line.substring(15).trim());
                    }
                    line.setLength(0);
                } else if (next != '\r') {
                    line.append((char) next);
                }
            }
            byte[] piece = new byte[Math.min(length, 64 << 10)];
            while (length > 0) {
                int read = in.read(piece, 0, Math.min(length, piece.length));
                if (read < 0) {
                    throw new IOException("half a body");
                }
                length -= read;
            }
        }
    }
}
