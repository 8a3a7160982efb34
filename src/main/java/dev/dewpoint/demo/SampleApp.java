package dev.dewpoint.demo;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The web app that the demo releases: a page, and who answers for it. */
public final class SampleApp implements AutoCloseable {
    private static final Duration LONGEST_END = Duration.ofSeconds(5);

    private final String version;
    private final String replica;
    private final String host;
    private final Supplier<Instant> now;
    private final byte[] page;
    private final GracefulShutdownHandler door = Handlers.gracefulShutdown(this::answer);
    private final Undertow server;

    private SampleApp(int port, String version, String replica, Supplier<Instant> now) throws IOException {
        this.version = version;
        this.replica = replica;
        this.host = host();
        this.now = now;
        try (InputStream file = SampleApp.class.getResourceAsStream("page.html")) {
            this.page = file.readAllBytes();
        }
        this.server = Undertow.builder().setIoThreads(1).setWorkerThreads(2).setBufferSize(4096).addHttpListener(port, "127.0.0.1", door).build();
    }

    /** {@code port}: 0 takes a free one. */
    public static SampleApp start(int port, String version, String replica, Supplier<Instant> now) throws IOException {
        SampleApp app = new SampleApp(port, version, replica, now);
        app.server.start();
        return app;
    }

    int port() {
        return ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort();
    }

    private static String host() throws IOException {
        Path name = Path.of("/proc/sys/kernel/hostname");
        return Files.isReadable(name) ? Files.readString(name).strip() : "localhost";
    }

    private void answer(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        String path = exchange.getRequestPath();
        if (path.equals("/")) {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/html; charset=utf-8");
            exchange.getResponseSender().send(ByteBuffer.wrap(page));
        } else if (path.equals("/who")) {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
            exchange.getResponseSender().send(who(exchange.getDestinationAddress()));
        } else if (path.equals("/health")) {
            exchange.getResponseSender().send("ok\n");
        } else {
            exchange.setStatusCode(404).getResponseSender().send("There is nothing here.\n");
        }
    }

    private String who(InetSocketAddress here) {
        Map<String, String> facts = new TreeMap<>(Map.of("version", version, "replica", replica, "host", host, "address", here.getAddress().getHostAddress() + ":" + here.getPort(), "time", now.get().toString()));
        return facts.entrySet().stream().map(fact -> "\"" + fact.getKey() + "\":\"" + fact.getValue().replaceAll("[\"\\\\\\p{Cntrl}]", "?") + "\"").collect(Collectors.joining(",", "{", "}\n"));
    }

    /** What is in flight is finished first. */
    @Override
    public void close() {
        door.shutdown();
        try {
            door.awaitShutdown(LONGEST_END.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.stop();
    }
}
