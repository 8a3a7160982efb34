package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.proxy.TestClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** 200 connections of slowhttptest, with the limits that everybody gets: they are closed, and others served meanwhile. */
@Timeout(120)
class SlowClientsIT {
    private static final Path TOOL = Path.of("/usr/bin/slowhttptest");
    private static final int CONNECTIONS = 200;
    private static final byte[] LARGE = new byte[600_000];

    @TempDir
    Path scratch;

    @Test
    void headsThatNeverEnd() throws Exception {
        attack("-H", "-i", "2", "-x", "10");
    }

    @Test
    void bodiesThatDrip() throws Exception {
        attack("-B", "-i", "2", "-x", "10", "-s", "100000");
    }

    @Test
    void answersThatAreHardlyRead() throws Exception {
        attack("-X", "-w", "10", "-y", "20", "-n", "5", "-z", "5", "-k", "3");
    }

    private void attack(String... mode) throws Exception {
        assertThat(TOOL).as("slowhttptest, which src/test/sh/tools.sh installs").isExecutable();
        try (TestBackend backend = TestBackend.start((request, _, out) -> {
            if (request.target().equals("/large")) {
                TestBackend.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE.length + "\r\n\r\n");
                out.write(LARGE);
            } else {
                TestBackend.ok(out, "well");
            }
        }); Stage stage = Stage.with(backend)) {
            Process process = start(stage, mode);
            try {
                watch(stage);
            } finally {
                process.destroy();
                process.waitFor(5, TimeUnit.SECONDS);
            }
        }
    }

    private Process start(Stage stage, String... mode) throws IOException {
        List<String> command = new ArrayList<>(List.of(TOOL.toString()));
        command.addAll(List.of(mode));
        command.addAll(List.of("-c", String.valueOf(CONNECTIONS), "-r", "200", "-l", "28", "-v", "0", "-u", "http://127.0.0.1:" + stage.address().getPort() + "/large"));
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(scratch.resolve("slowhttptest.out").toFile()).start();
    }

    private static void watch(Stage stage) {
        Given.eventually("they are all there", () -> stage.gateway().connections() >= CONNECTIONS);
        long start = System.nanoTime();
        int served = 0;
        while (stage.gateway().connections() > CONNECTIONS / 20) {
            long asked = System.nanoTime();
            try (TestClient client = stage.client()) {
                assertThat(client.get("/").text()).isEqualTo("well");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - asked)).as("another client, meanwhile").isLessThan(Duration.ofSeconds(5));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as("still connected: %s", stage.gateway().connections()).isLessThan(Duration.ofSeconds(15));
            served++;
            LockSupport.parkNanos(20_000_000);
        }
        assertThat(served).isGreaterThan(20);
    }
}
