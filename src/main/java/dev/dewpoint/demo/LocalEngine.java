package dev.dewpoint.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The container engine of this host, as far as the demo has to see whether it is there and to leave nothing behind. */
final class LocalEngine {
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");

    private final Path socket;

    LocalEngine(Path socket) {
        this.socket = socket;
    }

    boolean answers() {
        try {
            return ask("GET", "/_ping").startsWith("HTTP/1.1 200");
        } catch (IOException e) {
            return false;
        }
    }

    /** With whatever carries the root's label: an agent that was killed leaves its containers. */
    void forget(Path root, String repository, Iterable<String> digests) {
        try {
            String filter = URLEncoder.encode("{\"label\":[\"dewpoint.root=" + root.toRealPath() + "\"]}", StandardCharsets.UTF_8);
            for (String id : ID.matcher(ask("GET", "/containers/json?all=1&filters=" + filter)).results().map(found -> found.group(1)).toList()) {
                ask("DELETE", "/containers/" + id + "?force=1");
            }
            for (String digest : digests) {
                ask("DELETE", "/images/" + repository + "@" + digest);
            }
        } catch (IOException e) {
            // it has gone, and what it holds is out of reach
        }
    }

    private String ask(String method, String path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            Channels.newOutputStream(channel).write((method + " " + path + " HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            Channels.newInputStream(channel).transferTo(answer);
            return answer.toString(StandardCharsets.UTF_8);
        }
    }
}
