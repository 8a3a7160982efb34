package dev.dewpoint.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Between an agent and its engine: counts calls, loses them, answers in the engine's place. One request a connection. */
public final class EngineRelay implements AutoCloseable {
    /** What becomes of a request. */
    public sealed interface Reaction {
        /** To the engine under that path. */
        record Forward(String path) implements Reaction {}

        /** Nothing comes back, and the connection stays. */
        record Swallow() implements Reaction {}

        /** The connection ends before the engine has heard of it. */
        record CutBefore() implements Reaction {}

        /** The engine does it, and its answer is lost. */
        record CutAfter() implements Reaction {}

        /** The same, and then something happens before the connection ends. Of a stream only its beginning is waited for. */
        record LoseAfter(Runnable then) implements Reaction {}

        record Answer(int status, String json) implements Reaction {}
    }

    private final Path engine;
    private final Path socket;
    private final ServerSocketChannel listening;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Function<String, Reaction>> reaction = new AtomicReference<>(request -> new Reaction.Forward(request.split(" ")[1]));

    private EngineRelay(Path engine, Path socket, ServerSocketChannel listening) {
        this.engine = engine;
        this.socket = socket;
        this.listening = listening;
    }

    public static EngineRelay to(Path engine) {
        try {
            Path socket = Files.createTempDirectory(Path.of("/tmp"), "relay").resolve("sock");
            ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
            EngineRelay relay = new EngineRelay(engine, socket, listening);
            Thread.ofVirtual().start(relay::accept);
            return relay;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI address() {
        return URI.create("unix://" + socket);
    }

    /** {@code METHOD /path?query} to what happens; from the next request on. */
    public EngineRelay react(Function<String, Reaction> to) {
        reaction.set(to);
        return this;
    }

    public EngineRelay forward() {
        return react(request -> new Reaction.Forward(request.split(" ")[1]));
    }

    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** As a host's engine when it is killed; new connections are taken. */
    public void cutAll() {
        open.forEach(EngineRelay::close);
    }

    private void accept() {
        while (listening.isOpen()) {
            try {
                SocketChannel client = listening.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel client) {
        try {
            InputStream in = Channels.newInputStream(client);
            String head = head(in);
            if (head.isEmpty()) {
                return;
            }
            String request = head.substring(0, head.indexOf(" HTTP/"));
            requests.add(request);
            switch (reaction.get().apply(request)) {
                case Reaction.Forward(String path) -> forward(client, in, head.replace(request, request.split(" ")[0] + " " + path), answer -> answer.transferTo(Channels.newOutputStream(client)));
                case Reaction.CutAfter() -> forward(client, in, head, answer -> answer.transferTo(OutputStream.nullOutputStream()));
                case Reaction.LoseAfter(Runnable then) -> forward(client, in, head, answer -> {
                    if (answer.read() >= 0 && !request.contains("/events")) {
                        answer.transferTo(OutputStream.nullOutputStream());
                    }
                    then.run();
                });
                case Reaction.Swallow() -> in.transferTo(OutputStream.nullOutputStream());
                case Reaction.CutBefore() -> {}
                case Reaction.Answer(int status, String json) -> Channels.newOutputStream(client).write(("HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + json.length() + "\r\n\r\n" + json).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // one of both has gone, which tests are about
        } finally {
            close(client);
            open.remove(client);
        }
    }

    private interface Taker {
        void take(InputStream answer) throws IOException;
    }

    private void forward(SocketChannel client, InputStream in, String head, Taker taker) throws IOException {
        try (SocketChannel upstream = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            upstream.connect(UnixDomainSocketAddress.of(engine));
            open.add(upstream);
            OutputStream out = Channels.newOutputStream(upstream);
            out.write(head.replaceAll("(?im)^connection:.*\r\n", "").replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            Thread sending = Thread.ofVirtual().start(() -> {
                try {
                    in.transferTo(out);
                    close(upstream);
                } catch (IOException e) {
                    close(upstream);
                }
            });
            taker.take(Channels.newInputStream(upstream));
            close(client);
            sending.interrupt();
            open.remove(upstream);
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int seen = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            seen = b == '\n' ? seen + 1 : b == '\r' ? seen : 0;
            if (seen == 2) {
                return head.toString(StandardCharsets.ISO_8859_1);
            }
        }
        return "";
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is of no use any more
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            cutAll();
            Files.deleteIfExists(socket);
            Files.deleteIfExists(socket.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
