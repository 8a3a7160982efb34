package dev.dewpoint.proxy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Asks one name server itself, without a cache: by UDP from a port of its own each time, by TCP what is too long for
 * that. Only an answer of that server to that very question counts. Names are taken to be complete: no search list.
 */
final class ServerLookup implements Lookup {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int TRIES = 2;
    private static final int LARGEST_DATAGRAM = 4096;

    private final InetSocketAddress server;
    private final Time time;
    private final RandomGenerator random;
    private final Duration patience;
    /** Which kinds of address a name is known to have: a failure of only those is one. */
    private final Map<String, Set<DnsMessage.Type>> known = new ConcurrentHashMap<>();

    /** {@code random} makes the numbers that a forger would have to guess. */
    ServerLookup(InetSocketAddress server, Time time, RandomGenerator random) {
        this(server, time, random, PATIENCE);
    }

    ServerLookup(InetSocketAddress server, Time time, RandomGenerator random, Duration patience) {
        this.server = server;
        this.time = time;
        this.random = random;
        this.patience = patience;
    }

    @Override
    public Found addresses(String name) throws InterruptedException {
        if (!DnsMessage.isName(name)) {
            throw new Failure(Failure.Kind.MISCONFIGURED, tried(name), "it is no name");
        }
        List<InetAddress> all = new ArrayList<>();
        Duration ttl = null;
        Failure failure = null;
        for (DnsMessage.Type type : DnsMessage.Type.values()) {
            try {
                DnsMessage.Answer.Addresses answer = ask(name, type);
                if (answer.addresses().isEmpty()) {
                    continue;
                }
                all.addAll(answer.addresses());
                ttl = ttl == null || answer.ttl().compareTo(ttl) < 0 ? answer.ttl() : ttl;
                known.merge(name, EnumSet.of(type), ServerLookup::union);
            } catch (Failure e) {
                // without what it is known to have, half the backends would seem to have gone
                if (known.getOrDefault(name, Set.of()).contains(type) || e.kind() == Failure.Kind.MISSING) {
                    throw e;
                }
                failure = failure == null ? e : failure;
            }
        }
        if (all.isEmpty()) {
            throw failure != null ? failure : new Failure(Failure.Kind.MISSING, tried(name), "it has no address");
        }
        return Found.of(all, Optional.ofNullable(ttl));
    }

    private static Set<DnsMessage.Type> union(Set<DnsMessage.Type> a, Set<DnsMessage.Type> b) {
        Set<DnsMessage.Type> both = EnumSet.copyOf(a);
        both.addAll(b);
        return both;
    }

    private DnsMessage.Answer.Addresses ask(String name, DnsMessage.Type type) throws InterruptedException {
        String why = "it gave no answer within " + patience.multipliedBy(TRIES).toMillis() + "ms";
        Failure.Kind kind = Failure.Kind.TIMED_OUT;
        for (int i = 0; i < TRIES; i++) {
            long start = time.nanos();
            int id = random.nextInt(1 << 16);
            try {
                DnsMessage.Answer answer = byDatagram(name, type, id, start);
                if (answer instanceof DnsMessage.Answer.Cut) {
                    answer = byStream(name, type, id, start);
                }
                switch (answer) {
                    case DnsMessage.Answer.Addresses found -> {
                        return found;
                    }
                    case DnsMessage.Answer.NoSuchName _ -> throw new Failure(Failure.Kind.MISSING, tried(name), "there is no such name");
                    case DnsMessage.Answer.Refused refused -> {
                        kind = Failure.Kind.UNREACHABLE;
                        why = refused.why();
                    }
                    case DnsMessage.Answer.Foreign foreign -> why = "its answer can't be used: " + foreign.why();
                    case DnsMessage.Answer.Cut _ -> why = "its answer is cut off, by TCP too";
                }
            } catch (SocketTimeoutException e) {
                // the next try, or the failure below
            } catch (PortUnreachableException e) {
                kind = Failure.Kind.UNREACHABLE;
                why = "nobody listens there";
            } catch (IOException e) {
                kind = Failure.Kind.UNREACHABLE;
                why = "it could not be asked: " + e.getMessage();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        throw new Failure(kind, tried(name), why);
    }

    private DnsMessage.Answer byDatagram(String name, DnsMessage.Type type, int id, long start) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            // from here on the kernel drops what comes from elsewhere
            socket.connect(server);
            byte[] question = DnsMessage.question(id, name, type);
            socket.send(new DatagramPacket(question, question.length));
            byte[] buffer = new byte[LARGEST_DATAGRAM];
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.setSoTimeout(left(start));
                socket.receive(packet);
                DnsMessage.Answer answer = DnsMessage.read(ByteBuffer.wrap(buffer, 0, packet.getLength()), id, name, type);
                if (!(answer instanceof DnsMessage.Answer.Foreign)) {
                    return answer;
                }
            }
        }
    }

    private DnsMessage.Answer byStream(String name, DnsMessage.Type type, int id, long start) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(server, left(start));
            byte[] question = DnsMessage.question(id, name, type);
            socket.getOutputStream().write(ByteBuffer.allocate(question.length + 2).putShort((short) question.length).put(question).array());
            InputStream in = socket.getInputStream();
            byte[] length = whole(socket, in, 2, start);
            byte[] answer = whole(socket, in, ByteBuffer.wrap(length).getShort() & 0xffff, start);
            return DnsMessage.read(ByteBuffer.wrap(answer), id, name, type);
        }
    }

    private byte[] whole(Socket socket, InputStream in, int length, long start) throws IOException {
        byte[] bytes = new byte[length];
        for (int have = 0; have < length;) {
            socket.setSoTimeout(left(start));
            int read = in.read(bytes, have, length - have);
            if (read < 0) {
                throw new IOException("it closed the connection within its answer");
            }
            have += read;
        }
        return bytes;
    }

    private int left(long start) throws SocketTimeoutException {
        long millis = patience.minus(time.since(start)).toMillis();
        if (millis <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) millis;
    }

    private String tried(String name) {
        return "look up " + name + " at " + server.getAddress().getHostAddress() + ":" + server.getPort();
    }
}
