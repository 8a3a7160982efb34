package dev.dewpoint.http;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One request. {@code total} bounds the whole exchange; zero means that only silence ends it, for bodies of any size.
 * {@code largest} bounds the answer's body as we read it, after decompression. {@code stays} forbids redirects to another
 * origin, for bodies that hold a secret.
 */
public record Ask(String method, URI uri, Map<String, String> headers, byte[] body, String mediaType, Duration total, long largest, boolean stays) {
    private static final Duration API_DEADLINE = Duration.ofSeconds(30);
    private static final long API_ANSWER = 4L << 20;

    public static Ask get(URI uri) {
        return new Ask("GET", uri, Map.of(), null, null, API_DEADLINE, API_ANSWER, false);
    }

    public static Ask head(URI uri) {
        return new Ask("HEAD", uri, Map.of(), null, null, API_DEADLINE, API_ANSWER, false);
    }

    public static Ask post(URI uri, String mediaType, byte[] body) {
        return new Ask("POST", uri, Map.of(), body, mediaType, API_DEADLINE, API_ANSWER, false);
    }

    public Ask header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Ask(method, uri, Map.copyOf(more), body, mediaType, total, largest, stays);
    }

    /** The answer is streamed: ended by silence, not by its size. The bytes arrive as they are, never decompressed. */
    public Ask streamed() {
        return header("Accept-Encoding", "identity").within(Duration.ZERO).atMost(Long.MAX_VALUE);
    }

    public Ask within(Duration deadline) {
        return new Ask(method, uri, headers, body, mediaType, deadline, largest, stays);
    }

    public Ask atMost(long bytes) {
        return new Ask(method, uri, headers, body, mediaType, total, bytes, stays);
    }

    public Ask staying() {
        return new Ask(method, uri, headers, body, mediaType, total, largest, true);
    }
}
