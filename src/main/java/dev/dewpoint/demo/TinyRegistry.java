package dev.dewpoint.demo;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** A registry of one repository's images in memory, on a free port of this host; it only answers. */
final class TinyRegistry implements AutoCloseable {
    private static final HttpString DIGEST = new HttpString("Docker-Content-Digest");
    private static final String REPOSITORY = "site";
    private static final String PREFIX = "/v2/" + REPOSITORY;

    private final Map<String, ScratchImage> byTag = new ConcurrentHashMap<>();
    private final Undertow server = Undertow.builder().setIoThreads(1).setWorkerThreads(2).addHttpListener(0, "127.0.0.1", this::answer).build();

    private TinyRegistry() {
        server.start();
    }

    static TinyRegistry open() {
        return new TinyRegistry();
    }

    void publish(String tag, ScratchImage image) {
        byTag.put(tag, image);
    }

    /** As it stands in an image's name. */
    String repository() {
        return "127.0.0.1:" + ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort() + "/" + REPOSITORY;
    }

    private void answer(HttpServerExchange exchange) {
        String path = exchange.getRequestPath();
        String last = path.substring(path.lastIndexOf('/') + 1);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
        if (!exchange.getRequestMethod().equals(Methods.GET) && !exchange.getRequestMethod().equals(Methods.HEAD)) {
            exchange.setStatusCode(405).endExchange();
        } else if (path.equals("/v2/")) {
            send(exchange, Optional.of("{}".getBytes(StandardCharsets.UTF_8)));
        } else if (path.equals(PREFIX + "/tags/list")) {
            String tags = byTag.keySet().stream().sorted().map(tag -> "\"" + tag + "\"").collect(Collectors.joining(","));
            send(exchange, Optional.of(("{\"name\":\"" + REPOSITORY + "\",\"tags\":[" + tags + "]}").getBytes(StandardCharsets.UTF_8)));
        } else if (path.startsWith(PREFIX + "/manifests/")) {
            Optional<ScratchImage> image = byTag.entrySet().stream().filter(entry -> entry.getKey().equals(last) || entry.getValue().digest().equals(last)).map(Map.Entry::getValue).findFirst();
            image.ifPresent(found -> exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, ScratchImage.MANIFEST).put(DIGEST, found.digest()));
            send(exchange, image.map(ScratchImage::manifest));
        } else {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/octet-stream");
            send(exchange, path.startsWith(PREFIX + "/blobs/") ? byTag.values().stream().flatMap(image -> Optional.ofNullable(image.blobs().get(last)).stream()).findFirst() : Optional.empty());
        }
    }

    private static void send(HttpServerExchange exchange, Optional<byte[]> body) {
        if (body.isEmpty()) {
            exchange.setStatusCode(404).endExchange();
            return;
        }
        exchange.setResponseContentLength(body.get().length);
        if (exchange.getRequestMethod().equals(Methods.HEAD)) {
            exchange.endExchange();
        } else {
            exchange.getResponseSender().send(ByteBuffer.wrap(body.get()));
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
