package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Plain TCP: what comes goes, by halves. */
class StreamTest {
    @Test
    @DisplayName("W34: who has said all that it wants to say still gets the answer")
    void whoAnswersOnlyAfterTheEndIsHeard() throws Exception {
        try (ServerSocket server = server(1); Stage stage = Stage.stream((InetSocketAddress) server.getLocalSocketAddress()); TestClient client = stage.client()) {
            client.send("one two").finish();
            assertThat(new String(client.in().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("7 bytes");
        }
    }

    @Test
    void refusingBackendsArePassedOver() throws Exception {
        try (ServerSocket dead = server(0); ServerSocket server = server(4)) {
            InetSocketAddress gone = (InetSocketAddress) dead.getLocalSocketAddress();
            dead.close();
            try (Stage stage = Stage.stream(gone, (InetSocketAddress) server.getLocalSocketAddress())) {
                for (int i = 0; i < 4; i++) {
                    try (TestClient client = stage.client()) {
                        client.send("x").finish();
                        assertThat(new String(client.in().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("1 bytes");
                    }
                }
                for (Backend backend : stage.route().publish(List.of())) {
                    assertThat(backend.seal().get(5, TimeUnit.SECONDS).inFlight()).isZero();
                }
            }
        }
    }

    @Test
    void drainedMeansThatTheLastConnectionHasEnded() throws Exception {
        try (ServerSocket server = server(1); Stage stage = Stage.stream((InetSocketAddress) server.getLocalSocketAddress()); TestClient client = stage.client()) {
            client.send("x");
            var backend = stage.route().live().members().getFirst();
            while (backend.inFlight() == 0) {
                Thread.onSpinWait();
            }
            stage.route().publish(List.of());
            assertThat(backend.seal()).isNotDone();
            client.finish();
            assertThat(client.in().readAllBytes()).isNotEmpty();
            assertThat(backend.seal().get(5, TimeUnit.SECONDS)).isSameAs(backend);
        }
    }

    /** Reads to the end, then says how much there was; so many times. */
    private static ServerSocket server(int times) throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            for (int i = 0; i < times; i++) {
                try (Socket socket = server.accept()) {
                    int length = socket.getInputStream().readAllBytes().length;
                    socket.getOutputStream().write((length + " bytes").getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    return;
                }
            }
        });
        return server;
    }
}
