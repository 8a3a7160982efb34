package dev.dewpoint.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@code 8000}, {@code 8000-8005} or {@code ADDR:8000}: ports whose sockets are handed on. Throws IllegalArgumentException with what is wrong. */
final class PortText {
    private static final int MOST = 64;

    private PortText() {}

    static List<ServerSettings.Port> parse(String text) {
        int colon = text.lastIndexOf(':');
        Optional<InetAddress> address = colon < 0 ? Optional.empty() : Optional.of(address(text.substring(0, colon)));
        String[] range = text.substring(colon + 1).split("-", 2);
        int first = HostText.port(range[0]);
        int last = range.length == 1 ? first : HostText.port(range[1]);
        if (last < first || last - first >= MOST) {
            throw new IllegalArgumentException("a range goes up, and holds " + MOST + " ports at most");
        }
        return IntStream.rangeClosed(first, last).mapToObj(port -> new ServerSettings.Port(address, port)).toList();
    }

    private static InetAddress address(String text) {
        return HostText.address(text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text);
    }
}
