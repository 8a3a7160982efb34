package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.release.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that end where they shouldn't, byte by byte. */
class GitHubConnectionTest {
    private static final String LISTING = "[{\"id\":1,\"tag_name\":\"v1.0.0\",\"assets\":[]}]";

    /** What a connection answers, and whether it ends by a reset. */
    private record Script(String answer, boolean reset) {}

    private final BlockingQueue<Script> scripts = new LinkedBlockingQueue<>();
    private ServerSocket server;
    private Thread serving;
    private Http http;
    private GitHubRegistry registry;

    @BeforeEach
    void begin() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        serving = Thread.ofVirtual().start(this::serve);
        http = new Http(Time.system(), Credentials.none(), "dewpoint/test", Duration.ofSeconds(5));
        GitHubAccess access = new GitHubAccess(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/"), new GitHubAccess.As.Anonymous());
        registry = new GitHubRegistry(http, access, "octo", "app", new Platform("linux", "amd64"), Optional.empty(), Time.system());
    }

    @AfterEach
    void end() throws IOException, InterruptedException {
        http.close();
        server.close();
        serving.join(5_000);
    }

    @Test
    void aWholeAnswerIsAListing() {
        scripts.add(new Script(whole(), false));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v1.0.0");
    }

    /** N01: at the first byte, the second, the middle, the last. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.5, 0.98})
    void aResetIsAFailureAndTheNextPollGoesOn(double at) {
        String answer = whole();
        Script cut = new Script(answer.substring(0, (int) (answer.length() * at)), true);
        for (int i = 0; i < 4; i++) {
            scripts.add(cut); // a connection without an answer may be tried again at once
        }
        assertThat(catchThrowableOfType(Failure.class, registry::tags).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        scripts.clear();
        scripts.add(new Script(whole(), false));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v1.0.0");
    }

    /** N03. */
    @Test
    void aLengthThatIsTooLongIsAFailure() {
        scripts.add(new Script(head("Content-Length: 10000") + LISTING, false));
        assertThat(catchThrowableOfType(Failure.class, registry::tags).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
    }

    /** N04. */
    @Test
    void aLengthThatIsTooShortIsAFailure() {
        scripts.add(new Script(head("Content-Length: " + (LISTING.length() - 3)) + LISTING, false));
        assertThat(catchThrowableOfType(Failure.class, registry::tags).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
    }

    /** N05. */
    @Test
    void chunksThatAreCutOffAreAFailure() {
        String chunk = Integer.toHexString(LISTING.length()) + "\r\n" + LISTING + "\r\n";
        scripts.add(new Script(head("Transfer-Encoding: chunked") + chunk, false));
        assertThat(catchThrowableOfType(Failure.class, registry::tags).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        scripts.add(new Script(head("Transfer-Encoding: chunked") + chunk + "0\r\n\r\n", false));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v1.0.0");
    }

    @Test
    void whatIsNoHttpIsAFailure() {
        scripts.add(new Script("SSH-2.0-OpenSSH_9.2p1\r\n", false));
        assertThat(catchThrowableOfType(Failure.class, registry::tags).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
    }

    private static String whole() {
        return head("Content-Length: " + LISTING.length()) + LISTING;
    }

    private static String head(String header) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n" + header + "\r\n\r\n";
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                readRequest(socket.getInputStream());
                Script script = scripts.poll();
                if (script != null) {
                    socket.getOutputStream().write(script.answer().getBytes(StandardCharsets.ISO_8859_1));
                    socket.getOutputStream().flush();
                }
                if (script == null || script.reset()) {
                    socket.setSoLinger(true, 0);
                }
            } catch (IOException closed) {
                // the next accept tells whether it was the server or the client
            }
        }
    }

    private static void readRequest(InputStream in) throws IOException {
        int newlines = 0;
        while (newlines < 2) {
            int c = in.read();
            if (c < 0) {
                return;
            }
            newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
        }
    }
}
