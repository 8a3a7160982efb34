package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever speaks HTTP/1.1 alone doesn't pay for HTTP/2: a process that serves it has none of its classes. */
class QuietHttp2Test {
    private static final String HTTP2 = "dev.dewpoint.proxy.http2.";

    @Test
    void withoutAnybodyWhoSpeaksItNothingOfHttp2IsLoaded(@TempDir Path folder) throws Exception {
        Path loaded = folder.resolve("loaded");
        Process process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xshare:auto", "-Xlog:class+load:file=" + loaded,
                "-cp", System.getProperty("java.class.path"), Serving.class.getName())).redirectErrorStream(true).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(() -> text(process)).isZero();
        } finally {
            process.destroyForcibly();
        }
        try (Stream<String> lines = Files.lines(loaded)) {
            List<String> ours = lines.map(line -> line.replaceFirst(".*\\] ", "").split(" ")[0]).filter(name -> name.startsWith("dev.dewpoint.proxy.")).toList();
            assertThat(ours).contains("dev.dewpoint.proxy.lane.Exchange");
            assertThat(ours.stream().filter(name -> name.startsWith(HTTP2))).as("but for the way in").containsOnly(HTTP2 + "Http2", HTTP2 + "Loop");
        }
    }

    private static String text(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    /** A process of its own: one request in the clear, whose connection is kept, closed and drained. */
    static final class Serving {
        private Serving() {}

        public static void main(String[] args) {
            try (TestBackend backend = TestBackend.saying("x"); Stage stage = Stage.with(backend); TestClient client = stage.client()) {
                assertThat(client.get("/").text()).isEqualTo("x");
                assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx").response().status()).isEqualTo(200);
            }
        }
    }
}
