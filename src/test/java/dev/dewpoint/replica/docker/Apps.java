package dev.dewpoint.replica.docker;

import dev.dewpoint.release.Digest;
import dev.dewpoint.testing.Image;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Images FROM scratch with one program in them, and what is needed to run them. */
final class Apps {
    static final String AGENT = "1000:1000";
    private static final Duration AT_MOST = Duration.ofSeconds(15);

    private Apps() {}

    static Image shell(String script) {
        return Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).command("/bin/busybox", "sh", "-c", script);
    }

    static Image web(String body) {
        return Image.scratch().file("bin/busybox", Path.of("/bin/busybox")).file("www/index.html", body).expose(8080).command("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www");
    }

    static RunOptions options(String... words) {
        RunOptions.Parsed parsed = RunOptions.parse(List.of(words), surroundings(Map.of(), false));
        if (!parsed.problems().isEmpty()) {
            throw new AssertionError(parsed.problems());
        }
        return parsed.options();
    }

    static Surroundings surroundings(Map<String, String> environment, boolean allowDangerous) {
        return new Surroundings(environment, Path.of("/srv/app"), List.of(Path.of("/tmp/own-engine/sock")), allowDangerous, Disk.local());
    }

    static Labels labels(Owner owner, int replica) {
        return new Labels(owner, "img://127.0.0.1/app", "v1.0.0", Digest.parse("sha256:" + "a".repeat(64)).orElseThrow(), replica, "attempt-1", "c0ffee", Instant.parse("2026-01-15T10:30:45Z"));
    }

    static String get(int port) throws Exception {
        return eventually(() -> {
            try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build()) {
                return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.ofString()).body();
            } catch (IOException e) {
                return null; // not up yet
            }
        });
    }

    /** The first answer that isn't null. */
    static <T> T eventually(Callable<T> ask) throws Exception {
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        while (System.nanoTime() < deadline) {
            T answer = ask.call();
            if (answer != null) {
                return answer;
            }
            Thread.sleep(30); // nothing announces what goes on inside a container; bounded by the deadline
        }
        throw new AssertionError("not within " + AT_MOST);
    }
}
