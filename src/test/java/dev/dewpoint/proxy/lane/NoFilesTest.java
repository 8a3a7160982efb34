package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A process that has really run out of files. */
class NoFilesTest {
    @Test
    @DisplayName("W35: without files for more connections it says so, blames nobody, and goes on as soon as there are some")
    void itSaysSoAndGoesOnAsSoonAsThereAreSome() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder("sh", "-c", "ulimit -n 256; exec \"$0\" \"$@\"", java, "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Starving.class.getName()).redirectErrorStream(true).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("503 503 200, blamed 0");
        } finally {
            process.destroyForcibly();
        }
    }

    static final class Starving {
        private Starving() {}

        public static void main(String[] args) throws IOException {
            try (TestBackend backend = TestBackend.start((_, _, out) -> TestBackend.write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")); Stage stage = Stage.with(); TestClient client = stage.client()) {
                // classes come from files too, here
                load(client);
                Backend only = backend.backend();
                stage.route().publish(List.of(only));
                client.get("/");
                Given.eventually("no file is given back later", () -> backend.open() == 0);
                List<FileInputStream> files = all();
                int first = client.get("/").status();
                int second = client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n").response().status();
                for (FileInputStream file : files) {
                    file.close();
                }
                System.out.println(first + " " + second + " " + client.get("/").status() + ", blamed " + only.traffic().failures());
            }
        }

        private static void load(TestClient client) {
            client.get("/");
            SocketException why = new SocketException("Too many open files");
            Shortage.isReason(why, null);
            new Shortage(dev.dewpoint.host.Time.system(), _ -> { }).met(why);
        }

        private static List<FileInputStream> all() {
            List<FileInputStream> files = new ArrayList<>();
            try {
                while (true) {
                    files.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException e) {
                return files;
            }
        }
    }
}
