package dev.dewpoint.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A name server on loopback, by UDP and TCP on one port, whose answers a test can bend as it likes. */
public final class FakeNames implements AutoCloseable {
    public static final int A = 1;
    public static final int CNAME = 5;
    public static final int AAAA = 28;

    /** {@code text}: an address, or the name that an alias leads to. */
    public record Record(int type, String text, long ttl) {}

    public record Question(int id, String name, int type, boolean tcp, int sourcePort, byte[] bytes) {}

    /** What is sent instead of the usual answer; nothing for silence. */
    @FunctionalInterface
    public interface Bend {
        List<byte[]> answers(Question question, byte[] usual);
    }

    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private final Map<String, List<Record>> zone = new ConcurrentHashMap<>();
    private final List<Question> asked = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private volatile Bend bend = (_, usual) -> List.of(usual);

    private FakeNames(DatagramSocket datagrams, ServerSocket streams) {
        this.datagrams = datagrams;
        this.streams = streams;
    }

    public static FakeNames start() {
        try {
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            ServerSocket streams = new ServerSocket(0, 50, loopback);
            FakeNames names = new FakeNames(new DatagramSocket(streams.getLocalPort(), loopback), streams);
            names.threads.add(Thread.ofVirtual().start(names::serveDatagrams));
            names.threads.add(Thread.ofVirtual().start(names::serveStreams));
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) streams.getLocalSocketAddress();
    }

    public void set(String name, Record... records) {
        zone.put(name, List.of(records));
    }

    /** Addresses of both kinds, valid for a minute. */
    public void set(String name, String... addresses) {
        zone.put(name, Arrays.stream(addresses).map(text -> new Record(text.indexOf(':') < 0 ? A : AAAA, text, 60)).toList());
    }

    public void remove(String name) {
        zone.remove(name);
    }

    public void bend(Bend how) {
        bend = how;
    }

    public List<Question> asked() {
        return new ArrayList<>(asked);
    }

    public static byte[] withFlags(byte[] message, int flags) {
        byte[] copy = message.clone();
        copy[2] = (byte) (flags >> 8);
        copy[3] = (byte) flags;
        return copy;
    }

    public static byte[] withId(byte[] message, int id) {
        byte[] copy = message.clone();
        copy[0] = (byte) (id >> 8);
        copy[1] = (byte) id;
        return copy;
    }

    /** A whole answer to a question, owners by pointer to the question where they are the same. */
    public static byte[] answer(Question question, int code, Map<String, List<Record>> records) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeShort(question.id());
            out.writeShort(0x8180 | code);
            out.writeShort(1);
            out.writeShort(records.values().stream().mapToInt(List::size).sum());
            out.writeInt(0);
            name(out, question.name());
            out.writeShort(question.type());
            out.writeShort(1);
            for (Map.Entry<String, List<Record>> each : records.entrySet()) {
                for (Record record : each.getValue()) {
                    if (each.getKey().equals(question.name())) {
                        out.writeShort(0xc00c);
                    } else {
                        name(out, each.getKey());
                    }
                    write(out, record);
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(DataOutputStream out, Record record) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        if (record.type() == CNAME) {
            name(new DataOutputStream(content), record.text());
        } else {
            content.writeBytes(InetAddress.ofLiteral(record.text()).getAddress());
        }
        out.writeShort(record.type());
        out.writeShort(1);
        out.writeInt((int) record.ttl());
        out.writeShort(content.size());
        content.writeTo(out);
    }

    private static void name(DataOutputStream out, String name) throws IOException {
        for (String label : name.split("\\.")) {
            out.writeByte(label.length());
            out.write(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.writeByte(0);
    }

    private List<byte[]> answers(byte[] bytes, boolean tcp, int port) {
        StringBuilder name = new StringBuilder();
        int at = 12;
        while (bytes[at] != 0) {
            name.append(name.isEmpty() ? "" : ".").append(new String(bytes, at + 1, bytes[at], StandardCharsets.US_ASCII));
            at += 1 + bytes[at];
        }
        Question question = new Question((bytes[0] & 0xff) << 8 | bytes[1] & 0xff, name.toString(), (bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff, tcp, port, bytes);
        asked.add(question);
        List<Record> all = zone.get(question.name());
        byte[] usual = all == null ? answer(question, 3, Map.of())
                : answer(question, 0, Map.of(question.name(), all.stream().filter(record -> record.type() == question.type() || record.type() == CNAME).toList()));
        return bend.answers(question, usual);
    }

    private void serveDatagrams() {
        byte[] buffer = new byte[512];
        while (!datagrams.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                datagrams.receive(packet);
                for (byte[] answer : answers(Arrays.copyOf(buffer, packet.getLength()), false, packet.getPort())) {
                    datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed, or who asked has gone
            }
        }
    }

    private void serveStreams() {
        while (!streams.isClosed()) {
            try (Socket socket = streams.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] question = in.readNBytes(in.readUnsignedShort());
                for (byte[] answer : answers(question, true, socket.getPort())) {
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(answer.length);
                    out.write(answer);
                }
            } catch (IOException e) {
                // closed, or who asked has gone
            }
        }
    }

    /** The threads that wait on the sockets are those that really close them. */
    @Override
    public void close() {
        try {
            streams.close();
            datagrams.close();
            for (Thread thread : threads) {
                thread.join(Duration.ofSeconds(10));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
